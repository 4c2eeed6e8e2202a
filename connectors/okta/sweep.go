package okta

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"writersync/connectors"
)

// maxPeoplePage is the most people that Okta gives in one page.
const maxPeoplePage = 200

// A sweep is one reading under way.
type sweep struct {
	*Connector
	reading    *connectors.Reading
	translator *translator
	present    *crowd
	left       *crowd // those of them who have left

	org            string
	began          time.Time // on the server's clock
	cursor         time.Time // the earliest time that any machine of the server told
	now            time.Time // on the server's clock, at the last listing of groups
	live, departed int
	before, after  int    // people that the group of everybody counts
	everyone       string // the ID of that group

	was      *crowd // who had left in the reading before
	back     bool   // somebody of them has not
	recent   int    // people who came just before, or meanwhile
	counting counting
	first    bool // nothing is remembered

	last          map[string]kept // of the reading before
	groups        map[string]kept
	deletedGroups map[string]struct{} // groups that were stated to be gone
	listed        int                 // groups of which the members were asked for
}

func (c *Connector) newSweep(r *connectors.Reading) *sweep {
	s := &sweep{
		Connector: c, reading: r, translator: newTranslator(&c.config), present: &crowd{}, left: &crowd{},
		was: &crowd{}, first: true, last: map[string]kept{}, groups: map[string]kept{}, deletedGroups: map[string]struct{}{},
	}
	if m := c.remembered(); m != nil {
		s.last, s.was, s.back, s.counting, s.first = m.groups, m.left, m.back, m.counting, false
	}
	return s
}

func (s *sweep) memory() *memory {
	return &memory{
		org: s.org, left: s.left, back: s.back, groups: s.groups, unknown: s.translator.unknown, counting: s.counting,
	}
}

// saw takes in the time of an answer. The machines behind one address may not agree: a
// cursor is of the one that is the furthest behind.
func (s *sweep) saw(a answer) { s.cursor = earliest(s.cursor, a.date) }

// whole reads all there is: people, then groups, then members.
func (s *sweep) whole(ctx context.Context) error {
	var err error
	if s.org, s.began, err = s.organization(ctx); err != nil {
		return err
	}
	s.cursor = s.began
	if s.before, err = s.everybody(ctx); err != nil {
		return err
	}
	if err = s.listPeople(ctx); err != nil {
		return err
	}
	groups, err := s.listGroups(ctx)
	if err != nil {
		return err
	}
	if err = s.plausible(ctx); err != nil {
		return err
	}
	for _, g := range groups {
		if err = s.group(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (s *sweep) peoplePage() string { return strconv.Itoa(min(s.config.PageSize, maxPeoplePage)) }

const opPeople = "list people"

// listPeople states everybody: first those whom Okta lists, then those who have left, whom
// it lists only if they are asked for. Somebody who leaves meanwhile is in both; what
// was said first stands until the next reading. Somebody who comes back meanwhile may be
// in neither, and is among those who changed.
func (s *sweep) listPeople(ctx context.Context) error {
	const op = opPeople
	a, err := each(ctx, s.way.client, op, at(pathUsers, "limit", s.peoplePage()), func(u oktaUser) error {
		s.live++
		return s.person(u)
	})
	s.saw(a)
	switch {
	case err != nil:
		return err
	case s.live == 0:
		return &connectors.Error{
			Class: connectors.Denied, Op: op, Err: errors.New("nobody is listed"),
			Hint: "An administrator or a service app without a role gets empty lists: give it the role Read-Only Administrator.",
		}
	}
	if err = s.listMore(ctx, "list people who have left", `status eq "`+statusGone+`"`); err != nil || s.began.IsZero() {
		return err
	}
	return s.listMore(ctx, "list people who changed meanwhile", `lastUpdated gt "`+s.cursor.Add(-grace).UTC().Format(stamp)+`"`)
}

// grace is how long before a reading somebody may be said to have changed in it, as
// Okta's clocks are not one.
const grace = time.Minute

// listMore states people who were not stated yet.
func (s *sweep) listMore(ctx context.Context, op, filter string) error {
	a, err := each(ctx, s.way.client, op, at(pathUsers, "filter", filter, "limit", s.peoplePage()), func(u oktaUser) error {
		switch {
		case u.Id != "" && s.present.has(s.people.number(u.Id)):
			return nil
		case u.Status == statusGone:
			s.departed++
		default:
			s.live++
		}
		return s.person(u)
	})
	s.saw(a)
	return err
}

func (s *sweep) person(u oktaUser) error {
	if u.Id != "" {
		n := s.people.number(u.Id)
		s.present.add(n)
		if s.left.remove(n); u.Status == statusGone {
			s.left.add(n)
		} else {
			s.back = s.back || s.was.has(n)
		}
		s.recent += s.isRecent(u)
	}
	return s.reading.User(s.translator.user(u))
}

// merged returns the groups of the last reading with those of this one in their place,
// and without those that are gone.
func (s *sweep) merged() map[string]kept {
	out := maps.Clone(s.last)
	maps.Copy(out, s.groups)
	for id := range s.deletedGroups {
		delete(out, id)
	}
	return out
}
