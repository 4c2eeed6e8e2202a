package statetest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

func removals(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")), Member(plan.AddMember, "ann", "t1"))
	w.Do(Member(plan.RemoveMember, "ann", "t1"))
	w.Clock.Add(time.Hour)
	w.Do(On(plan.DeleteUser, "ann"))
	w.Clock.Add(time.Hour)
	w.Settle(On(plan.Deactivate, "bob"), apply.Outcome{Result: apply.Failed})
	w.Do(On(plan.Deactivate, "bob"))
	want := []syncer.Removal{
		{At: Start(), Kind: plan.RemoveMember, Person: Ref("ann"), Team: "t1"},
		{At: Start().Add(time.Hour), Kind: plan.DeleteUser, Person: Ref("ann")},
		{At: Start().Add(2 * time.Hour), Kind: plan.Deactivate, Person: Ref("bob")},
	}
	since := func(at time.Time, want []syncer.Removal) {
		w.T.Helper()
		got, err := w.Store.Removed(w.T.Context(), at)
		w.Must(err)
		w.equal("removed since "+at.String(), got, want)
	}
	since(Start(), want)
	since(time.Time{}, want)
	since(Start().Add(time.Second), want[1:])
	since(Start().Add(2*time.Hour), want[2:])
	since(Start().Add(3*time.Hour), nil)

	w.Clock.Add(8*24*time.Hour - 90*time.Minute)
	w.Must(w.Store.Record(w.T.Context(), syncer.Run{ID: "late"}))
	since(Start(), want[1:])
}

func switches(w *World) {
	change := func(f func(*syncer.Control)) { w.T.Helper(); w.Must(w.Store.UpdateControl(w.T.Context(), f)) }
	change(func(c *syncer.Control) { c.Paused, c.PausedBy, c.PausedAt = true, "root", Start() })
	change(func(c *syncer.Control) { c.Base = syncer.Base{Hash: "b1", Approved: Start(), Settled: true} })
	change(func(c *syncer.Control) { c.Verified = Start().Add(time.Hour) })
	change(func(*syncer.Control) {})
	got, err := w.Store.Control(w.T.Context())
	w.Must(err)
	w.equal("switches", got, syncer.Control{
		Paused: true, PausedBy: "root", PausedAt: Start(), Base: syncer.Base{Hash: "b1", Approved: Start(), Settled: true}, Verified: Start().Add(time.Hour),
	})
	var at sync.WaitGroup
	for range 20 {
		at.Go(func() {
			if err := w.Store.UpdateControl(w.T.Context(), func(c *syncer.Control) { c.PausedBy += "x" }); err != nil {
				w.T.Error(err)
			}
		})
	}
	at.Wait()
	got, err = w.Store.Control(w.T.Context())
	w.Must(err)
	w.equal("changes that came at once", got.PausedBy, "root"+strings.Repeat("x", 20))
}

// run is a run with something in every field.
func run(id string, held ...plan.Held) syncer.Run {
	return syncer.Run{
		ID: id, Trigger: "schedule", Started: Start(), Ended: Start().Add(time.Second), Result: syncer.ResultHeld, Error: "an error",
		Sources:  []syncer.SourceRun{{Name: "corp", Complete: true, Took: time.Second, Size: connectors.Size{Users: 3}, Unresolved: 1, Generation: 7}},
		Counts:   []syncer.Count{{Kind: plan.CreateUser, Planned: 3, Held: 1, Done: 1, Failed: 1}},
		Held:     held,
		Warnings: []plan.Warning{{Code: "team-missing", Text: "team is missing"}},
		Requests: syncer.Requests{Reads: 1, Writes: 2, Pace: 120.5}, Verified: true, More: true, DryRun: true,
	}
}

func runs(w *World) {
	const kept = 1000
	for i := range kept + 5 {
		w.Must(w.Store.Record(w.T.Context(), syncer.Run{ID: fmt.Sprintf("run-%04d", i)}))
	}
	got, err := w.Store.Runs(w.T.Context(), 2*kept)
	w.Must(err)
	w.equal("runs kept", len(got), kept)
	w.equal("newest", got[0].ID, "run-1004")
	w.equal("oldest", got[kept-1].ID, "run-0005")
	w.Must(w.Store.Record(w.T.Context(), run("full")))
	got, err = w.Store.Runs(w.T.Context(), 2)
	w.Must(err)
	w.equal("run", got[0], run("full"))
	w.equal("run before", got[1].ID, "run-1004")
}

func runsHeld(w *World) {
	var many []plan.Op
	for i := range 1203 {
		op := Create(User(fmt.Sprintf("p%04d", i)))
		op.Reason = plan.Reason{Basis: plan.Stated, Text: "is in group g"}
		many = append(many, op)
	}
	held := []plan.Held{
		{Why: "gate", Text: "first plan", Exit: plan.Approve, WayOut: "approve", Ops: many},
		{Why: "no-email", Text: "has none", Exit: plan.Fix, WayOut: "give one", Ops: many[:1]},
	}
	newest := func(want ...plan.Held) {
		w.T.Helper()
		got, err := w.Store.Runs(w.T.Context(), 3)
		w.Must(err)
		w.equal("held", got[0].Held, want)
		for _, r := range got[1:] {
			w.equal("held by an older run", len(r.Held), 0)
		}
	}
	w.Must(w.Store.Record(w.T.Context(), run("1", held...)))
	newest(held...)
	w.Must(w.Store.Record(w.T.Context(), run("2", held...)))
	newest(held...)
	w.Must(w.Store.Record(w.T.Context(), run("3", held[1])))
	newest(held[1])
	w.Must(w.Store.Record(w.T.Context(), run("4")))
	newest()
	w.Must(w.Store.Record(w.T.Context(), run("5", held...)))
	newest(held...)
}

func restart(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"), Group("g1", "ann", "zoe"))
	w.Do(Feed("g1", "t1", "One", "g1 => One"), Create(User("ann")), Create(User("cid")), Member(plan.AddMember, "ann", "t1"), On(plan.Deactivate, "ann"))
	w.Read("corp", Users("ann", "bob"), Group("g1", "ann", "zoe"))
	w.Settle(Create(User("bob")), apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no"})
	w.approve("shrink", On(plan.Deactivate, "cid"))
	w.Must(w.Store.Record(w.T.Context(), run("1", plan.Held{Why: "gate", Ops: []plan.Op{Create(User("bob"))}})))
	w.Must(w.Store.UpdateControl(w.T.Context(), func(c *syncer.Control) { c.Paused = true }))
	in, err := w.Store.Intend(w.T.Context(), On(plan.Deactivate, "cid"))
	w.Must(err)
	half, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	w.Stage(half, "corp", Users("nobody"))
	before := w.everything()
	w.Must(half.Discard())

	w.Restart()
	w.equal("everything", w.everything(), before)
	w.Must(w.Store.Settle(w.T.Context(), in, DoneOf(in.Ops[0])))
	w.equal("standing", w.link("cid").Standing, plan.Inactive)
	w.Read("corp", Users("ann", "bob", "zoe"), Group("g1", "ann", "zoe"))
	w.equal("members", membersOf(w.Load()), []string{"ann", "zoe"})
}

// everything is all that a store tells.
func (w *World) everything() []any {
	w.T.Helper()
	ctx := w.T.Context()
	in := w.Load()
	all := make([]uint32, len(in.People))
	for i := range all {
		all[i] = uint32(i)
	}
	w.Must(w.Store.Fill(ctx, &in, all))
	sources, err := w.Store.Sources(ctx)
	w.Must(err)
	open, err := w.Store.Unsettled(ctx)
	w.Must(err)
	runs, err := w.Store.Runs(ctx, 10)
	w.Must(err)
	control, err := w.Store.Control(ctx)
	w.Must(err)
	removed, err := w.Store.Removed(ctx, time.Time{})
	w.Must(err)
	approvals, ops := w.approved()
	return []any{in, sources, open, runs, control, removed, approvals, ops}
}

func concurrent(w *World) {
	const people = 40
	var ids []string
	for i := range people {
		ids = append(ids, fmt.Sprintf("p%02d", i))
	}
	w.Read("corp", Users(ids...), Group("g1", ids...))
	var at sync.WaitGroup
	for _, id := range ids {
		at.Go(func() {
			for _, op := range []plan.Op{Create(User(id)), Member(plan.AddMember, id, "t1"), On(plan.Deactivate, id)} {
				in, err := w.Store.Intend(w.T.Context(), op)
				if err == nil {
					err = w.Store.Settle(w.T.Context(), in, DoneOf(op))
				}
				if err != nil {
					w.T.Errorf("%s of %s: %v", op.Kind, id, err)
				}
			}
		})
	}
	for range 4 {
		at.Go(func() {
			for range 5 {
				if _, err := w.Store.Load(w.T.Context()); err != nil {
					w.T.Errorf("load: %v", err)
				}
			}
		})
	}
	at.Go(func() { w.Read("other", Users("x", "y"), Group("g2", "x")) })
	at.Wait()
	had, dormant := w.team("t1")
	w.equal("members", had, ids)
	w.equal("asleep", dormant, ids)
	removed, err := w.Store.Removed(w.T.Context(), Start())
	w.Must(err)
	w.equal("removals", len(removed), people)
	open, err := w.Store.Unsettled(w.T.Context())
	w.Must(err)
	w.equal("open", len(open), 0)
}
