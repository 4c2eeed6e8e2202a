package statetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
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
	want := []store.Removal{
		{At: Start(), Kind: kind(plan.RemoveMember), Person: store.Ref(Ref("ann")), Team: "t1"},
		{At: Start().Add(time.Hour), Kind: kind(plan.DeleteUser), Person: store.Ref(Ref("ann"))},
		{At: Start().Add(2 * time.Hour), Kind: kind(plan.Deactivate), Person: store.Ref(Ref("bob"))},
	}
	since := func(at time.Time, want []store.Removal) {
		w.T.Helper()
		got := w.removals(at)
		w.equal("removed since "+at.String(), got, want)
	}
	since(Start(), want)
	since(time.Time{}, want)
	since(Start().Add(time.Second), want[1:])
	since(Start().Add(2*time.Hour), want[2:])
	since(Start().Add(3*time.Hour), nil)

	w.Clock.Add(8*24*time.Hour - 90*time.Minute)
	w.record(store.Run{ID: "late"})
	since(Start(), want[1:])
}

func switches(w *World) {
	change := func(f func(*store.Control)) { w.T.Helper(); w.Must(w.change(f)) }
	change(func(c *store.Control) { c.Paused, c.PausedBy, c.PausedAt = true, "root", Start() })
	change(func(c *store.Control) { c.Base = store.Base{Hash: "b1", Approved: Start(), Settled: true} })
	change(func(c *store.Control) { c.Verified = Start().Add(time.Hour) })
	change(func(*store.Control) {})
	w.equal("switches", w.control(), store.Control{
		Paused: true, PausedBy: "root", PausedAt: Start(), Base: store.Base{Hash: "b1", Approved: Start(), Settled: true}, Verified: Start().Add(time.Hour),
	})
	var at sync.WaitGroup
	for range 20 {
		at.Go(func() {
			if err := w.change(func(c *store.Control) { c.PausedBy += "x" }); err != nil {
				w.T.Error(err)
			}
		})
	}
	at.Wait()
	w.equal("changes that came at once", w.control().PausedBy, "root"+strings.Repeat("x", 20))
}

// updateFails ends transactions that write with an error: nothing of them was done.
func updateFails(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")))
	before := w.everything()
	fault := errors.New("the disk is full")
	err := w.Store.Update(w.T.Context(), func(tx syncer.Writer) error {
		approval := store.Approval{Hold: "h1", Why: why(plan.WhyNewID), At: Start(), Expires: Start().Add(time.Hour)}
		w.Must(errors.Join(
			tx.SetControl(store.Control{Paused: true}), tx.Approve(approval, []store.Op{On(plan.Deactivate, "ann").Stored()}), tx.Accept("corp"),
			tx.Record(run("1")), tx.Hold([]store.Hold{hold("held")}), tx.Import(plan.Imported{Kind: connectors.UserObject, Ref: Ref(""), From: "a1"}.Stored()),
		))
		c, err := tx.Control()
		w.Must(err)
		w.equal("what it wrote itself", c.Paused, true)
		return fault
	})
	if !errors.Is(err, fault) {
		w.T.Errorf("the error is %v", err)
	}
	w.equal("everything", w.everything(), before)
	w.Restart()
	w.equal("everything after a restart", w.everything(), before)
}

// oneMoment writes while a transaction reads: that sees nothing of it.
func oneMoment(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.View(func(tx syncer.Reader) error {
		in, err := tx.Load()
		w.Must(err)
		done := make(chan error)
		go func() {
			w.Read("corp", Users("cid"))
			done <- w.Store.Update(w.T.Context(), func(tx syncer.Writer) error {
				return errors.Join(tx.SetControl(store.Control{Paused: true}), tx.Record(run("1")), tx.Hold([]store.Hold{hold("held")}))
			})
		}()
		w.Must(<-done)
		c, err := tx.Control()
		w.Must(err)
		w.equal("paused, to a transaction that began before", c.Paused, false)
		runs, err := tx.Runs(1)
		w.Must(err)
		held, err := tx.Holds()
		w.Must(err)
		w.equal("runs and holds", len(runs)+len(held), 0)
		w.Must(tx.Fill(&in, []uint32{0, 1}))
		w.equal("users", []string{in.People[0].User.ID, in.People[1].User.ID}, []string{"ann", "bob"})
		if err := w.Fill(&in, 0); !errors.Is(err, store.ErrMoved) {
			w.T.Errorf("a later transaction fills in what is not so any more: %v", err)
		}
		return nil
	})
	w.equal("paused", w.control().Paused, true)
}

var errRun = errors.New("it was run")

// ended hands ended contexts to transactions.
func ended(w *World) {
	ctx, cancel := context.WithCancel(w.T.Context())
	cancel()
	if err := w.Store.View(ctx, func(syncer.Reader) error { return errRun }); !errors.Is(err, context.Canceled) {
		w.T.Errorf("view: %v", err)
	}
	if err := w.Store.Update(ctx, func(syncer.Writer) error { return errRun }); !errors.Is(err, context.Canceled) {
		w.T.Errorf("update: %v", err)
	}
}

// run is a run with something in every field.
func run(id string) store.Run {
	result, _ := store.Result(0).Of(string(syncer.ResultHeld))
	class, _ := store.Class(0).Of(string(connectors.Rejected))
	return store.Run{
		ID: id, Trigger: "schedule", Started: Start(), Ended: Start().Add(time.Second), Result: result, Error: "an error",
		Sources:  []store.SourceRun{{Name: "corp", Complete: true, Took: time.Second, Size: store.Size{Users: 3}, Unresolved: 1, Generation: 7}},
		Counts:   []store.Count{{Kind: kind(plan.CreateUser), Planned: 3, Held: 1, Done: 1, Failed: 1}},
		Warnings: []store.Warning{{Code: "team-missing", Text: "team is missing"}},
		Failures: []store.Failure{{Op: Create(User("bob")).Stored(), Class: class, Text: "no"}},
		Requests: store.Requests{Reads: 1, Writes: 2, Pace: 120.5}, Verified: true, More: true, DryRun: true, Base: "b1", Untold: true,
	}
}

// hold is a hold of one create.
func hold(text string) store.Hold {
	return plan.Held{Why: plan.WhyNoEmail, Text: text, Exit: plan.Fix, WayOut: "give one", Ops: []plan.Op{Create(User("bob"))}}.Stored()
}

func runs(w *World) {
	const kept = 1000
	for i := range kept + 5 {
		w.record(store.Run{ID: fmt.Sprintf("run-%04d", i)})
	}
	got := w.runs(2 * kept)
	w.equal("runs kept", len(got), kept)
	w.equal("newest", got[0].ID, "run-1004")
	w.equal("oldest", got[kept-1].ID, "run-0005")
	w.record(run("full"))
	got = w.runs(2)
	w.equal("run", got[0], run("full"))
	w.equal("run before", got[1].ID, "run-1004")
}

func runsHeld(w *World) {
	var many []plan.Op
	for i := range 1203 {
		op := Create(User(fmt.Sprintf("p%04d", i)))
		op.Reason = plan.Reason{Basis: plan.Shown, Text: "is in group g"}
		many = append(many, op)
	}
	held := []store.Hold{
		plan.Held{Why: "gate", Text: "first plan", Exit: plan.Approve, WayOut: "approve", Ops: many}.Stored(),
		plan.Held{Why: "no-email", Text: "has none", Exit: plan.Fix, WayOut: "give one", Ops: many[:1]}.Stored(),
	}
	newest := func(id string, want ...store.Hold) {
		w.T.Helper()
		w.record(run(id), want...)
		w.equal("held", w.holds(), want)
	}
	newest("1", held...)
	newest("2", held...)
	newest("3", held[1])
	newest("4")
	newest("5", held...)
	err := w.Store.Update(w.T.Context(), func(tx syncer.Writer) error {
		return errors.Join(tx.Record(run("6")), tx.Hold([]store.Hold{{Why: why("a reason of its own")}}))
	})
	if err == nil {
		w.T.Error("a hold without a reason was stored")
	}
}

func restart(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"), Group("g1", "ann", "zoe"))
	w.Do(Feed("g1", "t1", "One", "g1 => One"), Create(User("ann")), Create(User("cid")), Member(plan.AddMember, "ann", "t1"), On(plan.Deactivate, "ann"))
	w.Read("corp", Users("ann", "bob"), Group("g1", "ann", "zoe"))
	w.Settle(Create(User("bob")), apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no"})
	w.approve("shrink", On(plan.Deactivate, "cid"))
	w.record(run("1"), hold("held"))
	w.Must(w.change(func(c *store.Control) { c.Paused = true }))
	in := w.Intend([]plan.Op{On(plan.Deactivate, "cid")})[0]
	half, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	w.Stage(half, "corp", Users("nobody"))
	before := w.everything()
	w.Must(half.Discard())

	w.Restart()
	w.equal("everything", w.everything(), before)
	w.Must(w.TryClose(in, DoneOf(in.Ops[0])))
	w.equal("standing", w.link("cid").Standing, plan.Inactive)
	w.Read("corp", Users("ann", "bob", "zoe"), Group("g1", "ann", "zoe"))
	w.equal("members", membersOf(w.Load()), []string{"ann", "zoe"})
}

// everything is all that a store tells.
func (w *World) everything() []any {
	w.T.Helper()
	in := w.Load()
	all := make([]uint32, len(in.People))
	for i := range all {
		all[i] = uint32(i)
	}
	w.Must(w.Fill(&in, all...))
	open := w.unsettled()
	approvals, ops := w.approved()
	return []any{in, w.sources(), open, w.runs(10), w.holds(), w.control(), w.removals(time.Time{}), approvals, ops}
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
				in, err := w.Store.Advance(w.T.Context(), nil, [][]plan.Op{{op}})
				if err == nil {
					err = w.TryClose(in[0], DoneOf(op))
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
				w.Load()
			}
		})
	}
	at.Go(func() { w.Read("other", Users("x", "y"), Group("g2", "x")) })
	at.Wait()
	had, dormant := w.team("t1")
	w.equal("members", had, ids)
	w.equal("asleep", dormant, ids)
	removed := w.removals(Start())
	w.equal("removals", len(removed), people)
	w.equal("open", len(w.unsettled()), 0)
}
