package ad

import (
	"context"
	"errors"
	"fmt"

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
	if claim.Kind != connectors.UserObject && claim.Kind != connectors.GroupObject {
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
