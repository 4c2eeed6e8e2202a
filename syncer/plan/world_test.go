package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// now is the time of every test.
var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world builds a plan.Input by names, and keeps its slices sorted.
type world struct {
	t       *testing.T
	in      plan.Input
	members map[string][]string // by group
	nested  map[string][]string
	had     map[plan.RemoteID][]string
	dormant map[plan.RemoteID][]string
	listed  map[plan.RemoteID][]plan.RemoteID // members that Writer lists, of teams that were read
}

// newWorld has one source that was read whole and can prove, one rule
// (engineering => Engineering), the team Engineering linked to the group, and
// nobody.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, members: map[string][]string{}, nested: map[string][]string{},
		had: map[plan.RemoteID][]string{}, dormant: map[plan.RemoteID][]string{}, listed: map[plan.RemoteID][]plan.RemoteID{},
	}
	w.in = plan.Input{
		Policy:  plan.Policy{Rules: []plan.Rule{{Group: "engineering", Team: "Engineering"}}, Deprovision: plan.DeprovisionDeactivate, Grace: time.Hour},
		Now:     now,
		Sources: []plan.Source{{Name: "corp", Read: plan.InFull, Proves: true, At: now}},
		Teams:   []plan.Team{{ID: "t1", Name: "Engineering"}},
		Feeds:   []plan.Feed{{Group: ref("g-eng"), Team: "t1", Rule: "engineering => Engineering"}},
	}
	w.group("g-eng", "engineering")
	return w
}

func ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

func mailOf(id string) string { return id + "@example.com" }

func userOf(id string) *connectors.User {
	return &connectors.User{
		ID: id, Email: mailOf(id), Status: connectors.StatusActive,
		Attributes: map[connectors.Attribute]string{connectors.DisplayName: strings.ToUpper(id)},
	}
}

// group states a group of the source.
func (w *world) group(id, name string) *world {
	w.in.Groups = append(w.in.Groups, plan.Group{Ref: ref(id), Name: name})
	return w
}

// member puts people into a group, on the directory's side.
func (w *world) member(group string, people ...string) *world {
	w.members[group] = append(w.members[group], people...)
	return w
}

// nest puts a group into a group.
func (w *world) nest(group, nested string) *world {
	w.nested[group] = append(w.nested[group], nested)
	return w
}

// stated adds a person the source states and no link knows.
func (w *world) stated(id string, edits ...func(*plan.Person)) *world {
	return w.person(plan.Person{Ref: ref(id), User: userOf(id)}, edits)
}

// live adds a person with an account, in agreement with the source.
func (w *world) live(id string, edits ...func(*plan.Person)) *world {
	u := userOf(id)
	return w.person(plan.Person{
		Ref: ref(id), Account: plan.RemoteID("a-" + id), Standing: plan.Live, User: u,
		Link: &plan.Link{
			Person: ref(id), Account: plan.RemoteID("a-" + id), Origin: plan.Created, Standing: plan.Live, Fingerprint: plan.FingerprintOf(*u),
			Applied: map[connectors.Attribute]string{plan.UserName: mailOf(id), connectors.DisplayName: strings.ToUpper(id)},
		},
	}, edits)
}

func (w *world) person(p plan.Person, edits []func(*plan.Person)) *world {
	for _, edit := range edits {
		edit(&p)
	}
	w.in.People = append(w.in.People, p)
	return w
}

// had says that the ledger holds memberships.
func (w *world) hadIn(team plan.RemoteID, people ...string) *world {
	w.had[team] = append(w.had[team], people...)
	return w
}

func (w *world) dormantIn(team plan.RemoteID, people ...string) *world {
	w.dormant[team] = append(w.dormant[team], people...)
	return w.hadIn(team, people...)
}

// input returns the plan.Input, sorted and indexed.
func (w *world) input() plan.Input {
	in := w.in
	slices.SortFunc(in.People, func(a, b plan.Person) int { return a.Ref.Compare(b.Ref) })
	slices.SortFunc(in.Groups, func(a, b plan.Group) int { return a.Ref.Compare(b.Ref) })
	slices.SortFunc(in.Teams, func(a, b plan.Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for i, g := range in.Groups {
		in.Groups[i].Members = w.indexes(w.members[g.Ref.ID])
		in.Groups[i].Nested = nil
		for _, n := range w.nested[g.Ref.ID] {
			at := slices.IndexFunc(in.Groups, func(g plan.Group) bool { return g.Ref.ID == n })
			if at < 0 {
				w.t.Fatalf("no group %s", n)
			}
			in.Groups[i].Nested = append(in.Groups[i].Nested, uint32(at))
		}
	}
	for i, t := range in.Teams {
		in.Teams[i].Had, in.Teams[i].Dormant = w.indexes(w.had[t.ID]), w.indexes(w.dormant[t.ID])
		if listed, read := w.listed[t.ID]; read {
			w.see(&in.Teams[i], listed)
		}
	}
	return in
}

// see compares the accounts that Writer lists in a team with the ledger.
func (w *world) see(t *plan.Team, listed []plan.RemoteID) {
	t.Read, t.Extra = true, slices.Clone(listed)
	for _, i := range t.Had {
		account := w.in.People[i].Account
		if !slices.Contains(listed, account) && !slices.Contains(t.Dormant, i) {
			t.Missing = append(t.Missing, i)
		}
		t.Extra = slices.DeleteFunc(t.Extra, func(a plan.RemoteID) bool { return a == account })
	}
}

func (w *world) indexes(people []string) []uint32 {
	var out []uint32
	for _, id := range people {
		at := slices.IndexFunc(w.in.People, func(p plan.Person) bool { return p.Ref.ID == id })
		if at < 0 {
			w.t.Fatalf("no person %s", id)
		}
		out = append(out, uint32(at))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
