package ldap

import (
	"context"
	"errors"
	"fmt"
	"maps"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// Prove looks for the object of a claim and for its controls in one search, so
// that the same credential sees both at the same moment. The search has the base,
// scope and filter of the reading: a person whom an administrator moved out of it
// is as absent as a deleted one. A control counts only where the object stood.
func (c *Connector) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	q, err := c.queryFor(claim.Kind)
	if err != nil {
		return connectors.Undecided, err
	}
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return connectors.Undecided, err
	}
	defer conn.Close()
	t := newTranslator(c.config.Attributes)
	var found map[string]string
	if err = c.findID(ctx, conn, t); err == nil {
		found, err = look(ctx, conn, q, t, append([]string{claim.ID}, claim.Controls...))
	}
	if err != nil {
		return connectors.Undecided, fmt.Errorf("prove that a %s is gone: %w", claim.Kind, err)
	}
	return Verify(claim, found), nil
}

// look returns the container of every entry that q finds with one of the IDs, by ID. The
// translator knows the ID attribute.
func look(ctx context.Context, conn *Conn, q Query, t *translator, ids []string) (map[string]string, error) {
	some, err := t.anyOf(ids)
	if err != nil {
		return nil, err
	}
	q.Filter, q.Attributes = All(q.Filter, some), t.idAttributes()
	found := map[string]string{}
	err = conn.Search(ctx, q, func(e *goldap.Entry) error {
		id, err := t.id(e)
		if err != nil {
			return err
		}
		name, err := ParseName(e.DN)
		found[id] = name.Parent()
		return err
	})
	return found, err
}

// findID learns the ID attribute, unless the configuration names it, from any one
// person.
func (c *Connector) findID(ctx context.Context, conn *Conn, t *translator) error {
	if t.idName != "" {
		return nil
	}
	q := c.users
	q.Attributes = t.idAttributes()
	n, err := conn.First(ctx, q, 1, func(e *goldap.Entry) error {
		_, err := t.id(e)
		return err
	})
	switch {
	case err != nil:
		return err
	case n == 0:
		return rejected("search below "+q.Base, errors.New("not one person was found"),
			"Check users.base and users.filter, and that the bind DN may read the entries.")
	}
	return c.sameID(t.idName)
}

// Verify decides a claim by the containers of the objects that were found, by ID:
//
//	object found                                        present
//	not found, every control found in its container     absent
//	not found, no control, or one missing or elsewhere  undecided
func Verify(claim connectors.Claim, found map[string]string) connectors.Presence {
	if _, there := found[claim.ID]; there {
		return connectors.Present
	}
	seen, others := 0, maps.Clone(found)
	for _, id := range claim.Controls {
		container, ok := others[id]
		delete(others, id) // so that a control named twice is not found twice
		if ok && container == claim.Container {
			seen++
		}
	}
	switch {
	case len(others) > 0:
		// Neither asked for nor a control: the server spells the object's ID otherwise.
		return connectors.Present
	case seen > 0 && seen == len(claim.Controls):
		return connectors.Absent
	}
	return connectors.Undecided
}
