package plan

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// A step of a plan is tried here without the others: each takes what the one before makes.

func user(source, id, mail string) Person {
	u := connectors.User{ID: id, Email: mail, Status: connectors.StatusActive}
	return Person{Ref: connectors.Ref{Source: source, ID: id}, User: &u}
}

// TestIdentify: users become persons.
func TestIdentify(t *testing.T) {
	in := Input{
		Policy:  Policy{Join: Join{By: UserName, Precedence: []string{"corp", "hr"}}},
		Sources: []Source{{Name: "corp", Read: InFull}, {Name: "hr", Read: InFull}},
		People:  []Person{user("corp", "1", "ann@example.com"), user("corp", "2", "bob@example.com"), user("hr", "7", "ann@example.com")},
		Groups:  []Group{{Ref: connectors.Ref{Source: "hr", ID: "g"}, Members: []uint32{2}}},
	}
	p := identify(in)
	if len(p.in.People) != 2 || len(p.in.People[0].Parts) != 2 || !slices.Equal(p.in.Groups[0].Members, []uint32{0}) {
		t.Errorf("persons %+v, members %v", p.in.People, p.in.Groups[0].Members)
	}
	if len(p.ops) != 1 || p.ops[0].Kind != JoinPerson || len(p.held)+len(p.doubted) > 0 {
		t.Errorf("ops %v, held %v, doubted %v", p.ops, p.held, p.doubted)
	}
	in.Sources[1].Read = NotRead
	if p := identify(in); len(p.in.People) != 3 || len(p.ops) > 0 {
		t.Errorf("joined by what was not read: %v", p.ops)
	}
	in.Policy.Join = Join{}
	if p := identify(in); !cmp.Equal(p.in.People, in.People) || len(p.ops)+len(p.held) > 0 {
		t.Errorf("no user is to be joined: %+v", p)
	}
}

// TestIdentifyMoves: identify finds who may be another person under a new ID.
func TestIdentifyMoves(t *testing.T) {
	gone := func(id string, remote *Account) Person {
		ref := connectors.Ref{Source: "corp", ID: id}
		return Person{
			Ref: ref, Account: RemoteID("a-" + id), Standing: Live, Remote: remote,
			Link: &Link{Person: ref, Account: RemoteID("a-" + id), Origin: Created, Standing: Live, Applied: map[connectors.Attribute]string{UserName: id + "@example.com"}},
		}
	}
	names := Account{ID: "a-3", UserName: "3@example.com", Active: true, ExternalID: ExternalIDOf(connectors.Ref{Source: "corp", ID: "7"})}
	settled := gone("4", nil)
	settled.Settled = true
	in := Input{
		Sources: []Source{{Name: "corp", Read: InFull}, {Name: "hr", Read: InFull}},
		People: []Person{
			gone("1", nil), gone("2", nil), gone("3", &names), settled, user("corp", "5", "1@example.com"), user("corp", "6", "4@example.com"), user("corp", "7", "other@example.com"),
			user("hr", "8", "2@example.com"),
		},
	}
	p := identify(in)
	want := moves{heirs: map[int][]int{0: {4}, 1: {7}}, marks: map[int]int{2: 6}, named: map[int]int{6: 2}}
	if diff := cmp.Diff(want, p.moves, cmp.AllowUnexported(moves{})); diff != "" {
		t.Errorf("moves (-want +got):\n%s", diff)
	}
	if !slices.Equal(p.emails.held["1@example.com"], []int{0}) || !slices.Equal(p.emails.stated["1@example.com"], []int{4}) {
		t.Errorf("e-mails: %+v", p.emails)
	}
	in.Policy.Join.By = UserName // then users of several sources are one without a move
	if p := identify(in); len(p.moves.heirs) != 1 {
		t.Errorf("users are joined: %v", p.moves.heirs)
	}
	in.Sources = []Source{{Name: "hr", Read: InFull}}
	if p := identify(in); !slices.Equal(p.moves.heirs[1], []int{7}) {
		t.Errorf("users are joined, and the source is not configured any more: %v", p.moves.heirs)
	}
	in.Sources = []Source{{Name: "corp", Read: InFull}, {Name: "hr", Read: InFull}}
	in.Policy.Join.By = ""
	in.People[1].Remote = &Account{ID: "a-2", UserName: "1@example.com", Active: true}
	if p := identify(in); len(p.moves.heirs[0]) > 0 {
		t.Errorf("two accounts have the e-mail: %v", p.moves.heirs)
	}
	in.People[1].Remote, in.People[5].User.Email = nil, "1@example.com"
	if p := identify(in); !slices.Equal(p.moves.heirs[0], []int{4, 5}) {
		t.Errorf("two have the e-mail: %v", p.moves.heirs)
	}
}

// TestWant: persons and the configuration become what is desired, of each person and each team.
func TestWant(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ref := func(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }
	in := Input{
		Now:     now,
		Policy:  Policy{Rules: []Rule{{Group: "eng", Team: "Engineering"}, {Group: "new", Team: "Nowhere"}}, ExcludeGroups: []string{"out"}},
		Sources: []Source{{Name: "corp", Read: InFull}},
		People: []Person{
			user("corp", "0", "in@example.com"), user("corp", "1", "nested@example.com"), user("corp", "2", "out@example.com"),
			user("corp", "3", "none@example.com"), user("corp", "4", "waits@example.com"), user("corp", "5", "hidden@example.com"),
		},
		Teams: []Team{{ID: "t", Name: "Engineering"}},
		Groups: []Group{
			{Ref: ref("eng"), Name: "eng", Members: []uint32{0, 2, 5}, Nested: []uint32{1}},
			{Ref: ref("inner"), Name: "inner", Members: []uint32{1}},
			{Ref: ref("new"), Name: "new", Members: []uint32{4}},
			{Ref: ref("out"), Name: "out", Members: []uint32{2}},
		},
		Feeds:    []Feed{{Group: ref("eng"), Team: "t", Rule: "eng => Engineering"}, {Group: ref("inner"), Team: "t", Rule: "nested"}},
		Excluded: []Excluded{{Group: ref("gone"), Name: "out", Since: now, Members: []uint32{5}}},
	}
	d := want(persons{in: in})
	for i, want := range []struct {
		inScope, mapped bool
		keptOut         int
		why             string
	}{
		{true, true, 0, "is in group eng"},
		{true, true, 0, "is in group inner"},
		{false, false, 0, "is in group out, which people.exclude_groups names"},
		{false, false, 0, "is in no mapped group"},
		{false, true, 0, "is in no mapped group"},
		{true, true, 1, "is in group eng"},
	} {
		why := d.whyOut(i)
		if d.inScope(i) {
			why = d.whyInScope(i)
		}
		if d.inScope(i) != want.inScope || d.mapped(i) != want.mapped || len(d.keptOut[i]) != want.keptOut || why != want.why {
			t.Errorf("%s: in scope %t, mapped %t, kept out by %v, %s", in.People[i].User.Email, d.inScope(i), d.mapped(i), d.keptOut[i], why)
		}
	}
	if w := d.mapping.Teams[0]; !slices.Equal(w.People, []uint32{0, 1, 2, 5}) || len(w.Unread) > 0 {
		t.Errorf("wanted in the team: %+v", w)
	}
	in.Sources[0].Read = ByDelta
	if w := want(persons{in: in}).mapping.Teams[0]; !slices.Equal(w.Unread, []string{"corp"}) {
		t.Errorf("read by delta: %+v", w)
	}
}

// TestCompare: what is desired and the ledger become changes. No group and no rule is looked at.
func TestCompare(t *testing.T) {
	live := func(id string) Person {
		p := user("corp", id, id+"@example.com")
		p.Account, p.Standing = RemoteID("a-"+id), Live
		p.Link = &Link{Person: p.Ref, Account: p.Account, Standing: Live, Applied: map[connectors.Attribute]string{UserName: id + "@example.com"}, Fingerprint: FingerprintOf(*p.User)}
		return p
	}
	gone := live("gone")
	gone.User = nil
	in := Input{
		Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Policy: Policy{Deprovision: DeprovisionDeactivate},
		Sources: []Source{{Name: "corp", Read: InFull, Proves: true}},
		People:  []Person{user("corp", "0", "new@example.com"), live("stays"), live("leaves"), gone, user("corp", "z", "other@example.com")},
		Teams:   []Team{{ID: "t", Name: "Team", Had: []uint32{1, 2, 3}}},
	}
	d := &desired{
		in: in, mapping: Mapping{Teams: []Wanted{{People: []uint32{0, 1}, Named: []uint32{0, 1}}}},
		wanted: []bool{true, true, false, false, false}, named: make([]bool, 5), teamless: make([]bool, 5), clouded: make([]bool, 5), stale: make([]bool, 5),
	}
	c := compare(persons{in: in}, d)
	got := map[Kind][]string{}
	for _, op := range c.ops {
		got[op.Kind] = append(got[op.Kind], op.Person.ID)
	}
	want := map[Kind][]string{CreateUser: {"0"}, AddMember: {"0"}, RemoveMember: {"leaves"}, Deactivate: {"gone"}}
	if diff := cmp.Diff(want, got); diff != "" || len(c.held) > 0 {
		t.Errorf("changes (-want +got):\n%s\nheld %v", diff, c.held)
	}
	if len(c.outside) != 1 || c.outside[0].Person.ID != "leaves" {
		t.Errorf("out of scope: %v", c.outside)
	}
}

// TestOrder: changes become one plan, in whatever order they were made.
func TestOrder(t *testing.T) {
	ref := func(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }
	ops := []Op{
		{Kind: Deactivate, Person: ref("left"), Reason: Reason{Basis: Shown, Cause: Disabled}},
		{Kind: UpdateUser, Person: ref("moves"), Changes: []Change{{Attribute: UserName, Old: "a@example.com", New: "b@example.com"}}},
		{Kind: CreateUser, Person: ref("new"), After: ref("moves")},
		{Kind: AddMember, Person: ref("new"), Team: "t"},
		{Kind: RemoveMember, Person: ref("moves"), Team: "t"},
		{Kind: Deactivate, Person: ref("out"), Reason: Reason{Basis: Shown, Cause: OutOfScope}},
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		mixed := slices.Clone(ops)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(ops, order(changes{ops: mixed}).Ops); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
