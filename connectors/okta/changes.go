package okta

import (
	"context"
	"fmt"
	"strings"
	"time"

	"writersync/connectors"
)

// How changes are asked for.
const (
	// overlap is how far before the cursor changes are asked for: Okta's servers may
	// not all have known of one at once.
	overlap = 5 * time.Minute
	// maxSince is the oldest cursor that is taken. The System Log goes back further.
	maxSince = 7 * 24 * time.Hour
	// cursorForm begins every cursor.
	cursorForm = "okta1 "
)

// cursorAt is the place in history of a moment on the server's clock. A server that
// tells no time has none.
func cursorAt(t time.Time) connectors.Cursor {
	if t.IsZero() {
		return ""
	}
	return connectors.Cursor(cursorForm + t.UTC().Format(time.RFC3339))
}

// since returns the moment from which on changes are asked for.
func since(c connectors.Cursor, now time.Time) (time.Time, error) {
	text, ok := strings.CutPrefix(string(c), cursorForm)
	at, err := time.Parse(time.RFC3339, text)
	if !ok || err != nil || now.IsZero() || at.After(now.Add(overlap)) || now.Sub(at) > maxSince {
		return time.Time{}, connectors.ErrCursorLost
	}
	return at.Add(-overlap), nil
}

// Changes states the people and groups that Okta dates as changed since the cursor,
// each whole, and who is gone for good by the System Log and by a look; and that the
// group Everyone is still seen, without which "nothing changed" says nothing. It needs the
// memory of a whole reading, which knows whom Okta counts in groups: without it, the cursor
// is lost.
func (c *Connector) Changes(ctx context.Context, cursor connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	m := c.remembered()
	if m == nil {
		return connectors.Delta{}, fmt.Errorf("read changes: %w", connectors.ErrCursorLost)
	}
	s := c.newSweep(r)
	s.left = m.left.copied()
	var err error
	if s.org, s.began, err = s.organization(ctx); err != nil {
		return connectors.Delta{}, err
	}
	s.cursor = s.began
	from, err := since(cursor, s.began)
	if err != nil {
		return connectors.Delta{}, fmt.Errorf("read changes: %w", err)
	}
	if err = s.changed(ctx, from.UTC().Format(stamp)); err != nil {
		return connectors.Delta{}, err
	}
	// Looked for last, so that all of the above was asked for with the same rights: without
	// them its lists are empty, and what is there is not found.
	if _, err = s.everybody(ctx); err != nil {
		return connectors.Delta{}, err
	}
	delta, err := r.Delta(cursorAt(s.cursor))
	if err == nil {
		next := s.memory()
		next.groups, next.unknown = s.merged(), m.unknown
		c.remember(next)
	}
	return delta, err
}

// stamp is how Okta writes times.
const stamp = "2006-01-02T15:04:05.000Z"

// changed states what changed from a moment on.
func (s *sweep) changed(ctx context.Context, from string) error {
	stated := map[string]struct{}{}
	a, err := each(ctx, s.way.client, "list people who changed", at(pathUsers, "filter", `lastUpdated gt "`+from+`"`, "limit", s.peoplePage()), func(u oktaUser) error {
		stated[u.Id] = struct{}{}
		return s.person(u)
	})
	if err != nil {
		return err
	}
	s.saw(a)
	groups, err := s.changedGroups(ctx, from)
	if err != nil {
		return err
	}
	for _, g := range groups {
		stated[g.Id] = struct{}{}
		if err = s.group(ctx, g); err != nil {
			return err
		}
	}
	if !s.looksAtLog() {
		return nil // the System Log may be closed to the credential: a whole reading finds who is gone
	}
	return s.deleted(ctx, from, stated)
}

// changedGroups lists the groups that changed, or whose members did.
func (s *sweep) changedGroups(ctx context.Context, from string) ([]oktaGroup, error) {
	filter := `lastUpdated gt "` + from + `" or lastMembershipUpdated gt "` + from + `"`
	if f := s.config.Groups.Filter; f != "" {
		filter = "(" + f + ") and (" + filter + ")"
	}
	var out []oktaGroup
	a, err := s.way.eachGroup(ctx, "list groups that changed", at(pathGroups, "filter", filter, "expand", "stats", "limit", s.groupsPage()), func(g oktaGroup) error {
		if s.selected(g) {
			out = append(out, g)
		}
		return nil
	})
	s.saw(a)
	s.now = a.date
	return out, err
}

// The events that say that an object is gone for good.
func deletions() map[string]connectors.ObjectKind {
	return map[string]connectors.ObjectKind{
		"user.lifecycle.delete.initiated": connectors.UserObject, "user.lifecycle.delete.completed": connectors.UserObject,
		"group.lifecycle.delete": connectors.GroupObject,
	}
}

// deleted states what the System Log says was deleted, if it is not there any more. Of
// what is still there nothing is said: a whole reading will tell.
func (s *sweep) deleted(ctx context.Context, from string, stated map[string]struct{}) error {
	kinds := deletions()
	type object struct {
		kind connectors.ObjectKind
		id   string
	}
	gone := map[object]struct{}{}
	_, err := s.events(ctx, logQuery(from, names(kinds)), func(e oktaEvent) error {
		kind, ok := kinds[e.EventType]
		for _, target := range e.Target {
			if ok && target != nil && strings.EqualFold(target.Type, targetOf(kind)) && target.Id != "" {
				gone[object{kind, target.Id}] = struct{}{}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for o := range gone {
		if _, alive := stated[o.id]; alive {
			continue
		}
		if err := s.gone(ctx, o.kind, o.id); err != nil {
			return err
		}
	}
	return nil
}

// gone states an object that is not found by its ID.
func (s *sweep) gone(ctx context.Context, kind connectors.ObjectKind, id string) error {
	there, err := s.exists(ctx, kind, id)
	if err != nil || there {
		return err
	}
	if kind == connectors.GroupObject {
		s.deletedGroups[id] = struct{}{}
	}
	return s.reading.Gone(kind, id)
}

// targetOf is what the System Log calls a kind of object.
func targetOf(kind connectors.ObjectKind) string {
	if kind == connectors.GroupObject {
		return "UserGroup"
	}
	return "User"
}
