package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

func ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

func mail(id string) string { return id + "@example.com" }

// leaves is the deactivation of somebody on the given basis.
func leaves(id string, basis plan.Basis) plan.Op {
	op := plan.Op{Kind: plan.Deactivate, Person: ref(id), Account: plan.RemoteID("a-" + id), Login: mail(id), Reason: plan.Reason{Basis: basis}}
	if basis == plan.NotVisible {
		op.Reason.Claims = []plan.Claim{claim(id)}
	}
	return op
}

func claim(id string) plan.Claim { return plan.Claim{Kind: connectors.UserObject, Ref: ref(id)} }

func parts(id, team string) plan.Op {
	return plan.Op{
		Kind: plan.RemoveMember, Person: ref(id), Account: plan.RemoteID("a-" + id), Team: plan.RemoteID(team), TeamName: team, Login: mail(id),
		Reason: plan.Reason{Basis: plan.Shown},
	}
}

func joins(id, team string) plan.Op {
	op := parts(id, team)
	op.Kind = plan.AddMember
	return op
}

func updates(id string) plan.Op {
	return plan.Op{Kind: plan.UpdateUser, Person: ref(id), Login: mail(id), Reason: plan.Reason{Basis: plan.Shown}}
}

// many makes an op for each of n people, from number from on.
func many(from, n int, op func(id string) plan.Op) []plan.Op {
	var out []plan.Op
	for i := from; i < from+n; i++ {
		out = append(out, op(fmt.Sprintf("p%03d", i)))
	}
	return out
}

// readdressed gives somebody another e-mail.
func readdressed(id string) plan.Op {
	op := updates(id)
	op.Changes = []plan.Change{{Attribute: plan.UserName, Old: mail(id), New: "new-" + mail(id)}}
	return op
}

// promoted sets an org role.
func promoted(id, to string) plan.Op {
	op := updates(id)
	op.Kind, op.Changes = plan.SetRole, []plan.Change{{Attribute: "urn:x:role", New: to}}
	return op
}

// expelled takes an account that is no source's out of a team.
func expelled(id string) plan.Op {
	op := parts(id, "sales")
	op.Person = plan.Stranger(op.Account)
	return op
}

func ops(all ...[]plan.Op) plan.Plan { return plan.Plan{Ops: slices.Concat(all...)} }

func stated(id string) plan.Op { return leaves(id, plan.Shown) }
func absent(id string) plan.Op { return leaves(id, plan.NotVisible) }

// unread makes the op one that needs a source which this run did not read.
func unread(of func(id string) plan.Op) func(id string) plan.Op {
	return func(id string) plan.Op {
		op := of(id)
		op.Unread = []string{"corp"}
		return op
	}
}

// calm is evidence under which no rail has anything to say.
func calm() guard.Evidence {
	size := connectors.Size{Users: 400, Groups: 20, Memberships: 800}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return guard.Evidence{
		Now: now, Managed: 400, Gate: guard.GateOpen, Protected: guard.Protected{Listed: true},
		Sources:  []guard.Source{{Name: "corp", Read: now, Proves: true, Size: size, Accepted: size}},
		TeamSize: map[plan.RemoteID]int{}, TeamsOf: map[connectors.Ref][]plan.RemoteID{}, Proofs: map[plan.Claim]guard.Proof{}, Approved: map[plan.Hash]bool{},
	}
}

// prove gives every claim of the plan a passing proof.
func prove(ev guard.Evidence, p plan.Plan) guard.Evidence {
	for _, op := range p.Ops {
		for _, c := range op.Reason.Claims {
			ev.Proofs[c] = guard.Proof{Presence: connectors.Absent, Controls: 5}
		}
	}
	return ev
}

func approve(ev guard.Evidence, ops ...plan.Op) guard.Evidence {
	for _, op := range ops {
		ev.Approved[op.Hash()] = true
	}
	return ev
}

func screen(p plan.Plan, ev guard.Evidence) plan.Plan {
	p, _ = guard.Confirm(guard.Screen(p, ev, guard.BeforeProof()...), ev)
	return p
}

// tally says how many ops go, and how many are held for which reason.
func tally(p plan.Plan) string {
	out := []string{fmt.Sprint("go ", len(p.Ops))}
	for _, h := range p.Held {
		out = append(out, fmt.Sprintf("%s %d", h.Why, len(h.Ops)))
	}
	return strings.Join(out, ", ")
}

func TestRunLimitNumbers(t *testing.T) {
	for managed, want := range map[int]int{0: 2, 1: 2, 40: 2, 59: 2, 60: 3, 400: 20, 1000: 50, 20_000: 50, 40_000: 100, 100_000: 250} {
		if got := guard.RunLimit(managed); got != want {
			t.Errorf("RunLimit(%d) = %d, want %d", managed, got, want)
		}
	}
}

// TestGateTellsWhatItHolds counts the ops of each kind in the text of the gate.
func TestGateTellsWhatItHolds(t *testing.T) {
	ev := calm()
	ev.Gate = guard.GateClosed
	held := screen(ops(many(0, 1, updates), many(10, 2, fromSales)), ev).Held
	if len(held) != 1 || !strings.HasSuffix(held[0].Text, ": update-user 1, remove-member 2") {
		t.Errorf("held %v", held)
	}
}

func TestWeekLimitNumbers(t *testing.T) {
	for managed, want := range map[int]int{0: 4, 40: 4, 400: 40, 1000: 100, 10_000: 300, 100_000: 3000} {
		if got := guard.WeekLimit(managed); got != want {
			t.Errorf("WeekLimit(%d) = %d, want %d", managed, got, want)
		}
	}
}

// gone is what was taken from people before.
func gone(from, n int) []guard.Removed {
	var out []guard.Removed
	for i := from; i < from+n; i++ {
		out = append(out, guard.Removed{Kind: plan.Deactivate, Person: ref(fmt.Sprintf("p%03d", i))})
	}
	return out
}

// TestRails gives each rail what it is for, and what it must let pass. The company
// has 400 accounts, so that 20 people may leave in a day.
func TestRails(t *testing.T) {
	team := func(size int) func(*guard.Evidence) {
		return func(ev *guard.Evidence) { ev.TeamSize["sales"] = size }
	}
	shrunk := func(users int) func(*guard.Evidence) {
		return func(ev *guard.Evidence) { ev.Sources[0].Size.Users = users }
	}
	tests := []struct {
		name  string
		plan  plan.Plan
		doubt func(*guard.Evidence)
		want  string
	}{
		{"nothing to say", ops(many(0, 20, absent), many(30, 3, updates)), nil, "go 23"},

		{"paused", ops(many(0, 2, updates)), func(ev *guard.Evidence) { ev.Paused = true }, "go 0, paused 2"},
		{"no protected list", ops(many(0, 2, stated), many(5, 1, updates)), func(ev *guard.Evidence) { ev.Protected.Listed = false }, "go 1, protected-unlisted 2"},
		{
			"a protected account", ops(many(0, 2, stated), many(0, 1, updates)),
			func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{"p000@example.com": true} }, "go 2, protected 1",
		},
		{
			"an account that nobody can name",
			plan.Plan{Ops: []plan.Op{{Kind: plan.Deactivate, Person: ref("x"), Reason: plan.Reason{Basis: plan.Shown}}}},
			func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{"p000@example.com": true} }, "go 0, protected 1",
		},
		{"a source that was not read, and nothing that needs it", ops(many(0, 1, stated), many(5, 2, updates)), func(ev *guard.Evidence) { ev.Sources[0].Error = "no answer" }, "go 3"},
		{"ops that need a source that was not read", ops(many(0, 1, stated), many(1, 1, unread(stated)), many(5, 2, updates)), nil, "go 3, source-incomplete 1"},
		{"more than the limit, and some wait for a read", ops(many(0, 5, unread(stated)), many(5, 18, stated)), nil, "go 18, run-limit 3, source-incomplete 2"},
		{"a team, of which some wait for a read", ops(many(0, 4, unread(fromSales)), many(5, 2, fromSales)), team(10), "go 2, team-limit 4"},
		{"more than the limit by those who wait for a read", ops(many(0, 5, unread(absent)), many(5, 18, absent)), nil, "go 18, run-limit 5"},
		{"a source of theirs that is not configured", ops(many(0, 1, stated), many(1, 1, unread(stated))), func(ev *guard.Evidence) { ev.Sources[0].Name = "hr" }, "go 0, source-incomplete 2"},
		{"a source that is not configured", ops(many(0, 1, stated)), func(ev *guard.Evidence) { ev.Sources = nil }, "go 0, source-incomplete 1"},

		{"the first plan", ops(many(0, 2, stated), many(5, 3, updates)), func(ev *guard.Evidence) { ev.Gate = guard.GateClosed }, "go 0, gate 5"},
		{"the first plan, nothing of it approved", ops(many(0, 2, stated), many(5, 3, updates)), func(ev *guard.Evidence) { ev.Gate = guard.GateOpening }, "go 0, gate-opening 5"},

		{"shrunk by less than a fifth", ops(many(0, 2, absent)), shrunk(320), "go 2"},
		{"shrunk by more than a fifth", ops(many(0, 2, absent), many(5, 1, updates), many(6, 1, fromSales)), shrunk(319), "go 0, shrink 4"},
		{"shrunk, and somebody joins", ops(many(0, 1, func(id string) plan.Op { return joins(id, "sales") })), shrunk(10), "go 1"},
		{
			"memberships shrunk", ops(many(0, 2, fromSales)),
			func(ev *guard.Evidence) { ev.Sources[0].Size.Memberships, ev.TeamSize["sales"] = 500, 50 }, "go 0, shrink 2",
		},
		{
			"a small source lost two", ops(many(0, 2, absent)),
			func(ev *guard.Evidence) { ev.Sources[0].Accepted.Users, ev.Sources[0].Size.Users = 5, 3 }, "go 2",
		},

		{"deletions", ops(many(0, 1, func(id string) plan.Op { op := stated(id); op.Kind = plan.DeleteUser; return op })), nil, "go 0, delete 1"},

		{"as many as may leave", ops(many(0, 20, stated)), nil, "go 20"},
		{"more who are stated as disabled: the first go", ops(many(0, 25, stated)), nil, "go 20, run-limit 5"},
		{"more who are missing: none goes", ops(many(0, 21, absent)), nil, "go 0, run-limit 21"},
		{"disabled go, missing wait", ops(many(0, 10, stated), many(20, 11, absent)), nil, "go 10, run-limit 11"},
		{"some left before", ops(many(0, 3, absent)), func(ev *guard.Evidence) { ev.Removed = gone(50, 18) }, "go 0, run-limit 3"},
		{"some left before, and there is room", ops(many(0, 2, absent)), func(ev *guard.Evidence) { ev.Removed = gone(50, 18) }, "go 2"},
		{"some left each day of the week", ops(many(0, 3, absent)), func(ev *guard.Evidence) { ev.Week = gone(50, 38) }, "go 0, run-limit 3"},
		{"some left each day of the week, and others are disabled", ops(many(0, 3, stated)), func(ev *guard.Evidence) { ev.Week = gone(50, 38) }, "go 2, run-limit 1"},
		{"some left each day of the week, and there is room", ops(many(0, 2, absent)), func(ev *guard.Evidence) { ev.Week = gone(50, 38) }, "go 2"},
		{"who left and comes back counts once", ops(many(50, 2, stated)), func(ev *guard.Evidence) { ev.Removed = gone(50, 20) }, "go 2"},
		{"a tighter limit", ops(many(0, 5, stated)), func(ev *guard.Evidence) { ev.Limits.Run = 3 }, "go 3, run-limit 2"},
		{"a limit that wants to be looser", ops(many(0, 25, stated)), func(ev *guard.Evidence) { ev.Limits.Run = 100 }, "go 20, run-limit 5"},

		{"three in ten leave a team", ops(many(0, 3, fromSales)), team(10), "go 3"},
		{"four in ten leave a team", ops(many(0, 4, fromSales)), team(10), "go 0, team-limit 4"},
		{"a small team changes", ops(many(0, 4, fromSales)), team(9), "go 4"},
		{"a small team is emptied", ops(many(0, 4, fromSales)), team(4), "go 0, team-limit 4"},
		{"a team changes hands", ops(many(0, 4, fromSales), many(50, 4, func(id string) plan.Op { return joins(id, "sales") })), team(4), "go 8"},
		{
			"leavers of a team count, and go", ops(many(0, 2, stated), many(10, 2, fromSales)),
			func(ev *guard.Evidence) {
				ev.TeamSize["sales"] = 10
				for _, id := range []string{"p000", "p001"} {
					ev.TeamsOf[ref(id)] = []plan.RemoteID{"sales"}
				}
			}, "go 2, team-limit 2",
		},
		{
			"some were taken from the team before", ops(many(0, 1, fromSales)),
			func(ev *guard.Evidence) {
				ev.TeamSize["sales"] = 7 // of ten a day ago
				for i := range 3 {
					ev.Removed = append(ev.Removed, guard.Removed{Kind: plan.RemoveMember, Person: ref(fmt.Sprint("b", i)), Team: "sales"})
				}
			}, "go 0, team-limit 1",
		},
		{
			"leavers of the day before count in their team", ops(many(10, 1, fromSales)),
			func(ev *guard.Evidence) {
				ev.TeamSize["sales"] = 7 // of ten a day ago
				for i := range 3 {
					ev.Removed = append(ev.Removed, guard.Removed{Kind: plan.Deactivate, Person: ref(fmt.Sprint("b", i)), Teams: []plan.RemoteID{"sales"}})
				}
			}, "go 0, team-limit 1",
		},
		{
			"a team changes hands, and the newcomers have no account yet",
			ops(many(0, 4, fromSales), many(50, 4, func(id string) plan.Op { op := joins(id, "sales"); op.Account = ""; return op })), team(4), "go 4, team-limit 4",
		},
		{"as many new addresses as may be", ops(many(0, 40, readdressed)), nil, "go 40"},
		{"an export whose columns slipped", ops(many(0, 41, readdressed), many(50, 2, updates)), nil, "go 2, email-limit 41"},
		{
			"a protected account gets another address", ops(many(0, 1, readdressed)),
			func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{"p000@example.com": true} }, "go 0, protected 1",
		},
		{
			"a protected account gets another address, which is protected too", ops(many(0, 1, readdressed)),
			func(ev *guard.Evidence) {
				ev.Protected.Emails = map[string]bool{"p000@example.com": true, "new-p000@example.com": true}
			}, "go 1",
		},
		{"somebody put into an exclusive team", ops(many(0, 1, expelled)), team(10), "go 1"},
		{"... and a source was not read", ops(many(0, 1, unread(expelled))), nil, "go 0, source-incomplete 1"},
		{"... and a source shrank", ops(many(0, 1, expelled)), shrunk(100), "go 0, shrink 1"},
		{"an org admin", ops([]plan.Op{promoted("p000", "admin")}), nil, "go 0, role 1"},
		{
			"a protected org admin loses the role", ops([]plan.Op{promoted("p000", "member"), promoted("p001", "member")}),
			func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{"p000@example.com": true} }, "go 0, protected 1, role 1",
		},
		{
			"a protected user becomes an org admin", ops([]plan.Op{promoted("p000", "admin")}),
			func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{"p000@example.com": true} }, "go 0, role 1",
		},
		{
			"the rest of a team goes, when one of it leaves the company", ops(many(0, 1, stated), many(10, 4, fromSales)),
			func(ev *guard.Evidence) {
				ev.TeamSize["sales"], ev.TeamsOf[ref("p000")] = 5, []plan.RemoteID{"sales"}
			}, "go 1, team-limit 4",
		},
		{"a tighter share", ops(many(0, 2, fromSales)), func(ev *guard.Evidence) { ev.TeamSize["sales"], ev.Limits.TeamPercent = 10, 10 }, "go 0, team-limit 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ev := prove(calm(), tt.plan)
			if _, set := ev.TeamSize["sales"]; !set {
				ev.TeamSize["sales"] = 100
			}
			if tt.doubt != nil {
				tt.doubt(&ev)
			}
			got := screen(tt.plan, ev)
			if diff := cmp.Diff(tt.want, tally(got)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got)
			}
			for _, h := range got.Held {
				if h.Text == "" || h.WayOut == "" || h.Exit == "" {
					t.Errorf("%s says not why, or leads nowhere: %+v", h.Why, h)
				}
			}
		})
	}
}

// TestProof holds the table in the comment of the rail, and what follows for the
// others of the source.
func TestProof(t *testing.T) {
	tests := []struct {
		name   string
		proof  *guard.Proof
		proves bool
		want   string // of the person and a colleague who is proven to be gone
	}{
		{"gone, and others are there", &guard.Proof{Presence: connectors.Absent, Controls: 5}, true, "go 2"},
		{"gone, and so is another", &guard.Proof{Presence: connectors.Undecided, Controls: 5}, true, "go 1, unproven 1"},
		{"gone, and nobody is left there", &guard.Proof{Presence: connectors.Undecided}, true, "go 1, no-control 1"},
		{"the look-up failed", &guard.Proof{Presence: connectors.Undecided, Error: "no answer", Controls: 5}, true, "go 1, unproven 1"},
		{"nobody looked", nil, true, "go 1, unproven 1"},
		{"still there", &guard.Proof{Presence: connectors.Present, Controls: 5}, true, "go 1"},
		{"the source cannot be asked", nil, false, "go 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ops([]plan.Op{absent("ann"), absent("bob")})
			ev := prove(calm(), p)
			ev.Sources[0].Proves = tt.proves
			delete(ev.Proofs, claim("ann"))
			if tt.proof != nil {
				ev.Proofs[claim("ann")] = *tt.proof
			}
			if got := screen(p, ev); tally(got) != tt.want {
				t.Errorf("got %q, want %q\n%s", tally(got), tt.want, got)
			}
		})
	}
}

// TestApproval lets through the ops it names past the rails that an approval can
// open, and past no other.
func TestApproval(t *testing.T) {
	all := many(0, 25, absent)
	p := ops(all)
	first, other := stated("p000"), absent("p000")
	if first.Hash() == other.Hash() {
		t.Error("an approval of a stated leaver covers one who is merely missing")
	}
	ev := approve(prove(calm(), p), all[:22]...)
	if got := screen(p, ev); tally(got) != "go 25" { // 22 approved, 3 within the limit
		t.Errorf("approved beyond the limit: %s", tally(got))
	}
	for name, doubt := range map[string]func(*guard.Evidence){
		"paused":             func(ev *guard.Evidence) { ev.Paused = true },
		"protected":          func(ev *guard.Evidence) { ev.Protected.Emails = map[string]bool{mail("p000"): true} },
		"protected-unlisted": func(ev *guard.Evidence) { ev.Protected.Listed = false },
		"unproven":           func(ev *guard.Evidence) { delete(ev.Proofs, claim("p000")) },
		"":                   func(ev *guard.Evidence) { ev.Proofs[claim("p000")] = guard.Proof{Presence: connectors.Present} }, // it is dropped
		"false-reading": func(ev *guard.Evidence) {
			for _, id := range []string{"p101", "p102", "p103"} {
				ev.Proofs[claim(id)] = guard.Proof{Presence: connectors.Present}
			}
		},
	} {
		one := ops(all[:1])
		ev := approve(prove(calm(), one), all[0])
		doubt(&ev)
		got, why := screen(one, ev), ""
		for _, h := range got.Held {
			why += string(h.Why)
		}
		if len(got.Ops) > 0 || why != name {
			t.Errorf("%s: an approval opened it: %s", name, tally(got))
		}
	}
}

// TestScreenOnlyHolds checks, of any plan under any evidence, that screening keeps
// every op exactly once and in order, and that equal inputs give equal outputs.
func TestScreenOnlyHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, ev := randomPlan(r), randomEvidence(r)
		got := screen(p, ev)
		seen := map[plan.Hash]int{}
		for _, op := range p.Ops {
			seen[op.Hash()]++
		}
		last := -1
		for _, op := range got.Ops {
			at := slices.IndexFunc(p.Ops, func(o plan.Op) bool { return o.Hash() == op.Hash() })
			if at <= last {
				r.Fatalf("op %s is new, or out of order", op)
			}
			last = at
			seen[op.Hash()]--
		}
		for _, h := range got.Held {
			for _, op := range h.Ops {
				seen[op.Hash()]--
			}
		}
		for h, n := range seen {
			if n != 0 {
				r.Fatalf("an op is there %d times too few: %s", n, h)
			}
		}
		if diff := cmp.Diff(got.String(), screen(p, ev).String()); diff != "" {
			r.Fatalf("the second time (-first +second):\n%s", diff)
		}
	})
}

// TestDoubtLetsNothingThrough checks that no doubt added to the evidence makes a
// removal go that did not go without it.
func TestDoubtLetsNothingThrough(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, ev := randomPlan(r), randomEvidence(r)
		before := map[plan.Hash]bool{}
		for _, op := range screen(p, ev).Ops {
			before[op.Hash()] = true
		}
		switch rapid.IntRange(0, 4).Draw(r, "doubt") {
		case 0:
			for i := range p.Ops {
				p.Ops[i].Unread = []string{"corp"}
			}
		case 1:
			ev.Paused = true
		case 2:
			ev.Protected.Listed = false
		case 3:
			ev.Proofs[claim("p000")] = guard.Proof{Presence: connectors.Present}
		case 4:
			ev.Removed = append(ev.Removed, gone(500, 30)...)
		}
		for _, op := range screen(p, ev).Ops {
			if op.Kind.RemovesPerson() && !before[op.Hash()] {
				r.Fatalf("doubt let %s through", op)
			}
		}
	})
}

// TestADayNeverTakesMore makes passes over a day in which people leave in any
// rhythm: what goes without an approval is never more than the limit.
func TestADayNeverTakesMore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ev := calm()
		ev.Managed = rapid.IntRange(10, 3000).Draw(r, "managed")
		limit := guard.RunLimit(ev.Managed)
		left, next := map[connectors.Ref]bool{}, 0
		for range rapid.IntRange(1, 20).Draw(r, "passes") {
			n := rapid.IntRange(0, 60).Draw(r, "leavers")
			kind := rapid.SampledFrom([]func(string) plan.Op{stated, absent}).Draw(r, "kind")
			p := ops(many(next, n, kind))
			next += n
			for _, op := range screen(p, prove(ev, p)).Ops {
				left[op.Person] = true
				ev.Removed = append(ev.Removed, guard.Removed{Kind: op.Kind, Person: op.Person})
			}
		}
		if len(left) > limit {
			r.Fatalf("%d people went; the limit for %d is %d", len(left), ev.Managed, limit)
		}
	})
}

// TestAWeekNeverTakesMore does the same over the days of a week.
func TestAWeekNeverTakesMore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ev := calm()
		ev.Managed = rapid.IntRange(10, 12_000).Draw(r, "managed")
		next := 0
		for range 7 {
			ev.Removed = nil
			n := rapid.IntRange(0, 60).Draw(r, "leavers")
			p := ops(many(next, n, rapid.SampledFrom([]func(string) plan.Op{stated, absent}).Draw(r, "kind")))
			next += n
			for _, op := range screen(p, prove(ev, p)).Ops {
				ev.Week = append(ev.Week, guard.Removed{Kind: op.Kind, Person: op.Person})
			}
		}
		if limit := guard.WeekLimit(ev.Managed); len(ev.Week) > limit {
			r.Fatalf("%d people went; the limit for %d is %d", len(ev.Week), ev.Managed, limit)
		}
	})
}

func randomPlan(r *rapid.T) plan.Plan {
	var out []plan.Op
	for i := range rapid.IntRange(0, 40).Draw(r, "ops") {
		make := rapid.SampledFrom([]func(string) plan.Op{
			stated, absent, updates, func(id string) plan.Op { return parts(id, "sales") }, func(id string) plan.Op { return joins(id, "legal") },
		}).Draw(r, "op")
		op := make(fmt.Sprintf("p%03d", i))
		if rapid.Bool().Draw(r, "unread") {
			op.Unread = []string{"corp"}
		}
		out = append(out, op)
	}
	return plan.Plan{Ops: out}
}

func randomEvidence(r *rapid.T) guard.Evidence {
	ev := calm()
	ev.Managed = rapid.IntRange(0, 500).Draw(r, "managed")
	ev.Gate = rapid.SampledFrom([]guard.Gate{guard.GateOpen, guard.GateOpen, guard.GateClosed, guard.GateOpening}).Draw(r, "gate")
	ev.TeamSize["sales"], ev.TeamSize["legal"] = rapid.IntRange(0, 50).Draw(r, "sales"), 5
	ev.Sources[0].Read = ev.Now.Add(-time.Duration(rapid.IntRange(0, 48).Draw(r, "hours since it was read")) * time.Hour)
	ev.Sources[0].Size.Users = rapid.IntRange(1, 400).Draw(r, "users")
	for i := range 40 {
		ev.Proofs[claim(fmt.Sprintf("p%03d", i))] = guard.Proof{
			Presence: rapid.SampledFrom([]connectors.Presence{connectors.Absent, connectors.Absent, connectors.Undecided}).Draw(r, "presence"),
			Controls: rapid.IntRange(0, 5).Draw(r, "controls"),
		}
	}
	return ev
}

// TestUnreadSaysWhy: the text says what was not read of a source, and why.
func TestUnreadSaysWhy(t *testing.T) {
	for why, edit := range map[string]func(*guard.Source){
		"it was not asked":          func(*guard.Source) {},
		"it read only what changed": func(s *guard.Source) { s.Delta = true },
		"no answer":                 func(s *guard.Source) { s.Error = "no answer" },
	} {
		ev := calm()
		edit(&ev.Sources[0])
		got := screen(ops(many(0, 1, unread(stated))), ev)
		if len(got.Held) != 1 || !strings.HasSuffix(got.Held[0].Text, ": "+why) {
			t.Errorf("%s: %v", why, got.Held)
		}
	}
}
