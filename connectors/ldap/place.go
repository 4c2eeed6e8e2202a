package ldap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"writersync/connectors"
)

// A place is where in its history a directory was read: what a cursor holds. A server
// that can be followed (RFC 4533) has a cookie for each branch; of any other, only the
// time is known.
type place struct {
	Users  []byte `json:"users,omitempty"`  // cookies
	Groups []byte `json:"groups,omitempty"` // nil without groups
	Since  string `json:"since,omitempty"`  // the latest modifyTimestamp, less an overlap
}

// follows reports whether the place is one of a server that can be followed.
func (p place) follows() bool { return len(p.Users) > 0 }

// cookie returns where the place has the cookie of a branch.
func (p *place) cookie(kind connectors.ObjectKind) *[]byte {
	if kind == connectors.GroupObject {
		return &p.Groups
	}
	return &p.Users
}

func (p place) cursor() (connectors.Cursor, error) {
	if p.Since == "" && !p.follows() {
		return "", nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return connectors.Cursor(text), nil
}

func readPlace(since connectors.Cursor) (place, error) {
	var p place
	if err := json.Unmarshal([]byte(since), &p); err != nil || (p.Since == "" && !p.follows()) {
		return place{}, fmt.Errorf("the cursor is none of this kind of source: %w", connectors.ErrCursorLost)
	}
	if p.Since != "" && !generalizedTime(p.Since) {
		return place{}, fmt.Errorf("the cursor holds no time: %w", connectors.ErrCursorLost)
	}
	return p, nil
}

// reached is connectors.ErrCursorLost for a time that is still to come: the clock was ahead
// when the place was noted, and is right now. What was passed over then is not known.
func (p place) reached(now time.Time) error {
	if p.Since > now.UTC().Format(stampForm) {
		return fmt.Errorf("the clock was set back: %w", connectors.ErrCursorLost)
	}
	return nil
}

// nobody is a filter that no entry passes: a refresh with it brings the cookie of now
// and nothing else.
const nobody = "(entryUUID=00000000-0000-0000-0000-000000000000)"

// here returns the place of now. Where the server gives no cookies, and would give none
// the next time either, the error is lasting: then its changes are found by timestamps.
func (c *Connector) here(ctx context.Context, conn *Conn) (place, error) {
	if err := conn.syncs(ctx); err != nil {
		return place{}, err
	}
	var p place
	for _, branch := range c.branches() {
		q := branch.query
		q.Filter, q.Attributes = Filter{nobody}, []string{noAttributes}
		const op = "learn how far the changes have come"
		r, err := conn.Refresh(ctx, q, nil)
		switch {
		case errors.Is(err, connectors.ErrCursorLost) && !lasting(err): // it ran out of time
			return place{}, &connectors.Error{
				Class: connectors.Transient, Op: op, Err: err,
				Hint: "Index entryUUID on the server, raise its time limit for the bind DN, or write watch: false for this source.",
			}
		case err != nil:
			return place{}, err
		case len(r.Cookie) == 0:
			return place{}, rejected(op, errors.New("the server gives no cookie to go on from"), "")
		}
		*p.cookie(branch.kind) = r.Cookie
	}
	return p, nil
}

// beginning returns the place at which a whole reading begins, without cookies where its
// cursor can only be a time. There is no cursor where nobody will follow the changes, and
// where the server is busy: the reading goes on, since it is as whole without one, and the
// next ring leads to another whole reading. A time would not do then, since the server may
// well tell the watch of deletions, and a time does not show whose.
func (c *Connector) beginning(ctx context.Context, conn *Conn) (at place, wantsCursor bool, err error) {
	if !c.watched {
		return place{}, false, nil
	}
	at, err = c.here(ctx, conn)
	switch {
	case err == nil, lasting(err):
		return at, true, nil
	case connectors.ClassOf(err) != connectors.Transient, conn.wire.broken() != nil:
		return place{}, false, err
	}
	c.log.DebugContext(ctx, "the reading has no cursor", "error", err)
	return place{}, false, nil
}

// lasting reports whether an error is a refusal that the server would repeat: it has not
// what it was asked for, or does not show it. A server that is busy, or does not answer,
// may have it.
func lasting(err error) bool {
	switch connectors.ClassOf(err) {
	case connectors.NotFound, connectors.Denied, connectors.Rejected:
		return true
	}
	return false
}
