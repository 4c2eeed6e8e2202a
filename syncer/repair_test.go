package syncer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// newRenamed is a house in which an admin of Writer gave three people other names.
func newRenamed(t *testing.T) *following {
	t.Helper()
	f := newFollowing(t)
	f.t = t
	for i := range 3 {
		f.users[i].Attributes = map[connectors.Attribute]string{connectors.DisplayName: f.users[i].ID}
	}
	f.publish()
	f.pass()
	for i := range 3 {
		f.writer.Edit(f.accountOf(f.users[i].Email), func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "Other" })
	}
	return f
}

// others counts the accounts that still have the name that an admin of Writer gave.
func (f *following) others() int {
	n := 0
	for _, a := range f.writer.Accounts() {
		if a.Attributes[connectors.DisplayName] == "Other" {
			n++
		}
	}
	return n
}

// interrupted are full reads of Writer after which not all that they showed is repaired.
var interrupted = map[string]func(*following){
	"paused while it repairs": func(f *following) {
		f.options.Concurrency = 1 // the clock is turned by what one write does
		f.writer.Before = func(applytest.Entry) error {
			f.clock.Add(time.Second)
			f.pause(true)
			return nil
		}
		f.verify()
		f.writer.Before = nil
		f.pause(false)
	},
	"resumed while it reads": func(f *following) {
		f.pause(true)
		f.options.Target = reading{f.writer, func() { f.pause(false) }}
		f.verify()
		f.options.Target = f.writer
	},
	"paused twice": func(f *following) {
		f.pause(true)
		f.verify()
		f.clock.Add(time.Second)
		f.pause(true)
		f.pause(false)
	},
	"the slice ended": func(f *following) {
		f.options.Slice, f.options.Concurrency = time.Second, 1
		f.writer.Before = func(applytest.Entry) error {
			f.clock.Add(2 * time.Second)
			return nil
		}
		if out := f.verify(); !out.Run.More {
			f.t.Fatalf("the slice did not end: %+v", out.Run.Counts)
		}
		f.writer.Before, f.options.Slice = nil, 0
	},
	"Writer was away": func(f *following) {
		f.options.Target = away{f.writer}
		if _, err := syncer.New(f.options).Run(f.t.Context(), syncer.Request{Trigger: "test", Verify: true}); err == nil {
			f.t.Fatal("the pass did not fail")
		}
		f.options.Target = f.writer
	},
	"Writer refused": func(f *following) {
		f.writer.Before = func(applytest.Entry) error {
			return &connectors.Error{Class: connectors.Rejected, Op: "update", Err: errors.New("not now")}
		}
		f.verify()
		f.pass() // it waits, and the pass after it does not read Writer in full
		f.writer.Before = nil
		f.pass()
		f.clock.Add(time.Hour)
	},
}

// reading is a Writer during whose listing something happens.
type reading struct {
	*applytest.Writer
	happens func()
}

func (r reading) ReadAll(ctx context.Context) (plan.Listing, error) {
	r.happens()
	return r.Writer.ReadAll(ctx)
}

// away is a Writer that cannot be listed.
type away struct{ *applytest.Writer }

func (away) ReadAll(context.Context) (plan.Listing, error) {
	return plan.Listing{}, &connectors.Error{Class: connectors.Transient, Op: "list", Err: errors.New("the line is dead")}
}

// TestRevivedGoAgain: so is somebody deactivated again who is disabled, and whose account
// an admin brought back.
func TestRevivedGoAgain(t *testing.T) {
	f := newFollowing(t)
	ann := f.accountOf("ann@example.com")
	f.users[0].Status = connectors.StatusDisabled
	f.publish()
	f.pass()
	f.clock.Add(8 * 24 * time.Hour)
	f.writer.Edit(ann, func(a *plan.Account) { a.Active = true })
	f.t = t
	interrupted["Writer refused"](f)
	f.pass()
	f.pass()
	if at := slices.IndexFunc(f.writer.Accounts(), func(a plan.Account) bool { return a.ID == ann && a.Active }); at >= 0 {
		t.Error("ann has a live account, and is disabled")
	}
}

// TestRepairsGoOn: what a full read showed and was not repaired is, by the passes after
// it, and they then read Writer in full no more.
func TestRepairsGoOn(t *testing.T) {
	for name, interrupt := range interrupted {
		t.Run(name, func(t *testing.T) {
			f := newRenamed(t)
			interrupt(f)
			if f.others() == 0 {
				t.Fatal("nothing was left to repair")
			}
			f.pass()
			f.pass()
			if n := f.others(); n > 0 {
				t.Errorf("%d names were not repaired", n)
			}
			if f.pass(); f.pass().Run.Verified {
				t.Error("every pass reads Writer in full")
			}
		})
	}
}

// failing is a store that cannot be read to decide, once.
type failing struct {
	syncer.Store
	failed bool
}

func (s *failing) View(ctx context.Context, fn func(syncer.Reader) error) error {
	return s.Store.View(ctx, func(tx syncer.Reader) error { return fn(failingReader{tx, s}) })
}

type failingReader struct {
	syncer.Reader
	of *failing
}

func (r failingReader) Load() (plan.Input, error) {
	if !r.of.failed {
		r.of.failed = true
		return plan.Input{}, errors.New("the disk is away")
	}
	return r.Reader.Load()
}

// TestHoldsOutliveAFault: a run that ended before it had decided leaves what is held.
func TestHoldsOutliveAFault(t *testing.T) {
	f := newFollowing(t)
	asked["deactivated"].happen(f)
	f.verify()
	store := f.options.Store
	f.options.Store = &failing{Store: store}
	if _, err := syncer.New(f.options).Run(t.Context(), syncer.Request{Trigger: "test", Rings: []string{"corp"}}); err == nil {
		t.Fatal("the pass did not fail")
	}
	f.options.Store = store
	if out := f.pass(); len(holdsOf(out.Run, plan.WhyDeactivatedThere)) != 1 {
		t.Errorf("the question was lost: %v", out.Run.Held)
	}
}

// partly is a Writer whose listing cannot be shown to be whole.
type partly struct{ *applytest.Writer }

func (w partly) ReadAll(ctx context.Context) (plan.Listing, error) {
	out, err := w.Writer.ReadAll(ctx)
	out.AccountsWhole = false
	return out, err
}

// TestAskedOnce: a question that this pass asks itself is not taken over as well, if what
// it is about has changed.
func TestAskedOnce(t *testing.T) {
	f := newRenamed(t)
	f.options.Policy.Drift.Attributes = plan.Report
	first := f.verify()
	if n := len(holdsOf(first.Run, plan.WhyDrift)); n != 3 {
		t.Fatalf("%d reports", n)
	}
	f.options.Target = partly{f.writer}
	f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "ann", connectors.GivenName: "Ann"}
	f.publish()
	f.writer.Edit(f.accountOf("ann@example.com"), func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "Another" })
	out := f.verify()
	if n := len(out.Run.Held); n != 3 {
		t.Errorf("%d holds: %v", n, out.Run.Held)
	}
}

// TestOpeningGateKeepsQuestions: what an opening gate holds is not lost to a ring that
// comes before the next pass on schedule.
func TestOpeningGateKeepsQuestions(t *testing.T) {
	f := newFollowing(t)
	stranger := f.writer.Invite("stranger@example.com")
	if _, err := f.writer.EditTeam(t.Context(), "team-Engineering", apply.TeamEdit{Add: []plan.RemoteID{stranger}}); err != nil {
		t.Fatal(err)
	}
	f.options.Base, f.options.Policy.Rules[0].Exclusive = "rules 2", true
	f.approveAll(f.pass())
	f.pass()
	f.ring()
	f.pass()
	if slices.Contains(f.writer.Members("Engineering"), "stranger@example.com") {
		t.Error("the stranger is still in the exclusive team")
	}
}
