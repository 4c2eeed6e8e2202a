package ldap_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

// A board is a directory that shows stamps, and does not tell of changes.
type board struct {
	*responder

	mu             sync.Mutex
	people, groups []entry
}

const readerDN = "cn=reader,dc=example,dc=com"

func newBoard(t *testing.T, people, groups []entry) *board {
	b := &board{people: people, groups: groups}
	b.responder = respond(t, func(s search) answer {
		b.mu.Lock()
		defer b.mu.Unlock()
		if s.base == groupsBase {
			return answer{entries: since(s.filter, b.groups)}
		}
		return answer{entries: since(s.filter, b.people)}
	})
	return b
}

func (b *board) config() *ldap.Config {
	c := plainConfig(b.url)
	c.Groups.Base = groupsBase
	return c
}

// set gives an entry values; it comes last from then on, as servers please.
func (b *board) set(list *[]entry, i int, attributes map[string][]string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := (*list)[i]
	e.attributes = maps.Clone(e.attributes)
	maps.Copy(e.attributes, attributes)
	*list = append(slices.Delete(slices.Clone(*list), i, i+1), e)
}

func (b *board) searches() int {
	b.responder.mu.Lock()
	defer b.responder.mu.Unlock()
	n := 0
	for _, what := range b.requests {
		if what == "search" {
			n++
		}
	}
	return n
}

func stamp(at time.Time) []string { return []string{at.UTC().Format(stampForm)} }

// at returns an entry as it was changed at a time, without an entryCSN if that is empty.
func at(e entry, when time.Time, csn string) entry {
	e.attributes[modified] = stamp(when)
	if csn != "" {
		e.attributes["entryCSN"] = []string{csn}
	}
	return e
}

// TestLookout: what changes is heard once, in the second of the latest change too, and
// whatever lies ahead.
func TestLookout(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	latest, ahead := now.Add(-time.Minute), now.AddDate(1, 0, 0)
	tests := []struct {
		name   string
		csn    bool
		ahead  time.Time // stamp of person 1
		change func(*board)
		news   bool
	}{
		{name: "nothing", csn: true, change: func(*board) {}},
		{name: "nothing, without entryCSN", change: func(*board) {}},
		{name: "a later change", csn: true, news: true, change: func(b *board) {
			b.set(&b.people, 0, map[string][]string{modified: stamp(now), "entryCSN": {"2"}})
		}},
		{name: "once more in that second", csn: true, news: true, change: func(b *board) {
			b.set(&b.people, 2, map[string][]string{"entryCSN": {"2"}})
		}},
		{name: "another one in that second", csn: true, news: true, change: func(b *board) {
			b.set(&b.people, 0, map[string][]string{modified: stamp(latest), "entryCSN": {"2"}})
		}},
		{name: "once more, without entryCSN", news: true, change: func(b *board) {
			b.set(&b.people, 2, map[string][]string{"title": {"Writer"}})
		}},
		{name: "a member once more, without entryCSN", news: true, change: func(b *board) {
			b.set(&b.groups, 0, map[string][]string{"member": {person(0).dn, person(1).dn, person(2).dn}})
		}},
		{name: "members in another order", change: func(b *board) {
			b.set(&b.groups, 0, map[string][]string{"member": {person(1).dn, person(0).dn}})
		}},
		{name: "writersync's own entry", csn: true, change: func(b *board) {
			b.set(&b.people, 3, map[string][]string{modified: stamp(now), "entryCSN": {"2"}})
		}},
		{name: "nothing, and one ahead", csn: true, ahead: ahead, change: func(*board) {}},
		{name: "a change, and one ahead", csn: true, ahead: ahead, news: true, change: func(b *board) {
			b.set(&b.people, 0, map[string][]string{modified: stamp(now), "entryCSN": {"2"}})
		}},
		{name: "a change of the one ahead", csn: true, ahead: ahead, news: true, change: func(b *board) {
			b.set(&b.people, 1, map[string][]string{modified: stamp(now), "entryCSN": {"2"}})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			csn := map[bool]string{true: "1"}[tt.csn]
			second := latest.Add(-time.Hour)
			if !tt.ahead.IsZero() {
				second = tt.ahead
			}
			own := at(person(3), latest.Add(-time.Hour), csn)
			own.dn = readerDN
			team := team(map[string][]string{"member": {person(0).dn, person(1).dn}})
			b := newBoard(t, []entry{at(person(0), latest.Add(-time.Hour), csn), at(person(1), second, csn), at(person(2), latest, csn), own},
				[]entry{at(team[0], latest, csn)})
			c, _ := open(t, b.config())
			look := c.Lookout()
			heard := func(when string, want bool) {
				t.Helper()
				news, err := look(t.Context(), now)
				if err != nil {
					t.Fatal(err)
				}
				if news != want {
					t.Errorf("%s, news: %t, want %t", when, news, want)
				}
			}
			heard("at first", false)
			heard("before", false)
			tt.change(b)
			heard("after", tt.news)
			made := b.searches()
			heard("later", false)
			if n := b.searches() - made; n != 2 {
				t.Errorf("a look at nothing new is %d searches, want 2", n)
			}
		})
	}
}

// TestLookoutOfAnotherClock: with every stamp ahead of this machine's clock, changes are
// heard; once that clock was set back, so is whatever was missed meanwhile.
func TestLookoutOfAnotherClock(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	b := newBoard(t, []entry{at(person(0), now.AddDate(1, 0, 0), "1"), at(person(1), now.AddDate(1, 0, 0), "1")}, nil)
	c, _ := open(t, b.config())
	look := c.Lookout()
	for i, step := range []struct {
		now    time.Time
		change bool
		news   bool
	}{
		{now, false, false},
		{now.Add(time.Minute), false, false},
		{now.Add(time.Minute), true, true},
		{now.Add(-time.Hour), false, true},
		{now.Add(-time.Hour), false, false},
	} {
		if step.change {
			b.set(&b.people, 0, map[string][]string{modified: stamp(now.AddDate(1, 0, 1)), "entryCSN": {"2"}})
		}
		if news, err := look(t.Context(), step.now); err != nil || news != step.news {
			t.Errorf("look %d, news: %t, want %t, error %v", i, news, step.news, err)
		}
	}
}

// TestChangesBeforeAStampAhead: a stamp that lies ahead hides no change that has a sane
// one, nor does it when all lie ahead.
func TestChangesBeforeAStampAhead(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	ahead := now.AddDate(1, 0, 0)
	for name, others := range map[string]time.Time{"one": now.AddDate(0, 0, -1), "all": ahead} {
		t.Run(name, func(t *testing.T) {
			b := newBoard(t, []entry{at(person(0), others, ""), at(person(1), others, ""), at(person(2), ahead, "")}, nil)
			c, _ := open(t, b.config())
			_, complete := connectortest.MustRead(t, c)
			next := complete.Evidence().Cursor
			if next == "" {
				t.Fatal("the reading has no cursor")
			}
			for round, title := range []string{"Writer", "Editor", "Writer"} {
				b.set(&b.people, 0, map[string][]string{modified: stamp(now.Add(time.Duration(round) * time.Second)), "title": {title}})
				told, then := connectortest.MustChange(t, c, next)
				if !slices.ContainsFunc(told.Users, func(u connectors.User) bool { return u.Attributes[connectors.Title] == title }) {
					t.Errorf("round %d: the change is not told: %d records", round, len(told.Users))
				}
				next = then.Next()
			}
		})
	}
}
