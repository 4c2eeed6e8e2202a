package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"writersync/connectors"
)

// Prove asks for the object of a claim and for its controls by their IDs, one request
// each, once the group of everybody has shown that nothing is hidden. Somebody who has
// left is present: Okta still knows them. Only Okta's own "not found" is absence;
// anything else, a refusal too, is an error.
func (c *Connector) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if _, _, err := c.organization(ctx); err != nil {
		return connectors.Undecided, err
	}
	if _, err := c.newSweep(nil).everybody(ctx); err != nil {
		return connectors.Undecided, err
	}
	if claim.Kind == connectors.MembershipObject {
		return c.proveMembership(ctx, claim)
	}
	there, selected, err := c.look(ctx, claim.Kind, claim.ID)
	switch {
	case err != nil:
		return connectors.Undecided, err
	case selected:
		return connectors.Present, nil
	}
	for _, id := range claim.Controls {
		if _, control, err := c.look(ctx, claim.Kind, id); err != nil || !control {
			return connectors.Undecided, err
		}
	}
	switch {
	case len(claim.Controls) == 0:
		return connectors.Undecided, nil
	case there:
		return connectors.Deselected, nil
	}
	return connectors.Absent, nil
}

// proveMembership asks for the groups of a user, of which Everyone is one as long as any are
// shown.
func (c *Connector) proveMembership(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if there, err := c.exists(ctx, connectors.UserObject, claim.ID); err != nil || !there {
		return connectors.Undecided, err
	}
	if there, err := c.exists(ctx, connectors.GroupObject, claim.Group); err != nil || !there {
		return connectors.Undecided, err // a group that is not shown is in no list
	}
	named, shown := false, false
	_, err := c.way.eachGroup(ctx, "list the groups of a user", pathUsers+"/"+url.PathEscape(claim.ID)+"/groups", func(g oktaGroup) error {
		named, shown = named || g.Id == claim.Group, shown || isEveryone(g)
		return nil
	})
	switch {
	case err != nil:
		return connectors.Undecided, err
	case named:
		return connectors.Present, nil
	case shown:
		return connectors.Absent, nil
	}
	return connectors.Undecided, nil
}

// look asks for one object, and whether the configuration selects it: a group by its type,
// name and filter; a user, always.
func (c *Connector) look(ctx context.Context, kind connectors.ObjectKind, id string) (there, selected bool, err error) {
	there, err = c.exists(ctx, kind, id)
	if err != nil || !there || kind == connectors.UserObject {
		return there, there, err
	}
	selected, err = c.newSweep(nil).missed(ctx, id)
	return there, selected, err
}

// codeNotFound is what Okta calls an object that is not there. Its other codes with 404
// are about the request, and a 404 without a code is not Okta's.
const codeNotFound = "E0000007"

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
	return c.lookUp(ctx, request{op: op, path: base + "/" + url.PathEscape(id)}, id, &found, func() string { return found.ID })
}

// lookUp fetches the object with an ID into what into points at, and reports whether
// there is one. idOf is the ID that came.
func (c *Connector) lookUp(ctx context.Context, r request, id string, into any, idOf func() string) (bool, error) {
	_, err := c.way.read(ctx, r.op, r.path, into)
	var stated *refusal
	switch {
	case err == nil && idOf() == id:
		return true, nil
	case err == nil:
		return false, corrupt(r.op, errors.New("the answer is not the object that was asked for"), hintBetween)
	case errors.As(err, &stated) && stated.status == http.StatusNotFound && stated.code == codeNotFound:
		return false, nil
	case notFound(err):
		return false, corrupt(r.op, err, hintBetween)
	}
	return false, err
}
