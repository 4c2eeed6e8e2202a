package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"writersync/config"
	"writersync/dashboards/console"
	"writersync/state"
)

// reached is an engine to ask: a daemon's, or one in this process.
type reached struct {
	console.Engine
	daemon bool
}

// withEngine runs do on the daemon's engine if one listens on the configured
// socket, and else on one that holds the state itself for as long as do takes.
func (a *app) withEngine(ctx context.Context, do func(reached) error) error {
	if a.socket != "" {
		client, err := console.Dial(ctx, a.socket)
		if err != nil {
			return fmt.Errorf("%w: is the daemon running there?", err)
		}
		defer client.Close()
		return do(reached{client, true})
	}
	cfg, err := a.load()
	if err != nil {
		return a.withFaultyConfig(ctx, err, do)
	}
	client, err := console.Dial(ctx, cfg.Listen.Socket)
	switch {
	case err == nil:
		defer client.Close()
		a.compare(ctx, client, cfg)
		return do(reached{client, true})
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nA daemon that listens there answers its own user and root alone: run this as one of them", err)
	}
	e, err := a.openEngine(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(reached{e, false}), e.close())
}

// compare says so if the daemon decides by another configuration than the file has now.
func (a *app) compare(ctx context.Context, daemon console.Engine, cfg *config.Config) {
	if status, err := daemon.Status(ctx); err == nil && !status.SameBase(cfg.Identity()) {
		fmt.Fprintf(a.err, "writersync: the daemon decides by the configuration that it read last, and %s says something else now: reload it (systemctl reload writersync), or see what the file would do with `writersync check` and `writersync test`\n", a.config)
	}
}

// withFaultyConfig asks the daemon, where the configuration has mistakes, at the place
// that can be read of it, else at the usual one: it goes on with the configuration it has,
// and must still be stopped.
func (a *app) withFaultyConfig(ctx context.Context, fault error, do func(reached) error) error {
	socket := config.Socket(a.config, a.registry)
	client, err := console.Dial(ctx, socket)
	if err != nil {
		return usageError{fmt.Errorf("%w\nNo daemon answers at %s. One that runs elsewhere goes on with the configuration it has: name its socket with --socket to ask it", fault, socket)}
	}
	defer client.Close()
	fmt.Fprintf(a.err, "writersync: %v\nThe daemon that runs goes on with the configuration it has; asking it.\n", fault)
	return do(reached{client, true})
}

// load reads the configuration. Its faults are usage errors.
func (a *app) load() (*config.Config, error) {
	cfg, err := config.Load(a.config, a.registry)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usageError{fmt.Errorf("there is no configuration at %s: write one (see docs/configuration.md), or name it with --config", a.config)}
	}
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
}

// openEngine opens the state for this process alone.
func (a *app) openEngine(ctx context.Context, cfg *config.Config) (*engine, error) {
	// What a pass did is printed by the verb; a daemon logs it.
	level := cfg.Log.Level
	if level == "info" {
		level = "warn"
	}
	log, err := newLog(a.err, level, cfg.Log.Format)
	if err != nil {
		return nil, usageError{err}
	}
	store, err := state.Open(ctx, cfg.State.Path, state.Options{})
	if err != nil {
		return nil, err
	}
	b := newBuilder(cfg, store, nil, log)
	return &engine{store: store, build: b.build, done: b.close, base: cfg.Identity, upkeep: &upkeep{state: store, log: log}}, nil
}
