package syncer_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// A beside is a state in which people do something while a run is under way: before one
// of its transactions.
type beside struct {
	*state.DB
	left atomic.Int64 // transactions until then; negative: it was done
	do   func()       // nil: nothing is done
}

func (b *beside) next() {
	if b.left.Add(-1) == 0 && b.do != nil {
		b.do()
	}
}

// View implements syncer.Store.
func (b *beside) View(ctx context.Context, fn func(syncer.Reader) error) error {
	b.next()
	return b.DB.View(ctx, fn)
}

// Update implements syncer.Store.
func (b *beside) Update(ctx context.Context, fn func(syncer.Writer) error) error {
	b.next()
	return b.DB.Update(ctx, fn)
}

// A tally counts what was done beside runs.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

// meanwhile has people do one thing while the next run is under way. What it returns
// holds what must be true after the run.
func (l *life) meanwhile() func() {
	l.beside.left.Store(rapid.Int64Range(1, 30).Draw(l.r, "moment"))
	l.beside.do = nil
	check := func() {}
	things := []string{"nothing", "nothing", "nothing", "approve", "explain", "status", "pause", "split"}
	if l.steady {
		things = things[:1]
	}
	if l.settling {
		things = things[:len(things)-1] // the next run would join again, and so there would always be something to do
	}
	what := rapid.SampledFrom(things).Draw(l.r, "meanwhile")
	acts := map[string]func() func(){
		"approve": l.approveBeside, "explain": l.explainBeside, "status": l.statusBeside, "split": l.splitBeside, "pause": l.pauseBeside,
	}
	if act := acts[what]; act != nil {
		l.beside.do = func() { check = act() }
	}
	return func() {
		l.beside.do = nil
		check()
	}
}

// approveBeside approves what the last run held. The approval outlives the run: that of
// the gate opens it.
func (l *life) approveBeside() func() {
	given := l.approve()
	if len(given) > 0 {
		l.tally.add("approve")
	}
	return func() {
		status, err := syncer.ReadStatus(l.r.Context(), l.store, l.clock.Now())
		if err != nil {
			l.r.Fatal(err)
		}
		for _, h := range given {
			if h.Why == guard.WhyGate && status.Gate == guard.GateClosed {
				l.r.Fatalf("the gate was approved while a run was under way, and is closed")
			}
		}
	}
}

// explainBeside asks about people while the run writes: whom it names is whom it tells of.
func (l *life) explainBeside() func() {
	l.tally.add("explain")
	for i := range l.company.People() {
		id := l.company.Record(i, "corp")
		if id == "" {
			continue
		}
		x, err := syncer.New(l.explainOptions()).Explain(l.r.Context(), "corp/"+id)
		if err != nil {
			continue // not read yet
		}
		asked := connectors.Ref{Source: "corp", ID: id}
		for _, p := range x.People {
			if !slices.ContainsFunc(p.Records, func(r syncer.Record) bool { return r.Ref == asked }) {
				l.r.Fatalf("asked about %s, and told of %s", asked, p.Ref)
			}
		}
	}
	return func() {}
}

// explainOptions are those of a syncer that is not part of the run.
func (l *life) explainOptions() syncer.Options {
	o := l.options
	o.Store = l.store
	return o
}

// statusBeside counts the accounts between two snapshots: requests of the run may be settled
// meanwhile.
func (l *life) statusBeside() func() {
	l.tally.add("status")
	before := l.accounts()
	status, err := syncer.ReadStatus(l.r.Context(), l.store, l.clock.Now())
	if err != nil {
		l.r.Fatal(err)
	}
	after := l.accounts()
	if status.Accounts < min(before, after) || status.Accounts > max(before, after) {
		l.r.Fatalf("status counts %d accounts, and the snapshots around it have %d and %d", status.Accounts, before, after)
	}
	return func() {}
}

// accounts counts the live ones of a snapshot.
func (l *life) accounts() int {
	in, err := syncer.ReadSnapshot(l.r.Context(), l.store)
	if err != nil {
		l.r.Fatal(err)
	}
	live := 0
	for _, p := range in.People {
		if p.Standing == plan.Live {
			live++
		}
	}
	return live
}

// splitBeside splits somebody who is joined: the run goes on with what is so then.
func (l *life) splitBeside() func() {
	in, err := syncer.ReadSnapshot(l.r.Context(), l.store)
	if err != nil {
		l.r.Fatal(err)
	}
	if len(in.Joins) == 0 {
		return func() {}
	}
	l.tally.add("split")
	if _, err := syncer.Split(l.r.Context(), l.store, in.Joins[0].Person); err != nil {
		l.r.Fatal(err)
	}
	return func() {}
}

// pauseBeside turns the kill switch on: from then on the run writes nothing.
func (l *life) pauseBeside() func() {
	l.tally.add("pause")
	if err := syncer.Pause(l.r.Context(), l.store, true, "test", l.clock.Now()); err != nil {
		l.r.Fatal(err)
	}
	wrote := len(l.writer.Log())
	return func() {
		if after := len(l.writer.Log()); after != wrote {
			l.r.Fatalf("%d requests were sent after the pause", after-wrote)
		}
		if err := syncer.Pause(l.r.Context(), l.store, false, "test", l.clock.Now()); err != nil {
			l.r.Fatal(err)
		}
	}
}

// logTally prints what was done beside runs, and fails if some of it never was.
func logTally(t *testing.T, c *tally, least int) {
	t.Helper()
	for _, what := range []string{
		"approve", "explain", "status", "split", "pause", "hidden status", "hidden list", "hidden attribute", "hidden group", "hidden name of a group", "hidden nesting", "away", "new ID", "restored", "lost", "out of scope",
	} {
		t.Logf("%s: %d times", what, c.counts[what])
		if c.counts[what] < least {
			t.Errorf("%s was done %d times, want %d at least", what, c.counts[what], least)
		}
	}
}
