package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// unusable says that the source has a value of the attribute that cannot be used.
func unusable(attributes ...connectors.Attribute) func(*plan.Person) {
	return func(p *plan.Person) {
		p.User.Unusable = map[connectors.Attribute]string{}
		for _, a := range attributes {
			p.User.Unusable[a] = "has control characters"
			delete(p.User.Attributes, a)
			if a == connectors.Email {
				p.User.Email = ""
			}
		}
	}
}

// noVisitors is a Profile: it leaves out visitors, by the title, and sends it.
type noVisitors struct{}

var errUnusable = errors.New("people.exclude: user.title cannot be used")

func (noVisitors) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	out := map[connectors.Attribute]string{}
	if title, stated := u.Attributes[connectors.Title]; stated {
		out[connectors.Title] = title
	}
	return out, nil
}

func (noVisitors) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	looked := []connectors.Attribute{connectors.Title}
	switch {
	case u.Unusable[connectors.Title] != "":
		return "", looked, errUnusable
	case u.Attributes[connectors.Title] == "Visitor":
		return "people.exclude", looked, nil
	}
	return "", nil, nil
}

// visitor marks one who showed that title before, and shows none now.
func (w *world) visitor(id string) *world {
	for _, p := range w.in.People {
		if p.Ref != ref(id) {
			continue
		}
		shown := *p.User
		m := plan.Mark{Since: now, Attributes: map[connectors.Attribute]string{connectors.Title: "Visitor"}, Shown: &shown}
		w.in.Marks = map[connectors.Ref]plan.Mark{ref(id): m}
		*p.User = m.On(shown)
	}
	return w
}

// TestUnusableAttribute: a value that cannot be used is that of one attribute; all else of
// the user is decided as ever.
func TestUnusableAttribute(t *testing.T) {
	const mailNote = "\nwarning attribute-unusable: source corp has email that cannot be used (has control characters) of 1 user (bob@example.com): what Writer has of it stays; correct it in the directory"
	note := strings.ReplaceAll(mailNote, "email", "title")
	visitors := func(w *world) *world { w.in.Policy.Profile = noVisitors{}; return w }
	gone := func(p *plan.Person) { p.User.Status = connectors.StatusDisabled }
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"what Writer has stays, and other attributes change", func(w *world) {
			w.live("bob", titled("Boss"), name("Bob B."), unusable(connectors.Title)).member("g-eng", "bob").hadIn("t1", "bob")
		}, `
~ update bob@example.com: displayName "Bob B."  [changed in corp]` + note},
		{"joins a team", func(w *world) {
			w.live("bob", unusable(connectors.Title)).member("g-eng", "bob")
		}, `
+ add bob@example.com to team Engineering  [is in group engineering]` + note},
		{"is new", func(w *world) { w.stated("bob", unusable(connectors.Title)).member("g-eng", "bob") }, `
+ create bob@example.com: displayName "BOB"  [is in group engineering]
+ add bob@example.com to team Engineering  [is in group engineering]` + note},
		{"leaves a team, and the scope", func(w *world) { w.live("bob", unusable(connectors.Title)).hadIn("t1", "bob") }, `
- remove bob@example.com from team Engineering  [is in no group that feeds the team]
out of scope: corp/bob since 09:00` + note},
		{"out of scope for an hour", func(w *world) { w.live("bob", unusable(connectors.Title), outFor(time.Hour)) }, `
- deactivate bob@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]` + note},
		{"is disabled", func(w *world) {
			w.live("bob", unusable(connectors.Title), gone).member("g-eng", "bob").hadIn("t1", "bob")
		}, `
- deactivate bob@example.com  [is disabled in corp]`},
		{"is not wanted, and not noted", func(w *world) { w.stated("bob", unusable(connectors.Title)) }, ``},

		{"an account keeps its e-mail", func(w *world) {
			w.live("bob", name("Bob B."), unusable(connectors.Email)).member("g-eng", "bob").hadIn("t1", "bob")
		}, `
~ update bob@example.com: displayName "BOB" to "Bob B."  [changed in corp]` + mailNote},
		{"a newcomer waits for an e-mail", func(w *world) { w.stated("bob", unusable(connectors.Email)).member("g-eng", "bob") }, `
held no-email: corp/bob has an e-mail that cannot be used (has control characters) in the directory, and Writer knows people by it. Give the person an e-mail in the directory.
  + create corp/bob: displayName "BOB"  [is in group engineering]` + strings.ReplaceAll(mailNote, "bob@example.com", "corp/bob")},

		{"an expression looks at it: a newcomer gets nothing", func(w *world) {
			visitors(w).stated("bob", unusable(connectors.Title)).member("g-eng", "bob")
		}, `
held expression-failed: an expression has no result for bob@example.com: people.exclude: user.title cannot be used. Correct the value in the directory.
  + create bob@example.com  [is in group engineering]` + note},
		{"an expression looks at it: an account stays, gets no team and leaves one", func(w *world) {
			visitors(w).group("g-ops", "ops")
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "ops", Team: "Ops"})
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Ops"})
			w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-ops"), Team: "t2", Rule: "ops => Ops"})
			w.live("bob", titled("Boss"), unusable(connectors.Title)).live("cid", titled("")).member("g-ops", "bob").member("g-eng", "cid").hadIn("t1", "bob", "cid")
		}, `
- remove bob@example.com from team Engineering  [is in no group that feeds the team]
held expression-failed: an expression has no result for bob@example.com: people.exclude: user.title cannot be used. Correct the value in the directory.
  ~ update bob@example.com  [is in group ops]` + note},
		{"an expression looks at it, and no group has the user", func(w *world) {
			visitors(w).live("bob", titled("Boss"), unusable(connectors.Title), outFor(time.Hour))
		}, `
- deactivate bob@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]` + note},
		{"what kept a user out is now unusable", func(w *world) {
			visitors(w).stated("bob", unusable(connectors.Title)).member("g-eng", "bob").visitor("bob")
		}, `
held expression-failed: an expression has no result for bob@example.com: people.exclude: user.title cannot be used. Correct the value in the directory.
  + create bob@example.com  [is in group engineering]` + note},
	}
	wantPlans(t, tests)
}

// TestUnusableOfSeveral: what one source has and cannot use is not taken from a source that
// counts less; one that counts more has the say.
func TestUnusableOfSeveral(t *testing.T) {
	for _, tt := range []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"the first", func(w *world) { w.live("ann", titled("Boss"), unusable(connectors.Title)).inHR("1", "ann") }, ""},
		{"the second", func(w *world) { w.live("ann", titled("Clerk")).inHR("1", "ann", unusable(connectors.Title)) }, ""},
		{"the second, and the first has none", func(w *world) {
			w.live("ann", titled("Boss")).inHR("1", "ann", unusable(connectors.Title))
		}, ""},
		{"none", func(w *world) { w.live("ann", titled("Boss")).inHR("1", "ann") }, `title "Boss" to "Clerk"`},
	} {
		w := newWorld(t)
		withHR(w)
		tt.world(w)
		w.joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		p, _ := plan.Diff(w.input())
		if got := p.String(); strings.Contains(got, "title") != (tt.want != "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: want %q:\n%s", tt.name, tt.want, p)
		}
	}
}

// TestUnusableKey: a newcomer whose value of what users are joined by cannot be used may have
// an account by another source, and gets none.
func TestUnusableKey(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	w.in.Policy.Join.By = connectors.EmployeeNumber
	w.stated("ann", unusable(connectors.EmployeeNumber)).member("g-eng", "ann")
	p, _ := plan.Diff(w.input())
	if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyUnusableRecord || !strings.Contains(p.Held[0].Text, "employeeNumber of ann@example.com, by which users are joined") {
		t.Errorf("want one hold:\n%s", p)
	}
}

// TestUnusableIsBounded: many users are a few names and a number.
func TestUnusableIsBounded(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "mail@example.com"} {
		w.live(id, unusable(connectors.Title)).member("g-eng", id).hadIn("t1", id)
	}
	_, warnings := plan.Diff(w.input())
	const want = "source corp has title that cannot be used (has control characters) of 8 users (a1@example.com, a2@example.com, a3@example.com, a4@example.com, a5@example.com, 3 more): what Writer has of it stays; correct it in the directory"
	if len(warnings) != 1 || warnings[0].Text != want {
		t.Errorf("warnings: %v", warnings)
	}
}
