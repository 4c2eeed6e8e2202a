package okta

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"writersync/connectors"
)

// Prove asks for the object of a claim and for its controls by their IDs, one request
// each. Somebody who has left is present: Okta still knows them. Only "not found" is
// absence; a refusal is an error.
func (c *Connector) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if _, _, err := c.organization(ctx); err != nil {
		return connectors.Undecided, err
	}
	there, err := c.exists(ctx, claim.Kind, claim.ID)
	switch {
	case err != nil:
		return connectors.Undecided, err
	case there:
		return connectors.Present, nil
	}
	for _, id := range claim.Controls {
		if there, err = c.exists(ctx, claim.Kind, id); err != nil || !there {
			return connectors.Undecided, err
		}
	}
	if len(claim.Controls) == 0 {
		return connectors.Undecided, nil
	}
	return connectors.Absent, nil
}

// exists asks for one object. Okta takes a login in place of an ID, so that what comes
// must have the ID that was asked for.
func (c *Connector) exists(ctx context.Context, kind connectors.ObjectKind, id string) (bool, error) {
	paths := map[connectors.ObjectKind]string{connectors.UserObject: pathUsers, connectors.GroupObject: pathGroups}
	op := fmt.Sprintf("look for a %s by its ID", kind)
	base, ok := paths[kind]
	if !ok || id == "" || id == "." || id == ".." {
		return false, rejected(op, errors.New("there can be no such object"), "")
	}
	var found struct {
		ID string `json:"id"`
	}
	_, err := c.way.read(ctx, op, base+"/"+url.PathEscape(id), &found)
	if notFound(err) {
		return false, nil
	}
	return found.ID == id, err
}
