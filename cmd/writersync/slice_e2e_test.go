//go:build e2e

package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"writersync/config"
	"writersync/connectors/all"
	"writersync/connectors/ldap/slapdtest"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/syncertest"
	"writersync/syncer/trigger"
)

// TestDaemonGoesOn: a pass whose slice ends before its plan does is followed by others,
// although nobody asks for them.
func TestDaemonGoesOn(t *testing.T) {
	dir := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	c := newCompany(t, companyOptions{slapd: slapdtest.Options{People: 40, Groups: 1, GroupSize: 40}, dir: dir, rules: map[string]string{"g000": "Team"}})
	first, _ := c.sync()
	c.approve(first)
	if out, code := c.sync(); code != exitDone {
		t.Fatalf("push: exit %d\n%s", code, out.Plan)
	}
	for i := range 40 {
		c.slapd.Modify(slapdtest.PersonDN(i), "displayName", fmt.Sprintf("Renamed %d", i))
	}
	cfg, err := config.Load(c.config, all.Types())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Slice, cfg.Writer.Concurrency = time.Millisecond, 1
	store, err := state.Open(t.Context(), cfg.State.Path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d := &daemon{engine: &engine{store: store, queue: trigger.NewQueue(), build: newBuilder(cfg, store, nil, log).build}, log: log}
	ctx, cancel := context.WithCancel(t.Context())
	worked := make(chan struct{})
	go func() { defer close(worked); d.engine.queue.Work(ctx, d.pass) }()
	if _, err := d.engine.queue.Submit(syncer.Request{Trigger: "test"}); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		runs, err := syncer.LastRuns(ctx, store, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) > 0 && runs[0].Result == syncer.ResultDone && runs[0].Trigger == "slice" {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("it did not go on: %+v", runs[0])
		case <-tick.C:
		}
	}
	cancel()
	<-worked
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	for _, a := range c.writer.State().Accounts {
		if len(a.DisplayName) < 7 || a.DisplayName[:7] != "Renamed" {
			t.Errorf("%s is still named %s", a.Email, a.DisplayName)
		}
	}
}
