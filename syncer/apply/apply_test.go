package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// TestIntentComesFirst: nothing is sent before its intent is durable, and what became
// of a request is with the first that may depend on it.
func TestIntentComesFirst(t *testing.T) {
	b := newBench(t)
	b.mustRun(creates("ann"), member(plan.AddMember, "ann", ""))
	want := []string{
		"intend create-user ann", "send create", "done create-user ann",
		"intend add-member ann", "send edit-team", "done add-member ann",
	}
	if diff := cmp.Diff(want, b.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := b.writer.Members("Sales"); !slices.Equal(got, []string{mail("ann")}) {
		t.Errorf("members %v", got)
	}
}

// TestOrder holds the order of a plan's phases.
func TestOrder(t *testing.T) {
	b := newBench(t)
	ann, bob, cid := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob")), b.writer.Invite(mail("cid"))
	disabled := on(plan.Deactivate, "ann", ann)
	disabled.Reason.Cause = plan.Disabled
	absent := on(plan.Deactivate, "cid", cid)
	absent.Reason.Basis = plan.NotVisible
	b.mustRun(
		absent, member(plan.RemoveMember, "bob", bob), member(plan.AddMember, "new", ""), creates("new"),
		on(plan.UpdateUser, "bob", bob, plan.Change{Attribute: connectors.Title, New: "x"}), renames("bob", bob, "b@example.com"), disabled,
	)
	var sent []string
	for _, e := range b.writer.Log() {
		sent = append(sent, fmt.Sprint(e.Verb, " ", e.Account))
	}
	want := []string{
		"update " + string(ann),                          // an explicit disable waits for nothing
		"update " + string(bob),                          // the rename frees an address
		"create ", "update " + string(bob), "edit-team ", // one request adds and removes
		"update " + string(cid), // an absence comes last
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestChain: an address is taken after it was freed, and not at all if it was not.
func TestChain(t *testing.T) {
	for _, freed := range []bool{true, false} {
		b := newBench(t)
		ann, bob := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob"))
		if !freed {
			b.writer.Before = func(e applytest.Entry) error {
				if e.Account == bob {
					return class(connectors.Rejected)
				}
				return nil
			}
		}
		second := renames("ann", ann, mail("bob"))
		second.After = ref("bob")
		r := b.mustRun(renames("bob", bob, "robert@example.com"), second)
		if tally := r.Counts[plan.UpdateUser]; freed && tally.Done != 2 || !freed && (tally.Failed != 1 || tally.Skipped != 1) {
			t.Errorf("freed: %t: %+v", freed, tally)
		}
	}
}

// TestLongChain: each takes the address of the next, several requests at a time.
func TestLongChain(t *testing.T) {
	b := newBench(t)
	var ops []plan.Op
	for i := range 12 {
		id := fmt.Sprintf("p%02d", i)
		op := renames(id, b.writer.Invite(mail(id)), mail(fmt.Sprintf("p%02d", i+1)))
		if i < 11 {
			op.After = ref(fmt.Sprintf("p%02d", i+1))
		}
		ops = append([]plan.Op{op}, ops...)
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: b.writer, Journal: b.journal, Concurrency: 8, Now: time.Now})
	r, err := a.Run(t.Context(), plan.Plan{Ops: ops}, 0)
	if err != nil || r.Counts[plan.UpdateUser].Done != 12 {
		t.Errorf("%+v, %v", r.Counts, err)
	}
}

// TestNotFoundIsLookedAt: an account that is said to be missing when it is to be
// deactivated may be there all the same, behind somebody else's answer.
func TestNotFoundIsLookedAt(t *testing.T) {
	b := newBench(t)
	there, gone := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob"))
	b.writer.Drop(gone)
	b.writer.Before = func(e applytest.Entry) error {
		if e.Account == there {
			return class(connectors.NotFound)
		}
		return nil
	}
	b.mustRun(on(plan.Deactivate, "ann", there), on(plan.Deactivate, "bob", gone))
	if out := b.outcome(plan.Deactivate, "ann"); out.Result == apply.Done {
		t.Errorf("an account that is there and active counts as deactivated: %+v", out)
	}
	if out := b.outcome(plan.Deactivate, "bob"); out.Result != apply.Done {
		t.Errorf("an account that is gone: %+v", out)
	}
}

// TestStops: what ends a run, and what does not.
func TestStops(t *testing.T) {
	var ops []plan.Op
	for i := range 20 {
		ops = append(ops, creates(fmt.Sprintf("p%02d", i)))
	}
	tests := []struct {
		name   string
		class  connectors.Class
		most   int // requests
		failed bool
	}{
		{"each is refused by itself", connectors.Rejected, 20, false},
		{"the credential is refused", connectors.Denied, 1, true},
		{"Writer is not there", connectors.Transient, 5, true},
		{"Writer wants us to wait", connectors.Throttled, 5, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			sent := 0
			b.writer.Before = func(applytest.Entry) error { sent++; return class(tt.class) }
			_, err := b.run(ops...)
			if (err != nil) != tt.failed || sent != tt.most {
				t.Errorf("%d requests, %v; want %d", sent, err, tt.most)
			}
			if len(b.journal.open) > 0 {
				t.Errorf("%d intents are open, and nothing was done", len(b.journal.open))
			}
		})
	}
}

// TestKillSwitch is asked before every request.
func TestKillSwitch(t *testing.T) {
	b := newBench(t)
	stop := errors.New("paused")
	b.stop = func(context.Context) error {
		if len(b.writer.Log()) == 2 {
			return stop
		}
		return nil
	}
	if _, err := b.run(creates("ann"), creates("bob"), creates("cid")); !errors.Is(err, stop) || len(b.writer.Log()) != 2 {
		t.Errorf("%d writes, %v", len(b.writer.Log()), err)
	}
}

// TestCancelled finishes and settles the request under way, and begins no other.
func TestCancelled(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.writer.After = func(applytest.Entry) error { cancel(); return nil }
	_, err := b.applier().Run(ctx, plan.Plan{Ops: []plan.Op{creates("ann"), creates("bob")}}, 0)
	if !errors.Is(err, context.Canceled) || len(b.writer.Log()) != 1 || b.outcome(plan.CreateUser, "ann").Result != apply.Done {
		t.Errorf("%v, %d writes, %v", err, len(b.writer.Log()), b.events)
	}
}

// TestSlice ends without an error, and says that there is more; and something was done,
// however short the slice is.
func TestSlice(t *testing.T) {
	for _, slice := range []time.Duration{time.Nanosecond, 3 * time.Second} {
		b := newBench(t)
		now := time.Now()
		b.clock = func() time.Time { now = now.Add(time.Second); return now }
		r, err := b.applier().Run(t.Context(), plan.Plan{Ops: []plan.Op{creates("ann"), creates("bob"), creates("cid"), creates("dan")}}, slice)
		if err != nil || !r.More || len(b.writer.Log()) == 0 || len(b.writer.Log()) == 4 {
			t.Errorf("%s: more: %t, %v, %d writes", slice, r.More, err, len(b.writer.Log()))
		}
	}
}

// TestMembers edits a team in as few requests as it takes, and one member who
// cannot be added fails alone.
func TestMembers(t *testing.T) {
	b := newBench(t)
	var ops []plan.Op
	for i := range 150 {
		id := fmt.Sprintf("p%03d", i)
		ops = append(ops, member(plan.AddMember, id, b.writer.Invite(mail(id))))
	}
	ops = append(ops, member(plan.AddMember, "ghost", "nobody"))
	r := b.mustRun(ops...)
	if got := len(b.writer.Log()); got != 2 {
		t.Errorf("%d requests for 151 members, want 2", got)
	}
	if tally := r.Counts[plan.AddMember]; tally.Done != 150 || tally.Failed != 1 || len(r.Failures) != 1 || r.Failures[0].Op.Person != ref("ghost") {
		t.Errorf("%+v, %+v", tally, r.Failures)
	}
}

// TestConflict names the account that is in the way of a create.
func TestConflict(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	b.mustRun(creates("ann"))
	if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || out.Class != connectors.Conflict || out.Account.ID != account {
		t.Errorf("%+v", out)
	}
}

// TestPanic ends the run with an error that is fit to be read, and leaves the
// intent open for the next one.
func TestPanic(t *testing.T) {
	b := newBench(t)
	b.writer.Before = func(applytest.Entry) error { panic("boom") } //nolint:forbidigo // the fault under test
	_, err := b.run(creates("ann"))
	var fault *apply.PanicError
	if !errors.As(err, &fault) || len(fault.Stack) == 0 || strings.Contains(err.Error(), "goroutine") || len(b.journal.open) != 1 {
		t.Errorf("%v, %d open", err, len(b.journal.open))
	}
}

// TestLedgerOnly sends nothing for what only the ledger needs to know.
func TestLedgerOnly(t *testing.T) {
	b := newBench(t)
	var ops []plan.Op
	for i := range 1200 {
		ops = append(ops, on(plan.ConfirmUser, fmt.Sprint(i), "a"))
	}
	r := b.mustRun(ops...)
	if r.Counts[plan.ConfirmUser].Done != 1200 || len(b.writer.Log()) > 0 || b.journal.next != 0 || b.journal.steps != 3 {
		t.Errorf("%+v, %d writes, %d intents in %d steps", r.Counts, len(b.writer.Log()), b.journal.next, b.journal.steps)
	}
}
