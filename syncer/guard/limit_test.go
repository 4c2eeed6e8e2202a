package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

func fromSales(id string) plan.Op { return parts(id, "sales") }

// confirmed notes a membership that was there before.
func confirmed(id string) plan.Op {
	op := fromSales(id)
	op.Kind = plan.ConfirmMember
	return op
}

// outOfScope ends the account of a person who is out of scope.
func outOfScope(id string) plan.Op {
	return plan.Op{Kind: plan.Deactivate, Person: ref(id), Login: mail(id), Reason: plan.Reason{Basis: plan.Shown, Cause: plan.OutOfScope}}
}

func TestEmailLimitNumbers(t *testing.T) {
	for managed, want := range map[int]int{0: 5, 1: 5, 59: 5, 60: 6, 400: 40} {
		if got := guard.EmailLimit(managed); got != want {
			t.Errorf("EmailLimit(%d) = %d, want %d", managed, got, want)
		}
	}
}

// TestApprovedOpsDoNotCount: an approval lets its ops through, and leaves room within
// the limit for others.
func TestApprovedOpsDoNotCount(t *testing.T) {
	tests := []struct {
		name     string
		ops      []plan.Op
		approved int // the first so many
		want     string
	}{
		{"an account more than may go, one approved", many(0, 21, absent), 1, "go 21"},
		{"two accounts more than may go, one approved", many(0, 22, absent), 1, "go 1, run-limit 21"},
		{"an e-mail more than may change, one approved", many(0, 41, readdressed), 1, "go 41"},
		{"two e-mails more than may change, one approved", many(0, 42, readdressed), 1, "go 1, email-limit 41"},
		{"a member more than a team may lose, one approved", many(0, 4, fromSales), 1, "go 4"},
		{"two members more than a team may lose, one approved", many(0, 5, fromSales), 1, "go 1, team-limit 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ops(tt.ops)
			ev := approve(prove(calm(), p), tt.ops[:tt.approved]...)
			ev.TeamSize["sales"] = 10
			if got := screen(p, ev); tally(got) != tt.want {
				t.Errorf("got %q, want %q", tally(got), tt.want)
			}
		})
	}
}

// TestGateAndApprovals: an approval from before the configuration changed lets nothing
// through the gate; while it opens, what was approved with it goes, and takes nothing.
func TestGateAndApprovals(t *testing.T) {
	p := ops(many(0, 2, stated), many(5, 2, updates), many(8, 1, func(id string) plan.Op { return joins(id, "sales") }))
	for gate, want := range map[guard.Gate]string{
		guard.GateClosed:  "go 0, gate 5",
		guard.GateOpening: "go 2, gate-opening 3",
		guard.GateOpen:    "go 5",
	} {
		ev := approve(calm(), p.Ops[:4]...)
		ev.Gate = gate
		if got := screen(p, ev); tally(got) != want {
			t.Errorf("%s: got %q, want %q", gate, tally(got), want)
		}
	}
}

// TestSmallNumbers holds the places where a safeguard begins to count.
func TestSmallNumbers(t *testing.T) {
	sales := func(size int) func(*guard.Evidence) { return func(ev *guard.Evidence) { ev.TeamSize["sales"] = size } }
	tests := []struct {
		name  string
		ops   []plan.Op
		doubt func(*guard.Evidence)
		want  string
	}{
		{"a small source lost three", many(0, 2, absent), func(ev *guard.Evidence) {
			ev.Sources[0].Accepted.Users, ev.Sources[0].Size.Users = 5, 2
		}, "go 0, shrink 2"},
		{"a source shrank, and people are out of scope", many(0, 2, outOfScope), func(ev *guard.Evidence) { ev.Sources[0].Size.Users = 100 }, "go 0, shrink 2"},
		{"people are out of scope", many(0, 2, outOfScope), nil, "go 2"},
		{"all but one leave a small team", many(0, 3, fromSales), sales(4), "go 3"},
		{"just more than three in ten leave a team", many(0, 10, fromSales), sales(33), "go 0, team-limit 10"},
		{"a team changes hands, and those who take over are in it already", slices.Concat(many(0, 4, fromSales), many(50, 4, confirmed)), sales(4), "go 8"},
		{"a person who was taken out of a team three times counts once", many(10, 1, fromSales), func(ev *guard.Evidence) {
			ev.TeamSize["sales"] = 7 // of ten a day ago
			for i := range 9 {
				ev.Removed = append(ev.Removed, guard.Removed{Kind: plan.RemoveMember, Person: ref(fmt.Sprint("b", i/3)), Team: "sales"})
			}
		}, "go 0, team-limit 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ops(tt.ops)
			ev := prove(calm(), p)
			if tt.doubt != nil {
				tt.doubt(&ev)
			}
			if _, set := ev.TeamSize["sales"]; !set {
				ev.TeamSize["sales"] = 100
			}
			if got := screen(p, ev); tally(got) != tt.want {
				t.Errorf("got %q, want %q\n%s", tally(got), tt.want, got)
			}
		})
	}
}

// TestFound: what is found is dropped, and if it is three objects and more than one in ten of
// those that were looked up in the source, all that rests on an absence there waits. What the
// source shows goes, and so does all of another source.
func TestFound(t *testing.T) {
	elsewhere := func(id string) plan.Op {
		op := absent(id)
		op.Person.Source, op.Reason.Claims = "hr", []plan.Claim{{Kind: connectors.UserObject, Ref: connectors.Ref{Source: "hr", ID: id}}}
		return op
	}
	marked := fromSales("p400")
	marked.Reason.Basis, marked.Reason.Marks = plan.NotVisible, []plan.Claim{claim("p400")}
	for _, tt := range []struct {
		found, lookedUp int
		want, note      string
	}{
		{0, 9, "go 16", ""},
		{1, 1, "go 7", "1 (user corp/p000)"},
		{2, 2, "go 7", "2 (user corp/p000, user corp/p001)"},
		{3, 3, "go 6, false-reading 1", "3 (user corp/p000, user corp/p001, user corp/p002)"},
		{3, 29, "go 6, false-reading 27", "3 (user corp/p000, user corp/p001, user corp/p002)"},
		{3, 30, "go 34", "3 (user corp/p000, user corp/p001, user corp/p002)"},
		{4, 39, "go 6, false-reading 36", "4 (user corp/p000, user corp/p001, user corp/p002, ...)"},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.found, tt.lookedUp), func(t *testing.T) {
			p := ops(many(0, tt.lookedUp, absent), many(100, 2, stated), many(200, 2, elsewhere), many(300, 2, func(id string) plan.Op { return joins(id, "sales") }), []plan.Op{marked})
			ev := prove(calm(), p)
			ev.Sources = append(ev.Sources, guard.Source{Name: "hr", Read: ev.Now, Proves: true})
			for _, op := range p.Ops[:tt.found] {
				ev.Proofs[op.Reason.Claims[0]] = guard.Proof{Presence: connectors.Present, Controls: 5}
			}
			got, notes := guard.Confirm(p, ev)
			if tally(got) != tt.want {
				t.Errorf("got %q, want %q\n%s", tally(got), tt.want, got)
			}
			if (len(notes) == 0) != (tt.note == "") || (len(notes) > 0 && !strings.HasSuffix(notes[0].Text, ": "+tt.note)) {
				t.Errorf("notes %v, want %q", notes, tt.note)
			}
		})
	}
}

// TestWitness holds the table in the comment of Witness, of a list that is empty and of one
// that an admin approved to be so.
func TestWitness(t *testing.T) {
	in := func(group string) plan.Claim {
		return plan.Claim{Kind: connectors.MembershipObject, Ref: ref("ann"), Group: group}
	}
	present, absent, undecided := connectors.Present, connectors.Absent, connectors.Undecided
	for _, tt := range []struct {
		says           []connectors.Presence // of each group; "": not asked
		want, approved string
	}{
		{[]connectors.Presence{absent}, "go 1", "go 1"},
		{[]connectors.Presence{absent, absent}, "go 1", "go 1"},
		{[]connectors.Presence{present}, "go 0", "go 0"},
		{[]connectors.Presence{absent, present}, "go 0", "go 0"},
		{[]connectors.Presence{undecided}, "go 0, not-visible 1", "go 1"},
		{[]connectors.Presence{absent, undecided}, "go 0, not-visible 1", "go 1"},
		{[]connectors.Presence{absent, ""}, "go 0, not-visible 1", "go 1"},
		{nil, "go 0, not-visible 1", "go 1"}, // by a nested group
	} {
		op, ev := fromSales("ann"), calm()
		op.Reason.Basis, op.Reason.Marks = plan.NotVisible, []plan.Claim{claim("ann")}
		for i, says := range tt.says {
			c := in(fmt.Sprint("g", i))
			if op.Reason.Claims = append(op.Reason.Claims, c); says != "" {
				ev.Proofs[c] = guard.Proof{Presence: says}
			}
		}
		ev.TeamSize["sales"] = 100
		held := plan.Plan{Held: []plan.Held{{Why: plan.WhyNotVisible, Exit: plan.Approve, Ops: []plan.Op{op}}}}
		if got := tally(screen(guard.Witness(held, ev), ev)); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.says, got, tt.want)
		}
		if got := tally(screen(guard.Witness(ops([]plan.Op{op}), ev), approve(ev, op))); got != tt.approved {
			t.Errorf("%v, approved: %s, want %s", tt.says, got, tt.approved)
		}
	}
}

// TestHiddenListIsNoFalseReading: what users' own entries say of a list that is empty does not
// count against the read, and another reason for a hold stays.
func TestHiddenListIsNoFalseReading(t *testing.T) {
	p, ev := ops(many(0, 5, absent)), calm()
	prove(ev, p)
	for i := range 5 {
		ev.Proofs[plan.Claim{Kind: connectors.MembershipObject, Ref: ref(fmt.Sprint(i)), Group: "g"}] = guard.Proof{Presence: connectors.Present}
	}
	p.Held = []plan.Held{{Why: plan.WhyDrift, Exit: plan.Approve, Ops: many(10, 1, updates)}}
	got, notes := guard.Confirm(guard.Witness(p, ev), ev)
	if tally(got) != "go 5, drift 1" || len(notes) != 1 || !strings.Contains(notes[0].Text, "5 (membership of corp/0 in group g") {
		t.Errorf("%s\n%v", got, notes)
	}
}

// TestFoundOfTwo drops an op that rests on two absences, of which one is found.
func TestFoundOfTwo(t *testing.T) {
	op := absent("ann")
	op.Reason.Claims = append(op.Reason.Claims, claim("bob"))
	ev := prove(calm(), ops([]plan.Op{op}))
	ev.Proofs[claim("bob")] = guard.Proof{Presence: connectors.Present, Controls: 5}
	if got := screen(ops([]plan.Op{op}), ev); tally(got) != "go 0" {
		t.Errorf("%s\n%s", tally(got), got)
	}
}

// TestHoldsGiveTheirNumbers: the sentence of a hold has the numbers that led to it.
func TestHoldsGiveTheirNumbers(t *testing.T) {
	present := func(ids ...string) func(*guard.Evidence) {
		return func(ev *guard.Evidence) {
			for _, id := range ids {
				ev.Proofs[claim(id)] = guard.Proof{Presence: connectors.Present, Controls: 5}
			}
		}
	}
	tests := []struct {
		name  string
		ops   []plan.Op
		doubt func(*guard.Evidence)
		why   plan.Why
		want  string
	}{
		{
			"the first plan", slices.Concat(many(0, 2, stated), many(5, 3, updates)), func(ev *guard.Evidence) { ev.Gate = guard.GateClosed },
			guard.WhyGate, ": update-user 3, deactivate-user 2",
		},
		{
			"the limit of a day", slices.Concat(many(0, 10, stated), many(20, 11, absent)), func(ev *guard.Evidence) { ev.Removed = gone(50, 2) },
			guard.WhyRunLimit, "11 people more would lose the account; the limit is 20 in 24 hours for 400 accounts, 2 went before and 10 go now",
		},
		{
			"the limit of a week", many(0, 3, stated), func(ev *guard.Evidence) { ev.Week = gone(50, 38) },
			guard.WhyRunLimit, "1 person more would lose the account; the limit is 40 in 7 days for 400 accounts, 38 went before and 2 go now",
		},
		{
			"several are there after all", many(0, 9, absent), present("p007", "p002", "p005", "p003", "p008", "p004"),
			guard.WhyFalseReading, "6 of 9 objects that source corp did not list are there when they are looked up, user corp/p002 among them",
		},
		{"the first of those that nobody could find out about", many(0, 3, absent), func(ev *guard.Evidence) {
			ev.Proofs[claim("p001")] = guard.Proof{Presence: connectors.Undecided, Error: "no answer", Controls: 5}
			ev.Proofs[claim("p002")] = guard.Proof{Presence: connectors.Undecided, Controls: 5}
		}, guard.WhyUnproven, "2 of the plan rest on an absence that could not be proven: no answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ops(tt.ops)
			ev := prove(calm(), p)
			if tt.doubt != nil {
				tt.doubt(&ev)
			}
			for range 20 { // a map of evidence is walked in another order each time
				got := screen(p, ev)
				if len(got.Held) != 1 || got.Held[0].Why != tt.why || !strings.Contains(got.Held[0].Text, tt.want) {
					t.Fatalf("want one hold, %s, that says %q:\n%s", tt.why, tt.want, got)
				}
			}
		})
	}
}
