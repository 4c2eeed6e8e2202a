package ad

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// Prove looks for the object of a claim and for its controls in one search, so that
// the same credential sees both at the same moment and on the same domain controller.
// The search has the base, scope and filter of the reading: a person whom an
// administrator moved out of it is as absent as a deleted one. Whom it does not find is
// then looked for by the ID alone, because no filter finds who may not be read.
func (c *Connector) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	kinds := []connectors.ObjectKind{connectors.UserObject, connectors.GroupObject, connectors.MembershipObject}
	if !slices.Contains(kinds, claim.Kind) {
		return connectors.Undecided, rejected("prove a claim", fmt.Errorf("objects of kind %q are not read from this source", claim.Kind), "")
	}
	id, err := parseGUID(claim.ID)
	if err != nil {
		return connectors.Undecided, rejected("prove a claim", err, "The ID is none of this source's.")
	}
	conn, h, err := c.dial(ctx)
	if err != nil {
		return connectors.Undecided, err
	}
	defer conn.Close()
	q, groups := c.queries(h)
	if claim.Kind == connectors.GroupObject {
		q = groups
	}
	ids := []guid{id}
	for _, control := range claim.Controls {
		if g, err := parseGUID(control); err == nil { // what is no GUID is not found
			ids = append(ids, g)
		}
	}
	if claim.Kind == connectors.MembershipObject {
		presence, err := asking{conn, h, q, groups}.whether(ctx, id, claim.Group, claim.Controls)
		if err != nil {
			return connectors.Undecided, fmt.Errorf("prove that a membership is gone: %w", err)
		}
		return presence, nil
	}
	found, err := look(ctx, conn, q, ids)
	if err != nil {
		return connectors.Undecided, fmt.Errorf("prove that a %s is gone: %w", claim.Kind, err)
	}
	if presence := ldap.Verify(claim, found); presence != connectors.Absent {
		return presence, nil
	}
	if err := hidden(ctx, conn, id); err != nil {
		return connectors.Undecided, fmt.Errorf("prove that a %s is gone: %w", claim.Kind, err)
	}
	return connectors.Absent, nil
}

// An asking is what it takes to ask users' own entries.
type asking struct {
	conn          *ldap.Conn
	home          home
	users, groups ldap.Query
}

// whether asks a user's own entry whether the user is in a group. The primary group of a user is
// not in memberOf. The domain controller keeps that list itself: where no group lists the user,
// any other group that it names vouches for it.
func (a asking) whether(ctx context.Context, user guid, groupID string, listed []string) (connectors.Presence, error) {
	group, err := parseGUID(groupID)
	if err != nil {
		return connectors.Undecided, err
	}
	seen, rid := "", uint32(0)
	a.groups.Attributes = []string{attrID}
	err = lookUp(ctx, a.conn, a.groups, []guid{group}, func(e *goldap.Entry) error {
		r, _, err := identify(e)
		seen, rid = group.String(), r.ridIn(a.home.sid)
		return err
	})
	if err != nil {
		return connectors.Undecided, err
	}
	var own []string
	a.users.Attributes = []string{attrID, attrOf, attrPrimary}
	err = lookUp(ctx, a.conn, a.users, []guid{user}, func(e *goldap.Entry) error {
		var err error
		if own, err = groupsOf(e); rid != 0 && parseRID(one(e, attrPrimary)) == rid {
			own = append(own, seen)
		}
		return err
	})
	if len(listed) == 0 {
		listed = own
	}
	return ldap.Witness(own, seen, listed), err
}

// groupsOf returns the IDs of the groups that a user's entry lists. A list that comes in parts
// is an error.
func groupsOf(e *goldap.Entry) ([]string, error) {
	for _, a := range e.Attributes {
		if len(a.Name) > len(attrOf) && strings.EqualFold(a.Name[:len(attrOf)+1], attrOf+";") {
			return nil, corrupt("read the groups of a user", errors.New("the list comes in parts"), "")
		}
	}
	var out []string
	for _, text := range ldap.Values(e, attrOf) {
		r, err := parseReference(text)
		if err != nil {
			return nil, err
		}
		out = append(out, r.id.String())
	}
	return out, nil
}

// hidden returns an error if the object is there and shows nothing of itself. That of an
// administrator inherits no rights from its unit (MS-ADTS section 3.1.1.6.1). One that
// shows itself has left what is read.
func hidden(ctx context.Context, conn *ldap.Conn, id guid) error {
	const class = "objectClass"
	e, err := conn.Entry(ctx, id.name(), []string{class})
	switch {
	case connectors.ClassOf(err) == connectors.NotFound && !errors.Is(err, ldap.ErrNotShown):
		return nil
	case err == nil && len(ldap.Values(e, class)) > 0:
		return nil
	case err == nil || errors.Is(err, ldap.ErrNotShown):
		return rejected("look for "+id.String(), errors.New("its entry is there and shows nothing of itself"),
			"Let the account read it. That of an administrator inherits no rights from its unit: it has those of the object AdminSDHolder.")
	}
	return err
}

// look returns the container of every one of the objects that q finds, by ID.
func look(ctx context.Context, conn *ldap.Conn, q ldap.Query, ids []guid) (map[string]string, error) {
	found := map[string]string{}
	q.Attributes = []string{attrID}
	err := lookUp(ctx, conn, q, ids, func(e *goldap.Entry) error {
		r, name, err := identify(e)
		if err == nil {
			found[r.id.String()] = name.Parent()
		}
		return err
	})
	return found, err
}
