package trigger_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/syncer"
	"writersync/syncer/trigger"
)

// TestQueueRunsOnePassAtATime submits requests from all sides while passes run.
func TestQueueRunsOnePassAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := trigger.NewQueue()
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		running, passes, full := 0, 0, 0
		var work sync.WaitGroup
		work.Go(func() {
			q.Work(ctx, func(_ context.Context, r syncer.Request) (syncer.Outcome, error) {
				mu.Lock()
				running++
				passes++
				if r.Verify {
					full++
				}
				if running != 1 || q.Running().ID != r.ID {
					t.Errorf("%d passes at a time, %v runs", running, q.Running())
				}
				mu.Unlock()
				time.Sleep(time.Minute) //nolint:forbidigo // the length of a pass, on a fake clock
				mu.Lock()
				running--
				mu.Unlock()
				return syncer.Outcome{Run: syncer.Run{ID: r.ID}}, nil
			})
		})
		first, err := q.Submit(syncer.Request{Trigger: "manual"})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the first one runs
		var clients sync.WaitGroup
		for i := range 20 {
			clients.Go(func() {
				ticket, err := q.Submit(syncer.Request{Trigger: "manual", Verify: i == 7})
				if err != nil {
					t.Error(err)
					return
				}
				out, err := ticket.Wait(ctx)
				if err != nil || out.Run.ID != ticket.ID || ticket.ID == first.ID {
					t.Errorf("asked for %s and got %s, %v", ticket.ID, out.Run.ID, err)
				}
			})
		}
		clients.Wait()
		if passes != 2 || full != 1 {
			t.Errorf("%d passes, %d of them with a full read; want that twenty are one, and that it reads in full", passes, full)
		}
		plan, err := q.Submit(syncer.Request{DryRun: true})
		if err != nil || plan.Coalesced {
			t.Errorf("a plan: %+v, %v", plan, err)
		}
		for _, r := range []syncer.Request{
			{DryRun: true, Import: syncer.ImportCompare},
			{Import: syncer.ImportWrite, Into: "corp", Only: "h"},
			{Import: syncer.ImportWrite, Into: "other", Only: "h"},
			{Import: syncer.ImportAdopt, Only: "h"},
		} {
			if ticket, err := q.Submit(r); err != nil || ticket.Coalesced {
				t.Errorf("a step of import shares the pass of another: %+v, %+v, %v", r, ticket, err)
			}
		}
		cancel()
		work.Wait()
		if _, err := q.Submit(syncer.Request{}); !errors.Is(err, trigger.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestQueueGivesUpWaiters tells those who still wait that nothing will come.
func TestQueueGivesUpWaiters(t *testing.T) {
	q := trigger.NewQueue()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ticket, err := q.Submit(syncer.Request{})
	if err != nil {
		t.Fatal(err)
	}
	q.Work(ctx, func(context.Context, syncer.Request) (syncer.Outcome, error) {
		t.Error("a pass was begun after the end")
		return syncer.Outcome{}, nil
	})
	if _, err := ticket.Wait(t.Context()); !errors.Is(err, trigger.ErrClosed) {
		t.Errorf("the waiter hears %v", err)
	}
}

// TestQueueJoinsRings: rings that wait are answered together, and a whole pass answers
// them too.
func TestQueueJoinsRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := trigger.NewQueue()
		submit := func(r syncer.Request) {
			t.Helper()
			if _, err := q.Submit(r); err != nil {
				t.Fatal(err)
			}
		}
		submit(syncer.Request{Trigger: "ring", Rings: []string{"corp"}})
		submit(syncer.Request{Trigger: "ring", Rings: []string{"hr"}})
		var got []syncer.Request
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			q.Work(ctx, func(_ context.Context, r syncer.Request) (syncer.Outcome, error) {
				got = append(got, r)
				time.Sleep(time.Minute) //nolint:forbidigo // the length of a pass, on a fake clock
				return syncer.Outcome{}, nil
			})
		}()
		synctest.Wait() // the first one runs
		submit(syncer.Request{Trigger: "ring", Rings: []string{"corp"}})
		submit(syncer.Request{Trigger: "schedule", Verify: true})
		submit(syncer.Request{Trigger: "ring", Rings: []string{"corp"}})
		time.Sleep(3 * time.Minute) //nolint:forbidigo // on a fake clock
		cancel()
		<-done
		if len(got) != 2 || !slices.Equal(got[0].Rings, []string{"corp", "hr"}) {
			t.Fatalf("passes: %+v", got)
		}
		if last := got[1]; last.Rings != nil || !last.Verify || last.Trigger != "schedule" {
			t.Errorf("the whole pass that answers rings too: %+v", last)
		}
	})
}
