package ldap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// Prove looks for the object of a claim and for its controls in one search, so
// that the same credential sees both at the same moment. The search has the base,
// scope and filter of the reading: a person whom an administrator moved out of it
// is as absent as a deleted one. A control counts only where the object stood.
func (c *Connector) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if claim.Kind == connectors.MembershipObject {
		return c.proveMembership(ctx, claim)
	}
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

// look returns the container of every entry that q finds with one of the IDs, by ID.
func look(ctx context.Context, conn *Conn, q Query, t *translator, ids []string) (map[string]string, error) {
	found := map[string]string{}
	err := lookUp{conn, t}.each(ctx, q, ids, func(id string, name Name, _ *goldap.Entry) { found[id] = name.Parent() })
	return found, err
}

// A lookUp asks for entries by their IDs. The translator knows the ID attribute.
type lookUp struct {
	conn *Conn
	t    *translator
}

// each calls fn with every entry that q finds with one of the IDs, with more attributes of
// them.
func (l lookUp) each(ctx context.Context, q Query, ids []string, fn func(string, Name, *goldap.Entry), more ...string) error {
	some, err := l.t.anyOf(ids)
	if err != nil {
		return err
	}
	q.Filter, q.Attributes = All(q.Filter, some), append(l.t.idAttributes(), more...)
	return l.conn.Search(ctx, q, func(e *goldap.Entry) error {
		id, err := l.t.id(e)
		if err != nil {
			return err
		}
		name, err := ParseName(e.DN)
		fn(id, name, e)
		return err
	})
}

// proveMembership asks the user's own entry, which the overlay memberof or a like plugin keeps.
func (c *Connector) proveMembership(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	users, err := c.queryFor(connectors.UserObject)
	if err != nil {
		return connectors.Undecided, err
	}
	groups, err := c.queryFor(connectors.GroupObject)
	if err != nil {
		return connectors.Undecided, err
	}
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return connectors.Undecided, err
	}
	defer conn.Close()
	t, names, own := newTranslator(c.config.Attributes), map[string]string{}, []string(nil)
	var partly error
	if err = c.findID(ctx, conn, t); err == nil {
		err = lookUp{conn, t}.each(ctx, groups, append([]string{claim.Group}, claim.Controls...), func(id string, name Name, _ *goldap.Entry) { names[id] = name.String() })
	}
	if err == nil {
		err = lookUp{conn, t}.each(ctx, users, []string{claim.ID}, func(_ string, _ Name, e *goldap.Entry) { own, partly = groupsOf(e) }, attrMemberOf)
	}
	if err = cmp.Or(err, partly); err != nil {
		return connectors.Undecided, fmt.Errorf("prove that a membership is gone: %w", err)
	}
	var listed []string
	for _, id := range claim.Controls {
		listed = append(listed, names[id])
	}
	return Witness(own, names[claim.Group], listed), nil
}

// groupsOf returns the names of the groups that a user's entry lists, as they are compared.
func groupsOf(e *goldap.Entry) ([]string, error) {
	dns, err := wholeValues(e, attrMemberOf)
	out := make([]string, len(dns))
	for i, dn := range dns {
		name, odd := ParseName(dn)
		out[i], err = name.String(), cmp.Or(err, odd)
	}
	return out, err
}

// Witness decides whether a user is in a group by the groups that the user's own entry names,
// and by those that list the user. A plugin that keeps such entries knows nothing of the time
// before it was there: an entry that lacks a group that lists the user is not believed.
//
//	the entry names                                     presence
//	--------------------------------------------------  ---------
//	the group                                           present
//	each group that lists the user, of which there are  absent
//	anything else; or the group is not found            undecided
func Witness(own []string, group string, listed []string) connectors.Presence {
	switch {
	case group == "":
		return connectors.Undecided
	case slices.Contains(own, group):
		return connectors.Present
	case len(listed) == 0 || slices.ContainsFunc(listed, func(g string) bool { return g == "" || !slices.Contains(own, g) }):
		return connectors.Undecided
	}
	return connectors.Absent
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
