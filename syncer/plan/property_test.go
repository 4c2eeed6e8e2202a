package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// drawWorld makes a random input: a dozen people in every standing, three groups
// that may nest in each other, two teams, a source that may have failed.
func drawWorld(t *testing.T, r *rapid.T) plan.Input {
	w := newWorld(t)
	w.in.Policy.Everyone = rapid.Bool().Draw(r, "everyone")
	w.in.Policy.Deprovision = rapid.SampledFrom([]plan.Deprovision{plan.DeprovisionDeactivate, plan.DeprovisionDelete, plan.DeprovisionNone}).Draw(r, "deprovision")
	w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales*", Team: "Sales"}, plan.Rule{Group: "lost", Team: "Nowhere"})
	w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"})
	w.in.Sources[0].Proves = rapid.Bool().Draw(r, "proves")
	w.group("g-sales", "sales").group("g-lost", "lost")
	if rapid.Bool().Draw(r, "missing group") {
		w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-was"), Team: "t2", Rule: "sales* => Sales"})
	}
	if rapid.Bool().Draw(r, "failed") {
		failedRead(w)
	}
	for _, g := range []string{"g-eng", "g-sales", "g-lost"} {
		for _, n := range []string{"g-eng", "g-sales", "g-lost"} {
			if rapid.IntRange(0, 4).Draw(r, "nest") == 0 {
				w.nest(g, n)
			}
		}
	}
	for i := range rapid.IntRange(0, 12).Draw(r, "people") {
		drawPerson(r, w, fmt.Sprintf("p%02d", i))
	}
	return w.input()
}

func drawPerson(r *rapid.T, w *world, id string) {
	mail := fmt.Sprintf("m%d@example.com", rapid.IntRange(0, 8).Draw(r, "mail"))
	if rapid.IntRange(0, 2).Draw(r, "another's mail") == 0 {
		mail = mailOf(fmt.Sprintf("p%02d", rapid.IntRange(0, 11).Draw(r, "whose")))
	}
	edits := []func(*plan.Person){}
	edit := func(e func(*plan.Person)) { edits = append(edits, e) }
	if rapid.IntRange(0, 3).Draw(r, "own mail") == 0 {
		edit(email(mail))
	}
	edit(status(rapid.SampledFrom([]connectors.Status{connectors.StatusActive, connectors.StatusActive, connectors.StatusActive, connectors.StatusDisabled, connectors.StatusUnknown}).Draw(r, "status")))
	linked := rapid.Bool().Draw(r, "linked")
	if linked {
		s := rapid.SampledFrom([]plan.Standing{plan.Live, plan.Live, plan.Live, plan.Inactive, plan.Deleted}).Draw(r, "standing")
		edit(standing(s))
		switch rapid.IntRange(0, 5).Draw(r, "turn") {
		case 0:
			edit(absent(rapid.IntRange(1, 3).Draw(r, "missing")))
		case 1:
			edit(outFor(time.Duration(rapid.IntRange(0, 2).Draw(r, "hours out of scope")) * time.Hour))
		case 2:
			edit(func(p *plan.Person) { p.User.Attributes[connectors.DisplayName] = "Changed" })
		}
		w.live(id, edits...)
		for _, team := range []plan.RemoteID{"t1", "t2"} {
			if rapid.Bool().Draw(r, "had") {
				if s == plan.Live {
					w.hadIn(team, id)
				} else {
					w.dormantIn(team, id)
				}
			}
		}
	} else {
		w.stated(id, edits...)
		if rapid.IntRange(0, 3).Draw(r, "account") == 0 {
			w.in.Accounts = append(w.in.Accounts, plan.Account{ID: plan.RemoteID("x-" + id), UserName: w.in.People[len(w.in.People)-1].User.Email, Active: true})
		}
	}
	for _, g := range []string{"g-eng", "g-sales", "g-lost"} {
		if rapid.Bool().Draw(r, "member") {
			w.member(g, id)
		}
	}
}

// settle unloads every record that a state would not have loaded: linked people
// whose record is the one applied, and people without a link that nobody wants,
// but for those who share an e-mail with somebody who is loaded.
func settle(in plan.Input) plan.Input {
	in.People = slices.Clone(in.People)
	wanted := map[int]bool{}
	m := plan.Map(in)
	for _, w := range m.Teams {
		for _, i := range w.People {
			wanted[int(i)] = true
		}
	}
	for _, u := range m.Unlinked {
		for _, i := range u.People {
			wanted[int(i)] = true
		}
	}
	load := map[int]bool{}
	mails := map[string]bool{}
	for i, p := range in.People {
		if needed(in, p, wanted[i]) {
			load[i] = true
			for _, mail := range p.Emails() {
				mails[mail] = mail != ""
			}
		}
	}
	for _, a := range in.Accounts {
		mails[a.Email()] = true // a full read of Writer asks whose they are
	}
	for i, p := range in.People {
		shared := slices.ContainsFunc(p.Emails(), func(mail string) bool { return mails[mail] })
		if !load[i] && !shared {
			in.People[i].User, in.People[i].Link, in.People[i].Settled = nil, nil, true
		}
	}
	return in
}

func needed(in plan.Input, p plan.Person, wanted bool) bool {
	switch p.Standing {
	case plan.None:
		return wanted || in.Policy.Everyone
	case plan.Live:
		return p.User == nil || p.Link.Fingerprint != plan.FingerprintOf(*p.User) || !p.Link.OutSince.IsZero()
	}
	return p.User != nil && p.User.Status != connectors.StatusDisabled
}

// outline is a plan without the labels that only a record can give.
func outline(p plan.Plan) []string {
	var out []string
	add := func(op plan.Op) {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %v after %s", op.Hash().Short(), op.Kind, op.Person, op.Team, op.Reason, op.Makes, op.After))
	}
	for _, op := range p.Ops {
		add(op)
	}
	for _, h := range p.Held {
		out = append(out, fmt.Sprintf("held %s %s %s", h.Why, h.Text, h.Exit))
		for _, op := range h.Ops {
			add(op)
		}
	}
	return out
}

// TestSettledPeopleNeedNoRecord: a plan made without the records of people who
// agree with Writer is the plan made with them.
func TestSettledPeopleNeedNoRecord(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		in := drawWorld(t, r)
		full, _ := plan.Diff(in)
		narrow, _ := plan.Diff(settle(in))
		if diff := cmp.Diff(outline(full), outline(narrow)); diff != "" {
			r.Fatalf("with every record (-) and without the settled ones (+):\n%s", diff)
		}
	})
}

// TestInvariants holds what every plan must be, whatever the input.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		in := drawWorld(t, r)
		before := fmt.Sprintf("%+v", in)
		p, _ := plan.Diff(in)
		if after := fmt.Sprintf("%+v", in); after != before {
			r.Fatalf("Diff changed its input")
		}
		if again, _ := plan.Diff(in); again.String() != p.String() || again.Hash() != p.Hash() {
			r.Fatalf("equal inputs, unequal plans:\n%s\n%s", p, again)
		}
		checkPlan(r, in, p)
	})
}

func checkPlan(r *rapid.T, in plan.Input, p plan.Plan) {
	complete := in.Sources[0].Read == plan.InFull
	checkOrder(r, p)
	mails, ended := map[string]bool{}, map[connectors.Ref]bool{}
	for _, op := range p.Ops {
		if op.Removes() && !complete && len(op.Unread) == 0 {
			r.Fatalf("%s removes on the word of a source that failed", op)
		}
		if op.Kind == plan.DeleteUser && in.Policy.Deprovision != plan.DeprovisionDelete {
			r.Fatalf("%s, against the policy", op)
		}
		if c, ok := op.Change(plan.UserName); ok && op.Kind != plan.AdoptUser {
			if mails[c.New] {
				r.Fatalf("%s takes an e-mail that another op takes", op)
			}
			mails[c.New] = true
		}
		if ended[op.Person] && op.Kind != plan.Deactivate {
			r.Fatalf("%s is planned for somebody who leaves", op)
		}
		ended[op.Person] = ended[op.Person] || op.Kind.RemovesPerson()
	}
}

// TestHashIgnoresOrder: a hold's hash is that of the set of its ops.
func TestHashIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, _ := plan.Diff(drawWorld(t, r))
		h := plan.Held{Ops: p.Ops}
		mixed := plan.Held{Ops: rapid.Permutation(p.Ops).Draw(r, "order"), Why: "other", Text: "other"}
		if h.Hash() != mixed.Hash() {
			r.Fatalf("the hash depends on order or text")
		}
		if len(p.Ops) > 0 && h.Hash() == (plan.Held{Ops: p.Ops[1:]}).Hash() {
			r.Fatalf("the hash does not depend on the ops")
		}
	})
}

func TestRetryDue(t *testing.T) {
	tests := []struct {
		attempts int
		class    connectors.Class
		want     time.Duration
	}{
		{1, connectors.Transient, time.Minute},
		{2, connectors.Transient, 2 * time.Minute},
		{5, connectors.Transient, 16 * time.Minute},
		{1, connectors.Rejected, 15 * time.Minute},
		{3, connectors.Conflict, time.Hour},
		{1000, connectors.Rejected, 6 * time.Hour},
	}
	for _, tt := range tests {
		got := plan.Retry{Attempts: tt.attempts, Class: tt.class, Last: now}.Due().Sub(now)
		if got != tt.want {
			t.Errorf("after %d times %s: %s, want %s", tt.attempts, tt.class, got, tt.want)
		}
	}
}

// TestRetryWaits: an op waits from its failure until it is due, and not before the
// failure: the clock was wrong then.
func TestRetryWaits(t *testing.T) {
	r := plan.Retry{Attempts: 1, Class: connectors.Transient, Last: now}
	for after, want := range map[time.Duration]bool{
		-2 * 365 * 24 * time.Hour: false, -time.Second: false, 0: true, time.Minute - 1: true, time.Minute: false, time.Hour: false,
	} {
		if got := r.Waits(now.Add(after)); got != want {
			t.Errorf("%s after the failure: waits %v, want %v", after, got, want)
		}
	}
}
