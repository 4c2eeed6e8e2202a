package match_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

var update = flag.Bool("update", false, "write the expected reports anew")

func ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

// stated is a person without an account.
func stated(id, mail string) plan.Person {
	return plan.Person{Ref: ref(id), User: &connectors.User{
		ID: id, Email: mail, Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{connectors.DisplayName: strings.ToUpper(id)},
	}}
}

func disabled(id, mail string) plan.Person {
	p := stated(id, mail)
	p.User.Status = connectors.StatusDisabled
	return p
}

// linked is a person with a live account of that address.
func linked(id, mail, login string) plan.Person {
	p := stated(id, mail)
	p.Standing, p.Account = plan.Live, plan.RemoteID("a-"+id)
	p.Link = &plan.Link{Person: p.Ref, Account: p.Account, Standing: plan.Live, Applied: map[connectors.Attribute]string{plan.UserName: login}}
	p.Remote = &plan.Account{ID: p.Account, UserName: login, Active: true}
	return p
}

func account(id, login string) plan.Account {
	return plan.Account{ID: plan.RemoteID(id), UserName: login, Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "of " + id}}
}

func idle(id, login string) plan.Account {
	a := account(id, login)
	a.Active = false
	return a
}

// gone is a person whose account was deleted, and whom nobody states any more.
func gone(id string) plan.Person { return plan.Person{Ref: ref(id), Standing: plan.Deleted} }

func edit(p plan.Person, change func(*plan.Person)) plan.Person {
	change(&p)
	return p
}

func TestPeople(t *testing.T) {
	tests := []struct {
		name     string
		people   []plan.Person
		accounts []plan.Account
		want     []string // kind person account: note
	}{
		{"nobody", nil, nil, nil},
		{"the very same address", []plan.Person{stated("ann", "ann@example.com")}, []plan.Account{account("1", "ann@example.com")}, []string{"exact ann 1"}},
		{"another case", []plan.Person{stated("ann", "Ann@Example.com")}, []plan.Account{account("1", "ann@example.com")}, []string{"case ann 1"}},
		{"space around it", []plan.Person{stated("ann", " ann@example.com")}, []plan.Account{account("1", "ann@example.com")}, []string{"case ann 1"}},
		{"both only", []plan.Person{stated("ann", "ann@example.com")}, []plan.Account{account("1", "bob@example.com")}, []string{"writer-only  1", "directory-only ann "}},
		{
			"two people, one account",
			[]plan.Person{stated("ann", "x@example.com"), stated("bob", "X@example.com")},
			[]plan.Account{account("1", "x@example.com")},
			[]string{
				"ambiguous  1: 2 people and 1 account have the address", "ambiguous ann : 2 people and 1 account have the address",
				"ambiguous bob : 2 people and 1 account have the address",
			},
		},
		{
			"one person, two accounts",
			[]plan.Person{stated("ann", "x@example.com")},
			[]plan.Account{account("1", "x@example.com"), account("2", "X@example.com")},
			[]string{
				"ambiguous  1: 1 person and 2 accounts have the address", "ambiguous  2: 1 person and 2 accounts have the address",
				"ambiguous ann : 1 person and 2 accounts have the address",
			},
		},
		{"two people, no account", []plan.Person{stated("ann", "x@example.com"), stated("bob", "x@example.com")}, nil, []string{
			"directory-only ann : 2 people state the address", "directory-only bob : 2 people state the address",
		}},
		{"two accounts, no person", nil, []plan.Account{account("1", "x@example.com"), account("2", "x@example.com")}, []string{
			"writer-only  1: several accounts have the address", "writer-only  2: several accounts have the address",
		}},
		{"linked", []plan.Person{linked("ann", "ann@example.com", "ann@example.com")}, nil, []string{"linked ann a-ann"}},
		{"linked, renamed since", []plan.Person{linked("ann", "new@example.com", "ann@example.com")}, nil, []string{"linked ann a-ann"}},
		{
			"somebody has the address of a linked account",
			[]plan.Person{linked("ann", "new@example.com", "ann@example.com"), stated("bob", "ann@example.com")},
			nil,
			[]string{"linked ann a-ann", "ambiguous bob : the address is also that of corp/ann, who is linked already"},
		},
		{
			"an account has the address of a linked person",
			[]plan.Person{linked("ann", "new@example.com", "ann@example.com")},
			[]plan.Account{account("1", "new@example.com")},
			[]string{"linked ann a-ann", "ambiguous  1: the address is also that of corp/ann, who is linked already"},
		},
		{"linked, and the account is gone", []plan.Person{edit(linked("ann", "ann@example.com", "ann@example.com"), func(p *plan.Person) { p.Remote, p.Lost = nil, true })}, nil, []string{
			"linked ann a-ann: the account is not in Writer any more",
		}},
		{"linked, and not stated", []plan.Person{edit(linked("ann", "", "ann@example.com"), func(p *plan.Person) { p.User = nil })}, nil, []string{
			"linked ann a-ann: the directory does not state the person any more",
		}},
		{
			"one source states another address, which an account has",
			[]plan.Person{edit(stated("ann", "ann@example.com"), func(p *plan.Person) {
				p.Parts = []plan.Part{{Ref: p.Ref, User: p.User}, {Ref: connectors.Ref{Source: "hr", ID: "9"}, User: stated("9", "ann@hr.example.com").User}}
			})},
			[]plan.Account{account("1", "ann@hr.example.com")},
			[]string{"ambiguous  1: the address is also one of corp/ann", "directory-only ann "},
		},
		{
			"not stated, and somebody was invited with the old address",
			[]plan.Person{edit(linked("ann", "", "ann@example.com"), func(p *plan.Person) { p.User, p.Remote, p.Lost = nil, nil, true })},
			[]plan.Account{account("1", "ann@example.com")},
			[]string{"linked ann a-ann: the account is not in Writer any more", "ambiguous  1: the address is also that of corp/ann, who is linked already"},
		},
		{
			"deleted when they left, and somebody was invited with the old address",
			[]plan.Person{edit(linked("ann", "", "ann@example.com"), func(p *plan.Person) { p.User, p.Standing = nil, plan.Deleted })},
			[]plan.Account{account("1", "ann@example.com")},
			[]string{"ambiguous  1: the address was that of corp/ann, who left"},
		},
		{"deleted and forgotten", []plan.Person{gone("ann")}, nil, nil},
		{"deleted and back", []plan.Person{edit(stated("ann", "ann@example.com"), func(p *plan.Person) { p.Standing, p.Account = plan.Deleted, "old" })}, []plan.Account{account("1", "ann@example.com")}, []string{
			"exact ann 1",
		}},
		{"without an address", []plan.Person{stated("ann", " ")}, []plan.Account{account("1", "")}, []string{
			"writer-only  1: has no e-mail in Writer", "directory-only ann : has no e-mail in the directory",
		}},
		{"a leaver", []plan.Person{disabled("ann", "ann@example.com")}, []plan.Account{account("1", "ann@example.com")}, []string{"exact ann 1: is disabled in the directory"}},
		{
			"a leaver and a joiner of one address",
			[]plan.Person{disabled("ann", "ann@example.com"), stated("bob", "ann@example.com")},
			[]plan.Account{account("1", "ann@example.com")},
			[]string{"exact bob 1", "directory-only ann : is disabled, and somebody else states the address"},
		},
		{"an idle account", []plan.Person{stated("ann", "ann@example.com")}, []plan.Account{idle("1", "ann@example.com"), idle("2", "bob@example.com")}, []string{
			"exact ann 1: the account is deactivated in Writer", "writer-only  2: the account is deactivated in Writer",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range match.Compare(plan.Input{People: tt.people, Accounts: tt.accounts, Verified: true}, nil).People {
				line := fmt.Sprintf("%s %s %s", r.Kind, r.Person.ID, r.Account)
				if r.Note != "" {
					line += ": " + r.Note
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// world is a company with one of everything.
func world() plan.Input {
	groups := []plan.Group{
		{Ref: ref("g1"), Name: "engineering"},
		{Ref: ref("g2"), Name: "Sales"},
		{Ref: ref("g3"), Name: "legal "},
		{Ref: ref("g4"), Name: "Design"},
		{Ref: ref("g5"), Name: "people-ops"},
		{Ref: ref("g6"), Name: "Twins"},
		{Ref: ref("g7"), Name: "Orphan"},
	}
	team := func(id, name string, members ...plan.RemoteID) plan.Team {
		return plan.Team{ID: plan.RemoteID(id), Name: name, Extra: members, Read: true}
	}
	return plan.Input{
		Verified: true,
		Policy:   plan.Policy{Rules: []plan.Rule{{Group: "engineering", Team: "Engineering"}, {Group: "Mark*", Team: "{name}"}}},
		People: []plan.Person{
			linked("ann", "ann@example.com", "ann@example.com"), stated("bob", "bob@example.com"), stated("cid", "Cid@example.com"),
			stated("dan", "dan@example.com"), stated("made", "made@example.com"),
			edit(linked("joe", "joe@example.com", "joe@example.com"), func(p *plan.Person) {
				p.Also = []plan.Part{{Ref: connectors.Ref{Source: "other", ID: "joe"}}}
			}),
		},
		Accounts: []plan.Account{
			account("a1", "bob@example.com"), account("a2", "cid@example.com"), account("a3", "eve@example.com"), idle("a4", "fay@example.com"),
			account("a5", "no address"), account("a6", "made@example.com"),
			account("a7", "break-glass@example.com"),
		},
		Groups: groups,
		Feeds:  []plan.Feed{{Group: ref("g1"), Team: "t1", Rule: "engineering => Engineering"}, {Group: ref("lost"), Team: "t1"}},
		Teams: []plan.Team{
			team("t1", "Engineering", "a-ann"), team("t2", "Sales", "a1"), team("t3", "Legal", "a2"), team("t4", "Design", "a3", "a6"),
			team("t5", "Marketing", "a3", "a1", "a6"), team("t6", "Empty"), team("t7", "Twins", "a3"), team("t8", "twins", "a3"),
			{ID: "t9", Name: "Cut short", Extra: []plan.RemoteID{"a3"}},
			{ID: "t0", Name: "Deleted", Gone: true},
			team("ta", "Idle ones", "a4", "a1"), team("tb", "Joe's", "a-joe", "a7"),
		},
		Imported: []plan.Imported{
			{Kind: connectors.GroupObject, Ref: ref("g4"), From: "t4", Name: "Design"},
			{Kind: connectors.GroupObject, Ref: ref("g7"), From: "t0", Name: "Orphan"},
			{Kind: connectors.UserObject, Ref: ref("made"), From: "a6"},
			{Kind: connectors.UserObject, Ref: connectors.Ref{Source: "other", ID: "joe"}, From: "a-joe"},
			{Kind: connectors.GroupObject, Ref: connectors.Ref{Source: "corp"}, From: "t5", Name: "Marketing"},
		},
	}
}

// TestReport holds a whole report, and what a source would be given, against a
// golden file.
func TestReport(t *testing.T) {
	r := match.Compare(world(), map[string]bool{"break-glass@example.com": true})
	var b strings.Builder
	for _, row := range r.People {
		fmt.Fprintf(&b, "user %s | %s | %s %s | %s %s | made %v | %s\n", row.Kind, row.Name, row.Account, row.Login, row.Person.ID, row.Email, row.Made, row.Note)
	}
	for _, row := range r.Teams {
		fmt.Fprintf(&b, "team %s | %s %s | %d members | %v | %s\n", row.Kind, row.Team, row.Name, len(row.Members), row.Groups, row.Note)
	}
	for _, source := range []string{"corp", "other"} {
		work := r.Work(source)
		fmt.Fprintf(&b, "-- to %s\n", source)
		for _, u := range work.Users {
			fmt.Fprintf(&b, "make user %s %s\n", u.Account, u.Address())
		}
		for _, g := range work.Groups {
			fmt.Fprintf(&b, "make group %s %s of %v\n", g.Team, g.Name, g.Accounts)
		}
		for _, l := range work.Left {
			fmt.Fprintf(&b, "leave %q, a team %t: %s\n", l.What, l.Team, l.Why)
		}
	}
	path := filepath.Join("testdata", "report.golden")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("run `go test ./syncer/match -update` (-want +got):\n%s", diff)
	}
}

// TestWorkHash tells one piece of work from another, and not by what is left out.
func TestWorkHash(t *testing.T) {
	base := match.Compare(world(), nil).Work("corp")
	if base.Hash() != match.Compare(world(), nil).Work("corp").Hash() {
		t.Error("equal work has two hashes")
	}
	for name, change := range map[string]func(*match.Work){
		"a user":   func(w *match.Work) { w.Users = w.Users[1:] },
		"a group":  func(w *match.Work) { w.Groups = w.Groups[1:] },
		"a member": func(w *match.Work) { w.Groups[0].Accounts = nil },
		"a name":   func(w *match.Work) { w.Groups[0].Name += "!" },
	} {
		other := match.Compare(world(), nil).Work("corp")
		if change(&other); other.Hash() == base.Hash() {
			t.Errorf("without %s the hash is the same", name)
		}
	}
	left := match.Compare(world(), nil).Work("corp")
	left.Left = nil
	if left.Hash() != base.Hash() {
		t.Error("what is left out is part of the hash")
	}
}

// TestUnreadable: an account may be that of somebody whose address cannot be told.
func TestUnreadable(t *testing.T) {
	faulty := edit(stated("ann", ""), func(p *plan.Person) { p.User.Fault = "has two addresses" })
	r := match.Compare(plan.Input{People: []plan.Person{faulty}, Accounts: []plan.Account{account("1", "ann@example.com")}, Verified: true}, nil)
	if diff := cmp.Diff([]string{"the record of corp/ann cannot be used: has two addresses"}, r.Unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if len(r.People) != 2 || r.People[1].Note != "has a record that cannot be used: has two addresses" {
		t.Errorf("rows: %+v", r.People)
	}
}
