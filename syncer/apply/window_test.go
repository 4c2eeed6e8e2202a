package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// newcomers returns ops that make n accounts.
func newcomers(n int) []plan.Op {
	ops := make([]plan.Op, n)
	for i := range ops {
		ops[i] = creates(fmt.Sprintf("p%03d", i))
	}
	return ops
}

// consistent holds what the journal says against what Writer was sent: all that was
// done is settled as done, nothing else is, and nothing is open.
func (b *bench) consistent() {
	b.t.Helper()
	done, sent := 0, 0
	for _, out := range b.journal.settled {
		if out.Result == apply.Done {
			done++
		}
	}
	for _, e := range b.writer.Log() {
		sent += max(1, len(e.Edit.Add)+len(e.Edit.Remove))
	}
	if done != sent || len(b.journal.open) > 0 {
		b.t.Errorf("%d ops were done, %d are settled as done, and %d intents are open", sent, done, len(b.journal.open))
	}
}

// TestWindows: a wave of requests takes one step of the journal for as many as are
// sent at a time, and one for the last answers. No more are open than are under way or
// in one window.
func TestWindows(t *testing.T) {
	for _, requests := range []int{1, 7, 8, 9, 100} {
		b := newBench(t)
		b.most = 8
		most := 0
		b.journal.during = func(open []apply.Intent) { most = max(most, len(open)) }
		b.mustRun(newcomers(requests)...)
		if want := (requests+7)/8 + 1; b.journal.steps != want {
			t.Errorf("%d requests: %d steps of the journal, want %d", requests, b.journal.steps, want)
		}
		if most > 2*8 {
			t.Errorf("%d requests: %d intents were open", requests, most)
		}
		b.consistent()
	}
}

// TestWindowsOfLargeRequests bounds what one step writes.
func TestWindowsOfLargeRequests(t *testing.T) {
	b := newBench(t)
	b.most = 64
	var ops []plan.Op
	for team := range 30 {
		for i := range 90 {
			op := on(plan.AddMember, fmt.Sprintf("p%d-%d", team, i), "acc-1")
			op.Team = plan.RemoteID(fmt.Sprint("team-", team))
			ops = append(ops, op)
		}
	}
	b.mustRun(ops...)
	if b.journal.steps != 4 { // for 12, 12 and 6 teams, and for the last answers
		t.Errorf("%d steps of the journal for 2700 ops", b.journal.steps)
	}
}

// TestSlowRequest: one request that takes long holds nobody up.
func TestSlowRequest(t *testing.T) {
	b := newBench(t)
	b.most = 2
	others := make(chan struct{})
	var done atomic.Int32
	b.writer.Before = func(e applytest.Entry) error {
		if e.Email == mail("p000") {
			<-others
		} else if done.Add(1) == 29 {
			close(others)
		}
		return nil
	}
	b.mustRun(newcomers(30)...)
	b.consistent()
}

// TestWaves: what the requests of one wave came to is recorded with the first of the
// next one, and before any of those is sent.
func TestWaves(t *testing.T) {
	b := newBench(t)
	b.most = 4
	ops := newcomers(3)
	for i := range 3 {
		ops = append(ops, member(plan.AddMember, fmt.Sprintf("p%03d", i), ""))
	}
	b.mustRun(ops...)
	if b.journal.steps != 3 {
		t.Errorf("%d steps, want one for each wave and one for the end", b.journal.steps)
	}
	edit := slices.Index(b.events, "send edit-team")
	for i := range 3 {
		if at := slices.Index(b.events, fmt.Sprintf("done create-user p%03d", i)); at < 0 || at > edit {
			t.Errorf("the team was edited before the creation of p%03d was recorded: %v", i, b.events)
		}
	}
	b.consistent()
}

// TestEndInTheMiddle: however a run is ended from outside, what was sent is settled,
// and what was journaled ahead is closed and leaves nothing.
func TestEndInTheMiddle(t *testing.T) {
	paused := errors.New("paused")
	tests := []struct {
		name  string
		end   func(b *bench, ended func() bool, cancel func())
		slice time.Duration
		want  error
		more  bool
	}{
		{"paused", func(b *bench, ended func() bool, _ func()) {
			b.stop = func(context.Context) error {
				if ended() {
					return paused
				}
				return nil
			}
		}, 0, paused, false},
		{"told to stop", func(b *bench, ended func() bool, cancel func()) {
			b.stop = func(context.Context) error {
				if ended() {
					cancel()
				}
				return nil
			}
		}, 0, context.Canceled, false},
		{"the slice is over", func(b *bench, ended func() bool, _ func()) {
			b.clock = func() time.Time {
				if ended() {
					return time.Now().Add(time.Hour)
				}
				return time.Now()
			}
		}, time.Minute, nil, true},
	}
	for _, tt := range tests {
		for _, most := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, %d at a time", tt.name, most), func(t *testing.T) {
				b := newBench(t)
				b.most = most
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var sent atomic.Int32
				b.writer.Before = func(applytest.Entry) error { sent.Add(1); return nil }
				tt.end(b, func() bool { return sent.Load() >= 5 }, cancel)
				r, err := b.applier().Run(ctx, plan.Plan{Ops: newcomers(60)}, tt.slice)
				if !errors.Is(err, tt.want) || r.More != tt.more {
					t.Errorf("%v, more: %t", err, r.More)
				}
				b.consistent()
				if tally := r.Counts[plan.CreateUser]; tally.Done != len(b.writer.Log()) || tally.Done < 4 || tally.Done > 4+most || tally.Failed > 0 {
					t.Errorf("%+v of %d requests", tally, len(b.writer.Log()))
				}
				if n := len(b.journal.settled); n > 5+3*most {
					t.Errorf("%d were journaled for %d requests", n, sent.Load())
				}
			})
		}
	}
}

// TestEndedWhileWaiting: requests that wait for their turn when the run is ended were
// not sent, and are no sign that Writer cannot be reached.
func TestEndedWhileWaiting(t *testing.T) {
	b := newBench(t)
	b.most = 8
	ctx, cancel := context.WithCancel(t.Context())
	var waiting atomic.Int32
	b.writer.Before = func(applytest.Entry) error {
		if waiting.Add(1) == 8 {
			cancel()
		}
		<-ctx.Done()
		return class(connectors.Transient)
	}
	r, err := b.applier().Run(ctx, plan.Plan{Ops: newcomers(30)}, 0)
	if !errors.Is(err, context.Canceled) || r.Counts[plan.CreateUser].Failed > 0 {
		t.Errorf("%v, %+v", err, r.Counts)
	}
	b.consistent()
}

// TestPausedBefore writes nothing at all.
func TestPausedBefore(t *testing.T) {
	b := newBench(t)
	paused := errors.New("paused")
	b.stop = func(context.Context) error { return paused }
	if _, err := b.run(append(newcomers(3), on(plan.ConfirmUser, "ann", "a"))...); !errors.Is(err, paused) || b.journal.steps > 0 {
		t.Errorf("%v, %d steps of the journal", err, b.journal.steps)
	}
}

// TestNothingWithoutRecord: once an intent cannot be written, nothing more is sent, and
// what was is settled.
func TestNothingWithoutRecord(t *testing.T) {
	for _, after := range []int{0, 3} {
		b := newBench(t)
		b.most = 4
		disk := errors.New("disk full")
		b.journal.during = func([]apply.Intent) {
			if b.journal.steps+1 == after {
				b.journal.broken = disk // from the next one on
			}
		}
		if after == 0 {
			b.journal.broken = disk
		}
		_, err := b.run(newcomers(60)...)
		if !errors.Is(err, disk) || !strings.Contains(err.Error(), "no record") {
			t.Errorf("after %d: %v", after, err)
		}
		if sent := len(b.writer.Log()); sent > 4*after {
			t.Errorf("after %d steps: %d requests", after, sent)
		}
		b.consistent()
	}
}

// TestDoneAndNotRecorded: what was done and cannot be recorded stops the run, is said,
// and is found by reads later on.
func TestDoneAndNotRecorded(t *testing.T) {
	for _, most := range []int{1, 8} {
		b := newBench(t)
		b.most = most
		disk := errors.New("disk full")
		b.journal.full = disk
		_, err := b.run(newcomers(60)...)
		sent := len(b.writer.Log())
		if !errors.Is(err, disk) || !strings.Contains(err.Error(), "could not be recorded") || sent == 0 || sent > 2*most {
			t.Errorf("%d requests, %v", sent, err)
		}
		b.journal.full = nil
		r, err := b.applier().Resolve(t.Context())
		if err != nil || r.Open != 0 || r.Counts[plan.CreateUser].Done != sent {
			t.Errorf("afterwards: %+v, %v; want %d that were done", r, err, sent)
		}
		b.consistent()
	}
}

// TestPausedAndNotRecorded: an error that is more than a pause is not taken for one.
func TestPausedAndNotRecorded(t *testing.T) {
	b := newBench(t)
	paused, disk := errors.New("paused"), errors.New("disk full")
	b.stop = func(context.Context) error {
		if len(b.writer.Log()) > 0 {
			return paused
		}
		return nil
	}
	b.journal.full = disk
	_, err := b.run(newcomers(1)...)
	if !errors.Is(err, disk) {
		t.Errorf("one request, not recorded: %v", err)
	}
	b.journal.open, b.writer = nil, applytest.New()
	_, err = b.run(newcomers(9)...)
	if errors.Is(err, paused) || !errors.Is(err, disk) || !strings.Contains(err.Error(), "paused") {
		t.Errorf("paused, and not recorded: %v", err)
	}
}

// TestOneNotRecorded: an outcome that no step takes leaves its own intent open, and no
// other.
func TestOneNotRecorded(t *testing.T) {
	b := newBench(t)
	b.most = 4
	b.journal.refuses = "create-user p002"
	_, err := b.run(newcomers(20)...)
	if err == nil || !strings.Contains(err.Error(), "1 of") {
		t.Errorf("%v", err)
	}
	if open := b.journal.open; len(open) != 1 || open[0].Ops[0].Person != ref("p002") {
		t.Errorf("open: %v", open)
	}
	b.journal.refuses = ""
	if r, err := b.applier().Resolve(t.Context()); err != nil || r.Open != 0 {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
	b.consistent()
}

// TestUnknownMeanwhile: a request that was journaled ahead is not sent once an outcome
// on its object is unknown.
func TestUnknownMeanwhile(t *testing.T) {
	b := newBench(t)
	var ops []plan.Op
	for i := range 250 {
		id := fmt.Sprintf("p%03d", i)
		ops = append(ops, member(plan.AddMember, id, b.writer.Invite(mail(id))))
	}
	b.writer.Before = func(applytest.Entry) error { return class(connectors.Unknown) }
	journaled := make(chan struct{})
	b.journal.during = func([]apply.Intent) {
		if b.journal.steps == 1 {
			close(journaled) // the second request of the team, while the first is under way
		}
	}
	sent := 0
	b.writer.Before = func(applytest.Entry) error {
		sent++
		<-journaled
		return class(connectors.Unknown)
	}
	r := b.mustRun(ops...)
	if sent != 1 || r.Counts[plan.AddMember].Done != 0 || r.Counts[plan.AddMember].Skipped != 250 {
		t.Errorf("%d requests to a team of which nothing is known, %+v", sent, r.Counts)
	}
	b.consistent()
}
