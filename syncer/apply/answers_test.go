package apply_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

func title(id string, account plan.RemoteID) plan.Op {
	return on(plan.UpdateUser, id, account, plan.Change{Attribute: connectors.Title, New: "Boss"})
}

// TestAnswers: what becomes of an op that was not done, and of one that was done, by
// the class of the answer. Where the answer tells neither, Writer is looked at.
func TestAnswers(t *testing.T) {
	for class, want := range map[connectors.Class]struct{ before, after apply.Result }{
		connectors.Rejected:  {apply.Failed, apply.Failed},
		connectors.Conflict:  {apply.Failed, apply.Failed},
		connectors.Throttled: {apply.Skipped, apply.Skipped},
		connectors.Transient: {apply.Skipped, apply.Skipped},
		connectors.Unknown:   {apply.Skipped, apply.Done},
		connectors.Corrupt:   {apply.Skipped, apply.Done},
	} {
		t.Run(string(class), func(t *testing.T) {
			answer := func(applytest.Entry) error {
				return &connectors.Error{Class: class, Op: "test", Err: fmt.Errorf("answer")}
			}
			b := newBench(t)
			b.writer.Before = answer
			b.mustRun(title("ann", b.writer.Invite(mail("ann"))))
			if out := b.outcome(plan.UpdateUser, "ann"); out.Result != want.before {
				t.Errorf("not done: %+v, want %s", out, want.before)
			}
			b = newBench(t)
			b.writer.After = answer
			b.mustRun(title("ann", b.writer.Invite(mail("ann"))))
			if out := b.outcome(plan.UpdateUser, "ann"); out.Result != want.after {
				t.Errorf("done: %+v, want %s", out, want.after)
			}
			if len(b.journal.open) > 0 {
				t.Errorf("still open: %v", b.journal.open)
			}
		})
	}
}

// TestLostAnswersAreCounted once, as what a read shows.
func TestLostAnswersAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.writer.After = func(applytest.Entry) error { return class(connectors.Unknown) }
		bob, cid := b.writer.Invite(mail("bob")), b.writer.Invite(mail("cid"))
		r := b.mustRun(creates("ann"), title("bob", bob), member(plan.AddMember, "cid", cid))
		for _, kind := range []plan.Kind{plan.CreateUser, plan.UpdateUser, plan.AddMember} {
			if got := r.Counts[kind]; got != (apply.Tally{Done: 1}) {
				t.Errorf("%s: %+v, want one done", kind, got)
			}
		}
		if r.Unknown != 0 {
			t.Errorf("%d unknown", r.Unknown)
		}
	})
}

// TestFailuresInARow: requests that fail end a run only if none between them is
// answered, however many there are.
func TestFailuresInARow(t *testing.T) {
	b := newBench(t)
	var ops []plan.Op
	for i := range 40 {
		ops = append(ops, creates(fmt.Sprintf("p%02d", i)))
	}
	sent := 0
	b.writer.Before = func(applytest.Entry) error {
		if sent++; sent%5 != 0 {
			return class(connectors.Transient)
		}
		return nil
	}
	r, err := b.run(ops...)
	if got := r.Counts[plan.CreateUser]; err != nil || got.Done != 8 || got.Skipped != 32 {
		t.Errorf("%+v, %v; want 8 done, 32 skipped and no error", got, err)
	}
}

// TestMembersOfARequest: no request names more members than Writer takes.
func TestMembersOfARequest(t *testing.T) {
	for _, members := range []int{99, 100, 101, 200, 201} {
		b := newBench(t)
		var ops []plan.Op
		for i := range members {
			id := fmt.Sprintf("p%03d", i)
			kind := plan.AddMember
			if i%2 == 1 {
				kind = plan.RemoveMember
			}
			ops = append(ops, member(kind, id, b.writer.Invite(mail(id))))
		}
		b.mustRun(ops...)
		named := 0
		for _, e := range b.writer.Log() {
			n := len(e.Edit.Add) + len(e.Edit.Remove)
			if named += n; n > b.writer.MaxMembers() {
				t.Errorf("%d members: a request with %d", members, n)
			}
		}
		if want := (members + 99) / 100; named != members || len(b.writer.Log()) != want {
			t.Errorf("%d members: %d named in %d requests, want %d", members, named, len(b.writer.Log()), want)
		}
	}
}

// TestRemovalLeftOpen: a removal whose outcome is unknown is settled by the list of the
// team.
func TestRemovalLeftOpen(t *testing.T) {
	for _, still := range []bool{true, false} {
		b := newBench(t)
		account := b.writer.Invite(mail("ann"))
		if still {
			if _, err := b.writer.EditTeam(t.Context(), "team-Sales", apply.TeamEdit{Add: []plan.RemoteID{account}}); err != nil {
				t.Fatal(err)
			}
		}
		b.left(member(plan.RemoveMember, "ann", account))
		if _, err := b.applier().Resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[bool]apply.Result{true: apply.Skipped, false: apply.Done}[still]
		if out := b.outcome(plan.RemoveMember, "ann"); out.Result != want {
			t.Errorf("still a member %t: %+v, want %s", still, out, want)
		}
	}
}

// TestAdoptedAccountIsUsed: what follows in a run is done to the account that the run
// linked.
func TestAdoptedAccountIsUsed(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	r := b.mustRun(on(plan.AdoptUser, "ann", account), title("ann", ""), member(plan.AddMember, "ann", ""))
	if r.Counts[plan.UpdateUser].Done != 1 || r.Counts[plan.AddMember].Done != 1 {
		t.Errorf("%+v", r.Counts)
	}
	if got := b.writer.Members("Sales"); !slices.Equal(got, []string{mail("ann")}) {
		t.Errorf("members %v", got)
	}
}

// dark is a Reader that shows no team.
type dark struct{ *applytest.Writer }

func (dark) ReadTeam(context.Context, plan.RemoteID) (plan.ListedTeam, error) {
	return plan.ListedTeam{}, class(connectors.Transient)
}

// TestTeamLeftOpen: nothing else is sent to a team of which nobody knows what became
// of the last edit, and other teams go on.
func TestTeamLeftOpen(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	b.writer.After = func(e applytest.Entry) error {
		if e.Team == "team-Sales" {
			return class(connectors.Unknown)
		}
		return nil
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: dark{b.writer}, Journal: b.journal, Now: time.Now})
	legal := member(plan.AddMember, "ann", account)
	legal.Team, legal.TeamName = "team-Legal", "Legal"
	for try := range 2 {
		r, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{member(plan.AddMember, "ann", account), legal}}, 0)
		if err != nil || r.Counts[plan.AddMember].Done != 1 || r.Counts[plan.AddMember].Skipped != try {
			t.Errorf("run %d: %+v, %v", try+1, r, err)
		}
	}
	edits := map[plan.RemoteID]int{}
	for _, e := range b.writer.Log() {
		edits[e.Team]++
	}
	if diff := cmp.Diff(map[plan.RemoteID]int{"team-Sales": 1, "team-Legal": 2}, edits); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
}

// TestRefusedEmail: the outcome of a refused rename names the e-mail, and no other
// outcome does.
func TestRefusedEmail(t *testing.T) {
	b := newBench(t)
	ann, bob := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob"))
	b.writer.Before = func(e applytest.Entry) error {
		if e.Account == ann {
			return &connectors.Error{Class: connectors.Rejected, Op: "test", Err: &apply.RefusedError{Attribute: plan.UserName}}
		}
		return nil
	}
	reads := b.writer.Reads()
	b.mustRun(renames("ann", ann, "new@example.com"), renames("bob", bob, "robert@example.com"))
	if out := b.outcome(plan.UpdateUser, "ann"); out.Result != apply.Failed || out.RefusedEmail != "new@example.com" {
		t.Errorf("refused: %+v", out)
	}
	if out := b.outcome(plan.UpdateUser, "bob"); out.Result != apply.Done || out.RefusedEmail != "" || out.Account.Email() != "robert@example.com" {
		t.Errorf("taken: %+v", out)
	}
	if n := b.writer.Reads() - reads; n != 0 {
		t.Errorf("%d reads of what the answers say already", n)
	}
}

// TestNothingEmptyIsSent: a new account has the attributes that have a value.
func TestNothingEmptyIsSent(t *testing.T) {
	b := newBench(t)
	op := creates("ann")
	op.Changes = append(op.Changes, plan.Change{Attribute: connectors.Title})
	b.mustRun(op)
	want := map[connectors.Attribute]string{connectors.DisplayName: "ANN"}
	if diff := cmp.Diff(want, b.writer.Accounts()[0].Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// mistaken is a Target whose answers to creations are about another account, or about
// none, and whose failures of single members tell nothing.
type mistaken struct {
	*applytest.Writer
	answer plan.Account
}

func (m mistaken) CreateUser(ctx context.Context, u apply.NewUser) (plan.Account, error) {
	_, err := m.Writer.CreateUser(ctx, u)
	return m.answer, err
}

func (m mistaken) EditTeam(_ context.Context, _ plan.RemoteID, e apply.TeamEdit) (map[plan.RemoteID]error, error) {
	return map[plan.RemoteID]error{e.Add[0]: class(connectors.Unknown)}, nil
}

// TestAnswerAboutAnotherAccount is not believed: the one that was made is looked for.
func TestAnswerAboutAnotherAccount(t *testing.T) {
	for _, answer := range []plan.Account{{ID: "other", UserName: mail("bob")}, {UserName: mail("ann")}} {
		b := newBench(t)
		a := apply.New(apply.Options{Target: mistaken{b.writer, answer}, Reader: b.writer, Journal: b.journal, Now: time.Now})
		if _, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{creates("ann")}}, 0); err != nil {
			t.Fatal(err)
		}
		if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Done || out.Account.ID != b.writer.Accounts()[0].ID {
			t.Errorf("answer %+v: %+v", answer, out)
		}
	}
}

// TestMemberNotDone: a member whom the list does not show after the edit was not added,
// and the others were.
func TestMemberNotDone(t *testing.T) {
	b := newBench(t)
	ann, bob := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob"))
	a := apply.New(apply.Options{Target: mistaken{Writer: b.writer}, Reader: b.writer, Journal: b.journal, Now: time.Now})
	r, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{member(plan.AddMember, "ann", ann), member(plan.AddMember, "bob", bob)}}, 0)
	if err != nil || b.outcome(plan.AddMember, "ann").Result != apply.Failed || b.outcome(plan.AddMember, "bob").Result != apply.Done {
		t.Errorf("%+v, %+v, %v", b.outcome(plan.AddMember, "ann"), b.outcome(plan.AddMember, "bob"), err)
	}
	if len(r.Failures) != 1 || r.Failures[0].Class != connectors.Unknown || r.Failures[0].Text == "" {
		t.Errorf("failures: %+v", r.Failures)
	}
}

// TestCircle: two who wait for each other's address are both left for the next plan,
// and the run ends.
func TestCircle(t *testing.T) {
	b := newBench(t)
	ann, bob := renames("ann", b.writer.Invite(mail("ann")), mail("bob")), renames("bob", b.writer.Invite(mail("bob")), mail("ann"))
	ann.After, bob.After = ref("bob"), ref("ann")
	r := b.mustRun(ann, bob)
	if got := r.Counts[plan.UpdateUser]; got != (apply.Tally{Skipped: 2}) || len(b.writer.Log()) > 0 {
		t.Errorf("%+v, %d requests", got, len(b.writer.Log()))
	}
}

// TestReactivationLeftOpen: a reactivation whose outcome is unknown is settled by the
// account: it is done if the account is there, active, and has what came with it.
func TestReactivationLeftOpen(t *testing.T) {
	for name, tt := range map[string]struct {
		there func(b *bench, account plan.RemoteID)
		want  apply.Result
	}{
		"active, with the change": {func(b *bench, account plan.RemoteID) {
			b.writer.Edit(account, func(a *plan.Account) { a.Attributes = map[connectors.Attribute]string{connectors.Title: "Boss"} })
		}, apply.Done},
		"active, without the change": {func(*bench, plan.RemoteID) {}, apply.Skipped},
		"inactive": {func(b *bench, account plan.RemoteID) {
			b.writer.Edit(account, func(a *plan.Account) {
				a.Active, a.Attributes = false, map[connectors.Attribute]string{connectors.Title: "Boss"}
			})
		}, apply.Skipped},
		"gone": {func(b *bench, account plan.RemoteID) { b.writer.Drop(account) }, apply.Skipped},
	} {
		b := newBench(t)
		account := b.writer.Invite(mail("ann"))
		tt.there(b, account)
		op := title("ann", account)
		op.Kind = plan.Reactivate
		b.left(op)
		if _, err := b.applier().Resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out := b.outcome(plan.Reactivate, "ann"); out.Result != tt.want {
			t.Errorf("%s: %+v, want %s", name, out, tt.want)
		}
	}
}

// TestNoAccount: what needs an account is not sent without one, whatever it is.
func TestNoAccount(t *testing.T) {
	for _, kind := range plan.Kinds() {
		if kind == plan.CreateUser {
			continue
		}
		b := newBench(t)
		op := plan.Op{Kind: kind, Person: ref("ann"), Reason: plan.Reason{Basis: plan.Shown}}
		if kind == plan.AddMember || kind == plan.RemoveMember {
			op.Team = "team-Sales"
		}
		r := b.mustRun(op)
		if len(b.writer.Log()) > 0 {
			t.Errorf("%s: sent %+v", kind, b.writer.Log())
		}
		if got := r.Counts[kind]; !op.LedgerOnly() && got != (apply.Tally{Skipped: 1}) {
			t.Errorf("%s: %+v, want it skipped", kind, got)
		}
	}
}
