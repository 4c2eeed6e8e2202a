package ldap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

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
// when the place was noted, and what it passed over then is not known.
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
	if err := conn.follows(ctx); err != nil {
		return place{}, err
	}
	var p place
	for _, branch := range c.branches() {
		q := branch.query
		q.Filter, q.Attributes = Filter{nobody}, []string{noAttributes}
		r, err := conn.Refresh(ctx, q, nil)
		if errors.Is(err, connectors.ErrCursorLost) && !lasting(err) {
			err = &connectors.Error{
				Class: connectors.Transient, Op: "learn how far the directory's changes have come", Err: err,
				Hint: "Index entryUUID on the server, raise its time limit for the bind DN, or write watch: false for this source.",
			}
		}
		if err != nil {
			return place{}, err
		}
		*p.cookie(branch.kind) = r.Cookie
	}
	return p, nil
}

// lasting reports whether an error is a refusal that the server would repeat: it does not
// have what it was asked for, or does not show it. One that is busy says nothing of what
// it has.
func lasting(err error) bool {
	switch connectors.ClassOf(err) {
	case connectors.NotFound, connectors.Denied, connectors.Rejected:
		return true
	}
	return false
}

// A branch is one of the parts of the tree that are read.
type branch struct {
	kind  connectors.ObjectKind
	query Query
}

// branches returns the groups, where they are read, and the people: who follows what
// changed takes the groups first, so that whoever joined one is known by then.
func (c *Connector) branches() []branch {
	var out []branch
	if c.groups.Base != "" {
		out = append(out, branch{connectors.GroupObject, c.groups})
	}
	return append(out, branch{connectors.UserObject, c.users})
}

// follows returns nil if the server says that it is an OpenLDAP which can say what
// changed. The cookies of others belong to one search, and that of now cannot be had
// without all entries. One that hides from this credential what it is, is taken for one
// of those: the error is lasting.
func (c *Conn) follows(ctx context.Context) error {
	root, err := c.Entry(ctx, "", []string{"objectClass", "supportedControl"})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(values(root, "objectClass"), func(v string) bool { return strings.EqualFold(v, "OpenLDAProotDSE") }) &&
		slices.Contains(values(root, "supportedControl"), goldap.ControlTypeSyncRequest) {
		return nil
	}
	return rejected("read what the server says about itself", errors.New("it is no OpenLDAP with the overlay syncprov"), "")
}

// stampForm is how servers write modifyTimestamp (RFC 4517 section 3.3.13), as far as
// it is compared: fractions and other zones are taken for what comes before them.
const stampForm = "20060102150405Z"

// stampOverlap is how much earlier than the latest change that was seen the next look
// begins: an entry can be stamped before another and be shown after it.
const stampOverlap = 2 * time.Minute

func generalizedTime(s string) bool {
	_, err := time.Parse(stampForm, s)
	return err == nil
}

// stamps notes the latest modifyTimestamp that was seen, of those that do not lie ahead of
// this machine's clock: a look that began where one lies that does would see nothing
// until that time. The stamps themselves are what is gone on from, and the clock does no
// more than sort out what cannot be: where clocks differ, a look begins earlier than it
// need, and what it finds is told once more.
type stamps struct {
	now    time.Time // when the look began
	latest time.Time
	ahead  bool // there are some that lie ahead
}

func (s *stamps) note(e *goldap.Entry) {
	text := first(values(e, attrModified))
	if len(text) < len(stampForm)-1 {
		return
	}
	at, err := time.Parse(stampForm, text[:len(stampForm)-1]+"Z")
	switch {
	case err != nil:
	case at.After(s.now):
		s.ahead = true
	case at.After(s.latest):
		s.latest = at
	}
}

// orNow is for stamps of all entries: where every one lies ahead, it takes now for the
// latest.
func (s stamps) orNow() stamps {
	if s.latest.IsZero() && s.ahead {
		s.latest = s.now
	}
	return s
}

// since returns the latest stamp less an overlap and what the look took; "" where no entry
// had one.
func (s stamps) since(overlap, took time.Duration) string {
	if s.latest.IsZero() {
		return ""
	}
	return s.latest.Add(-overlap - took).UTC().Format(stampForm)
}
