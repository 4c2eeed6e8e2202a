package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

func ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

func mail(id string) string { return id + "@example.com" }

func creates(id string) plan.Op {
	return plan.Op{
		Kind: plan.CreateUser, Person: ref(id), Reason: plan.Reason{Basis: plan.Stated},
		Changes: []plan.Change{{Attribute: connectors.DisplayName, New: strings.ToUpper(id)}, {Attribute: plan.UserName, New: mail(id)}},
	}
}

func on(kind plan.Kind, id string, account plan.RemoteID, changes ...plan.Change) plan.Op {
	return plan.Op{Kind: kind, Person: ref(id), Account: account, Changes: changes, Reason: plan.Reason{Basis: plan.Stated}}
}

func renames(id string, account plan.RemoteID, to string) plan.Op {
	return on(plan.UpdateUser, id, account, plan.Change{Attribute: plan.UserName, New: to})
}

func member(kind plan.Kind, id string, account plan.RemoteID) plan.Op {
	return plan.Op{Kind: kind, Person: ref(id), Account: account, Team: "team-Sales", TeamName: "Sales", Reason: plan.Reason{Basis: plan.Stated}}
}

// A journal is a Journal in memory that remembers in which order things happened,
// and can break.
type journal struct {
	mu      sync.Mutex
	next    uint64
	open    []apply.Intent
	settled map[string]apply.Outcome // by kind and person
	events  *[]string
	broken  error // of Intend
	full    error // of Settle
}

func (j *journal) note(what string, ops []plan.Op) {
	for _, op := range ops {
		*j.events = append(*j.events, fmt.Sprintf("%s %s %s", what, op.Kind, op.Person.ID))
	}
}

func (j *journal) Intend(ctx context.Context, ops ...plan.Op) (apply.Intent, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil || ctx.Err() != nil {
		return apply.Intent{}, errors.Join(j.broken, ctx.Err())
	}
	j.next++
	in := apply.Intent{ID: j.next, Ops: slices.Clone(ops)}
	j.open = append(j.open, in)
	j.note("intend", ops)
	return in, nil
}

func (j *journal) Settle(_ context.Context, in apply.Intent, out ...apply.Outcome) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.full != nil {
		return j.full
	}
	if len(out) != len(in.Ops) {
		return fmt.Errorf("%d outcomes of %d ops", len(out), len(in.Ops))
	}
	j.open = slices.DeleteFunc(j.open, func(o apply.Intent) bool { return o.ID == in.ID })
	for i, op := range in.Ops {
		j.settled[string(op.Kind)+" "+op.Person.ID] = out[i]
		*j.events = append(*j.events, fmt.Sprintf("%s %s %s", out[i].Result, op.Kind, op.Person.ID))
	}
	return nil
}

func (j *journal) Unsettled(context.Context) ([]apply.Intent, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.open), nil
}

// A bench is an applier between a journal and a Writer in memory.
type bench struct {
	t       *testing.T
	writer  *applytest.Writer
	journal *journal
	events  []string
	stop    func(context.Context) error
	clock   func() time.Time
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, writer: applytest.New("Sales", "Legal"), clock: time.Now}
	b.journal = &journal{settled: map[string]apply.Outcome{}, events: &b.events}
	b.writer.Before = func(e applytest.Entry) error {
		b.journal.mu.Lock()
		defer b.journal.mu.Unlock()
		b.events = append(b.events, "send "+e.Verb)
		return nil
	}
	return b
}

func (b *bench) applier() *apply.Applier {
	return apply.New(apply.Options{
		Target: b.writer, Reader: b.writer, Journal: b.journal, Concurrency: 1, Now: b.clock,
		Stop: func(ctx context.Context) error {
			if b.stop == nil {
				return nil
			}
			return b.stop(ctx)
		},
	})
}

// run applies ops, as a new process would.
func (b *bench) run(ops ...plan.Op) (apply.Report, error) {
	b.t.Helper()
	return b.applier().Run(b.t.Context(), plan.Plan{Ops: ops}, 0)
}

func (b *bench) mustRun(ops ...plan.Op) apply.Report {
	b.t.Helper()
	r, err := b.run(ops...)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) outcome(kind plan.Kind, id string) apply.Outcome {
	return b.journal.settled[string(kind)+" "+id]
}

func class(c connectors.Class) error {
	return &connectors.Error{Class: c, Op: "test", Err: errors.New(string(c))}
}

// TestIntentComesFirst: nothing is sent before its intent is durable, and every
// answer is settled before the next request.
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

// TestBrokenJournal: what cannot be recorded is not sent; what was sent and cannot
// be settled stops the run.
func TestBrokenJournal(t *testing.T) {
	b := newBench(t)
	b.journal.broken = errors.New("disk full")
	if _, err := b.run(creates("ann"), creates("bob")); err == nil || len(b.writer.Log()) > 0 {
		t.Errorf("error %v, %d writes; want an error and none", err, len(b.writer.Log()))
	}
	b = newBench(t)
	b.journal.full = errors.New("disk full")
	if _, err := b.run(creates("ann"), creates("bob")); err == nil || len(b.writer.Log()) != 1 {
		t.Errorf("error %v, %d writes; want an error and one", err, len(b.writer.Log()))
	}
	b.journal.full = nil
	if r, err := b.applier().Resolve(t.Context()); err != nil || r.Open != 0 || b.outcome(plan.CreateUser, "ann").Result != apply.Done {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// TestLostAnswers: a request whose answer is lost is looked at, never repeated
// blindly, and nothing else is done to its object meanwhile.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.writer.After = func(e applytest.Entry) error {
			if e.Verb == "create" {
				return class(connectors.Unknown)
			}
			return nil
		}
		r := b.mustRun(creates("ann"), member(plan.AddMember, "ann", ""), creates("bob"))
		if r.Unknown != 0 || b.outcome(plan.CreateUser, "ann").Result != apply.Done || b.outcome(plan.CreateUser, "bob").Result != apply.Done {
			t.Errorf("%+v; events %v", r, b.events)
		}
		if n := r.Counts[plan.AddMember].Skipped; n != 1 {
			t.Errorf("%d memberships skipped, want the one that waits", n)
		}
		if got := len(b.writer.Accounts()); got != 2 {
			t.Errorf("%d accounts, want 2", got)
		}
	})
}

// TestLostAndNotDone: a create that was lost on its way is settled as failed, with
// a wait before it is tried again; one of an earlier process is tried at once.
func TestLostAndNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.writer.Before = func(applytest.Entry) error { return class(connectors.Unknown) }
		r := b.mustRun(creates("ann"))
		if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || len(r.Failures) != 1 || r.Unknown != 0 {
			t.Errorf("%+v, %+v", out, r)
		}
		b = newBench(t)
		if _, err := b.journal.Intend(t.Context(), creates("ann")); err != nil {
			t.Fatal(err)
		}
		if _, err := b.applier().Resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Skipped {
			t.Errorf("%+v, want skipped", out)
		}
	})
}

// TestResolve looks, by reads alone, at each kind of request that an earlier
// process left open, done and not done.
func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		op   func(account plan.RemoteID) plan.Op
		do   func(*bench, plan.RemoteID) // what had reached Writer
	}{
		{"update", func(a plan.RemoteID) plan.Op {
			return on(plan.UpdateUser, "ann", a, plan.Change{Attribute: connectors.Title, New: "Boss"})
		}, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.Attributes[connectors.Title] = "Boss" })
		}},
		{"rename", func(a plan.RemoteID) plan.Op { return renames("ann", a, "new@example.com") }, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.UserName = "NEW@example.com" })
		}},
		{"deactivate", func(a plan.RemoteID) plan.Op { return on(plan.Deactivate, "ann", a) }, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.Active = false })
		}},
		{"deactivate, and the account went", func(a plan.RemoteID) plan.Op { return on(plan.Deactivate, "ann", a) }, func(b *bench, a plan.RemoteID) { b.writer.Drop(a) }},
		{"delete", func(a plan.RemoteID) plan.Op { return on(plan.DeleteUser, "ann", a) }, func(b *bench, a plan.RemoteID) { b.writer.Drop(a) }},
		{"add member", func(a plan.RemoteID) plan.Op { return member(plan.AddMember, "ann", a) }, func(b *bench, a plan.RemoteID) {
			if _, err := b.writer.EditTeam(b.t.Context(), "team-Sales", apply.TeamEdit{Add: []plan.RemoteID{a}}); err != nil {
				b.t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		for _, done := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, done: %t", tt.name, done), func(t *testing.T) {
				b := newBench(t)
				account := b.writer.Invite(mail("ann"))
				if done {
					tt.do(b, account)
				}
				writes := len(b.writer.Log())
				op := tt.op(account)
				if _, err := b.journal.Intend(t.Context(), op); err != nil {
					t.Fatal(err)
				}
				r, err := b.applier().Resolve(t.Context())
				want := map[bool]apply.Result{true: apply.Done, false: apply.Skipped}[done]
				if out := b.outcome(op.Kind, "ann"); err != nil || r.Open != 0 || out.Result != want {
					t.Errorf("%+v, %v, %+v; want %s", out, err, r, want)
				}
				if len(b.writer.Log()) != writes {
					t.Error("resolving wrote something")
				}
			})
		}
	}
}

// TestResolveStrangers: an account that another person's creation made is in the
// way, and a team whose members are not shown whole proves no removal.
func TestResolveStrangers(t *testing.T) {
	b := newBench(t)
	if _, err := b.writer.CreateUser(t.Context(), apply.NewUser{ExternalID: "another", Attributes: map[connectors.Attribute]string{plan.UserName: mail("ann")}}); err != nil {
		t.Fatal(err)
	}
	account := b.writer.Invite(mail("bob"))
	for _, op := range []plan.Op{creates("ann"), member(plan.RemoveMember, "bob", account)} {
		if _, err := b.journal.Intend(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: halfSeen{b.writer}, Journal: b.journal, Now: time.Now})
	if _, err := a.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || out.Class != connectors.Conflict {
		t.Errorf("the creation: %+v", out)
	}
	if out := b.outcome(plan.RemoveMember, "bob"); out.Result != apply.Skipped {
		t.Errorf("the removal: %+v", out)
	}
}

// halfSeen is a Reader that shows no members.
type halfSeen struct{ *applytest.Writer }

func (halfSeen) ReadTeam(_ context.Context, id plan.RemoteID) (apply.RemoteTeam, error) {
	return apply.RemoteTeam{ID: id}, nil
}

// TestUnreadable: while Writer cannot be read, an open outcome stays open, and its
// object is left alone; others are not.
func TestUnreadable(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	if _, err := b.journal.Intend(t.Context(), on(plan.Deactivate, "ann", account)); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.applier().Resolve(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("resolve after its context ended: %v", err)
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: blind{b.writer}, Journal: b.journal, Now: time.Now})
	r, err := a.Resolve(t.Context())
	if err != nil || r.Open != 1 {
		t.Fatalf("%+v, %v; want one that stays open", r, err)
	}
	report, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{on(plan.Reactivate, "ann", account), creates("bob")}}, 0)
	if err != nil || report.Counts[plan.Reactivate].Skipped != 1 || report.Counts[plan.CreateUser].Done != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// blind is a Reader that sees no single account.
type blind struct{ *applytest.Writer }

func (blind) ReadUser(context.Context, plan.RemoteID) (plan.Account, error) {
	return plan.Account{}, class(connectors.Transient)
}

// TestOrder holds the order of a plan's phases.
func TestOrder(t *testing.T) {
	b := newBench(t)
	ann, bob, cid := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob")), b.writer.Invite(mail("cid"))
	absent := on(plan.Deactivate, "cid", cid)
	absent.Reason.Basis = plan.Absence
	b.mustRun(
		absent, member(plan.RemoveMember, "bob", bob), member(plan.AddMember, "new", ""), creates("new"),
		on(plan.UpdateUser, "bob", bob, plan.Change{Attribute: connectors.Title, New: "x"}), renames("bob", bob, "b@example.com"), on(plan.Deactivate, "ann", ann),
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

// TestResolveUnnamed: an account with the e-mail of a lost creation that names nobody
// is not taken for the one that was made: it may be somebody's.
func TestResolveUnnamed(t *testing.T) {
	b := newBench(t)
	b.writer.Invite(mail("ann"))
	if _, err := b.journal.Intend(t.Context(), creates("ann")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.applier().Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || out.Class != connectors.Conflict || out.Account.ID == "" {
		t.Errorf("the creation: %+v", out)
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
		ops = append(ops, on(plan.LeaveScope, fmt.Sprint(i), "a"))
	}
	r := b.mustRun(ops...)
	if r.Counts[plan.LeaveScope].Done != 1200 || len(b.writer.Log()) > 0 || b.journal.next != 3 {
		t.Errorf("%+v, %d writes, %d intents", r.Counts, len(b.writer.Log()), b.journal.next)
	}
}
