package match_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

// someInput draws a small company in which addresses and names meet often.
func someInput(t *rapid.T) plan.Input {
	mail := rapid.SampledFrom([]string{"", "a@x", "A@x", " a@x", "b@x", "B@X", "c@x"})
	name := rapid.SampledFrom([]string{"", "One", "one", " One", "Two", "two"})
	in := plan.Input{Verified: rapid.Bool().Draw(t, "verified")}
	for i := range rapid.IntRange(0, 8).Draw(t, "people") {
		p := stated(fmt.Sprintf("p%d", i), mail.Draw(t, "e-mail"))
		switch rapid.IntRange(0, 5).Draw(t, "standing") {
		case 0:
			p = linked(p.Ref.ID, p.User.Email, mail.Draw(t, "login"))
			if rapid.Bool().Draw(t, "unread") {
				p.Remote = nil
			}
			if rapid.Bool().Draw(t, "absent") {
				p.User = nil
			}
		case 1:
			p.User.Status = connectors.StatusDisabled
		}
		in.People = append(in.People, p)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "accounts") {
		a := account(fmt.Sprintf("a%d", i), mail.Draw(t, "userName"))
		a.Active = rapid.Bool().Draw(t, "active")
		in.Accounts = append(in.Accounts, a)
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "groups") {
		in.Groups = append(in.Groups, plan.Group{Ref: ref(fmt.Sprintf("g%d", i)), Name: name.Draw(t, "group")})
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "teams") {
		id := plan.RemoteID(fmt.Sprintf("t%d", i))
		in.Teams = append(in.Teams, plan.Team{ID: id, Name: name.Draw(t, "team"), Read: true})
		if len(in.Groups) > 0 && rapid.Bool().Draw(t, "known") {
			g := in.Groups[rapid.IntRange(0, len(in.Groups)-1).Draw(t, "which")].Ref
			if rapid.Bool().Draw(t, "fed") {
				in.Feeds = append(in.Feeds, plan.Feed{Group: g, Team: id})
			} else {
				in.Imported = append(in.Imported, plan.Imported{Kind: connectors.GroupObject, Ref: g, From: id})
			}
		}
	}
	return in
}

// TestEachOnce holds that every person, account and team is in a report once, every
// group at least once, and that a match is one of a kind.
func TestEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInput(t)
		r := match.Compare(in, nil)
		people, accounts, teams, groups := map[connectors.Ref]int{}, map[plan.RemoteID]int{}, map[plan.RemoteID]int{}, map[connectors.Ref]int{}
		for _, row := range r.People {
			people[row.Person]++
			accounts[row.Account]++
			if pair := row.Person.ID != "" && row.Account != ""; pair != slices.Contains([]match.Kind{match.Linked, match.Exact, match.Case}, row.Kind) {
				t.Fatalf("%s of person %q and account %q", row.Kind, row.Person.ID, row.Account)
			}
			same := connectors.CanonicalEmail(row.Email) == connectors.CanonicalEmail(row.Login)
			if (row.Kind == match.Exact || row.Kind == match.Case) && (!same || (row.Email == row.Login) != (row.Kind == match.Exact)) {
				t.Fatalf("%s of %q and %q", row.Kind, row.Email, row.Login)
			}
		}
		for _, row := range r.Teams {
			teams[row.Team]++
			for _, g := range row.Groups {
				groups[g.Ref]++
			}
		}
		for _, p := range in.People {
			if people[p.Ref] != 1 {
				t.Fatalf("person %s is in %d rows", p.Ref, people[p.Ref])
			}
		}
		for _, a := range in.Accounts {
			if accounts[a.ID] != 1 {
				t.Fatalf("account %s is in %d rows", a.ID, accounts[a.ID])
			}
		}
		for _, x := range in.Teams {
			if teams[x.ID] != 1 {
				t.Fatalf("team %s is in %d rows", x.ID, teams[x.ID])
			}
		}
		for _, g := range in.Groups {
			if groups[g.Ref] == 0 {
				t.Fatalf("group %s is in no row", g.Ref)
			}
		}
	})
}

// TestWorkIsNew holds that nothing is given to a directory that states it already.
func TestWorkIsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := someInput(t)
		work := match.Compare(in, nil).Work("corp")
		for i, u := range work.Users {
			for _, p := range in.People {
				if p.User != nil && connectors.CanonicalEmail(p.User.Email) == u.Address() {
					t.Fatalf("%s is to be made, and %s states the address", u.Address(), p.Ref)
				}
			}
			for _, other := range work.Users[:i] {
				if other.Address() == u.Address() {
					t.Fatalf("%s is to be made twice", u.Address())
				}
			}
		}
		for _, g := range work.Groups {
			for _, other := range in.Groups {
				if other.Name == g.Name {
					t.Fatalf("group %q is to be made, and is there", g.Name)
				}
			}
		}
	})
}
