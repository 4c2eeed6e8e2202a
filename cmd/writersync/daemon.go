package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"writersync/config"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/trigger"
)

// newDaemon builds the daemon that a configuration describes.
func (a *app) newDaemon(ctx context.Context) (*daemon, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	log, err := newLog(a.err, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return nil, usageError{err}
	}
	when, err := a.scheduleOf(cfg)
	if err != nil {
		return nil, usageError{err}
	}
	store, err := state.Open(ctx, cfg.State.Path, state.Options{Now: a.clock.Now})
	if err != nil {
		return nil, err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	metrics := syncer.NewMetrics(reg)
	watches := trigger.NewWatches(metrics)
	var current atomic.Pointer[builder]
	build := func(cfg *config.Config) *builder {
		b := newBuilder(cfg, store, metrics, log)
		b.now = a.clock.Now
		return b
	}
	current.Store(build(cfg))
	return &daemon{
		engine: &engine{
			store: store, now: a.clock.Now, build: func(r syncer.Request) (*syncer.Syncer, error) { return current.Load().build(r) },
			done: func() { current.Load().close() },
			base: func() string { return current.Load().config.Identity() }, watches: watches.All,
			upkeep: &upkeep{state: store, metrics: metrics, log: log},
		},
		watched: func() ([]syncer.Source, error) { return current.Load().watched() }, watches: watches, metrics: metrics,
		schedule: when, socket: cfg.Listen.Socket, listen: cfg.Listen.Metrics, hooks: cfg.Listen.Hooks, registry: reg, log: log,
		reload: func(context.Context) (*reloaded, error) {
			next, err := a.load()
			if err != nil {
				return nil, err
			}
			if next.State.Path != cfg.State.Path || next.Listen != cfg.Listen {
				return nil, fmt.Errorf("state.path and listen cannot change while the daemon runs: restart it")
			}
			when, err := a.scheduleOf(next)
			if err != nil {
				return nil, err
			}
			b := build(next)
			if _, err := b.build(syncer.Request{DryRun: true}); err != nil {
				b.close()
				return nil, err
			}
			return &reloaded{schedule: when, use: func() { current.Swap(b).close() }, drop: b.close}, nil
		},
	}, nil
}

func (a *app) scheduleOf(cfg *config.Config) (schedule, error) {
	location, err := cfg.Schedule.Location()
	if err != nil {
		return schedule{}, err
	}
	return schedule{
		every: cfg.Schedule.Every, cron: cfg.Schedule.Cron, verify: cfg.Schedule.Verify.Cron, splay: cfg.Schedule.Splay, location: location, atStart: true, clock: a.clock,
	}, nil
}

// buildInfo is a gauge of 1 that names the version.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "writersync", Name: "build_info", Help: "1, labelled with the version.",
		ConstLabels: prometheus.Labels{"version": version()},
	}, func() float64 { return 1 })
}

// version returns what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return info.Main.Version + " " + s.Value[:12]
		}
	}
	return info.Main.Version
}
