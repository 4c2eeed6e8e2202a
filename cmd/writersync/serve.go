package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"writersync/dashboards/console"
	"writersync/syncer"
	"writersync/syncer/trigger"
)

// goodbye is how long a daemon that was told to stop waits for the request under
// way, and for those it serves.
const goodbye = 8 * time.Second

func (a *app) serveVerb() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run as a daemon: passes on schedule, the verbs' socket, metrics and health",
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := a.newDaemon(c.Context())
			if err != nil {
				return err
			}
			return errors.Join(d.serve(c.Context()), d.engine.close())
		},
	}
}

// daemon is an engine with a schedule, a socket and a metrics port.
type daemon struct {
	engine   *engine
	schedule schedule
	socket   string
	listen   string // of metrics and health; empty: none
	hooks    string // of what directories say; empty: nowhere
	registry *prometheus.Registry
	log      *slog.Logger
	// watched returns the sources that are watched for changes; nil: none are.
	watched func() ([]syncer.Source, error)
	hooked  atomic.Pointer[map[string]http.Handler] // what is served of them at /hooks, by name
	metrics *syncer.Metrics
	watches *trigger.Watches
	// reload reads the configuration again; nil: there is none. It changes nothing.
	reload func(context.Context) (*reloaded, error)
}

// serve runs until ctx ends. Then the request under way is finished, and nothing
// new is begun.
func (d *daemon) serve(ctx context.Context) error {
	socket, err := listenSocket(ctx, d.socket)
	if err != nil {
		return err
	}
	d.engine.queue = trigger.NewQueue()
	ticker, err := newTicker(d.engine.queue, d.schedule, d.log)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	d.engine.next = ticker.next
	servers := []*server{{listener: socket, handler: console.Handler(d.engine)}}
	if d.listen != "" {
		admin, err := listenOn(ctx, d.listen, "metrics", d.adminHandler(ticker))
		if err != nil {
			return errors.Join(err, closeAll(servers))
		}
		servers = append(servers, admin)
	}
	if d.hooks != "" {
		hooks, err := listenOn(ctx, d.hooks, "hooks", d.hooksHandler())
		if err != nil {
			return errors.Join(err, closeAll(servers))
		}
		servers = append(servers, hooks)
	}
	for _, s := range servers {
		s.start()
	}
	ticker.start()
	d.log.Info("serving", "socket", d.socket, "metrics", d.listen, "hooks", d.hooks)
	d.work(ctx, ticker)
	return d.stop(context.WithoutCancel(ctx), ticker, servers)
}

// work runs passes and reloads until ctx ends and the pass under way has ended.
func (d *daemon) work(ctx context.Context, t *ticker) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	var wg sync.WaitGroup
	wg.Go(func() {
		d.engine.tidy(ctx)
		d.engine.queue.Work(ctx, d.pass)
	})
	bell := trigger.NewBell(d.engine.Pass)
	wg.Go(func() { bell.Work(ctx) })
	watch := d.startWatch(ctx, bell)
	for {
		select {
		case <-ctx.Done():
			d.log.Info("stopping: the request under way is finished, and no other begun")
			watch.stop()
			wg.Wait()
			return
		case <-hup:
			watch = d.reloadNow(ctx, t, bell, watch)
		}
	}
}

// pass makes one pass, and asks for the next where more is to be done: the schedule may be
// far.
func (d *daemon) pass(ctx context.Context, r syncer.Request) (syncer.Outcome, error) {
	out, err := d.engine.run(ctx, r)
	if err == nil && out.Run.GoesOn() && ctx.Err() == nil {
		if _, err := d.engine.queue.Submit(syncer.Request{Trigger: syncer.TriggerSlice}); err != nil {
			d.log.Warn("a pass that goes on was dropped", "error", err)
		}
	}
	return out, err
}

func (d *daemon) stop(ctx context.Context, t *ticker, servers []*server) error {
	errs := []error{t.stop()}
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	for _, s := range servers {
		errs = append(errs, s.stop(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// adminHandler serves metrics and health. It tells nothing but numbers.
func (d *daemon) adminHandler(t *ticker) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metricsHandler(d.registry))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if late := t.late(); late > 0 {
			http.Error(w, fmt.Sprintf("a pass was due %s ago, and the schedule has not asked for it", late.Round(time.Second)), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := d.engine.readable(r.Context()); err != nil {
			http.Error(w, "the state cannot be read", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
