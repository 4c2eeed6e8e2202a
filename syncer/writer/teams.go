package writer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// FindTeam implements apply.Reader.
func (c *Client) FindTeam(ctx context.Context, name string) (plan.ListedTeam, error) {
	for _, filter := range []string{equals("displayName", name), ""} {
		found := map[plan.RemoteID]plan.ListedTeam{}
		_, err := c.list(ctx, "Groups", filter, func(raw json.RawMessage) (string, error) {
			g, err := decodeAs[group]("find team", answer{status: http.StatusOK, body: raw})
			if err == nil && string(g.Display) == name {
				found[plan.RemoteID(g.ID)] = plan.ListedTeam{ID: plan.RemoteID(g.ID), Name: name}
			}
			return string(g.ID), err
		})
		switch {
		case err != nil && filter != "" && connectors.ClassOf(err) == connectors.Rejected:
			continue // the filter is not understood
		case err != nil:
			return plan.ListedTeam{}, err
		case len(found) > 1:
			return plan.ListedTeam{}, &connectors.Error{Class: connectors.Conflict, Op: "find team", Err: fmt.Errorf("%d teams have that name", len(found))}
		}
		for _, t := range found {
			return t, nil
		}
	}
	return plan.ListedTeam{}, &connectors.Error{Class: connectors.NotFound, Op: "find team", Err: errors.New("no team has that name")}
}

// ReadTeam implements apply.Reader.
func (c *Client) ReadTeam(ctx context.Context, id plan.RemoteID) (plan.ListedTeam, error) {
	g, _, err := c.readGroup(ctx, id)
	if err != nil {
		return plan.ListedTeam{}, err
	}
	t := g.team()
	t.Whole = t.Whole && !c.cut(len(t.Members))
	return t, nil
}

func (c *Client) readGroup(ctx context.Context, id plan.RemoteID) (group, answer, error) {
	in := call{op: "read team", method: http.MethodGet, path: idPath("Groups", string(id))}
	a, err := c.do(ctx, in)
	if err == nil {
		err = failure(in, a)
	}
	if err != nil {
		return group{}, a, err
	}
	g, err := decodeAs[group](in.op, a)
	if err == nil && g.ID != text(id) {
		err = &connectors.Error{Class: connectors.Corrupt, Op: in.op, Err: errors.New("the answer is about another team")}
	}
	if err == nil && g.Members != nil {
		c.noteShown(id, len(*g.Members), true)
	}
	return g, a, err
}

// open returns what of an edit that was answered with success the team does not show
// as done. Where the members are not shown whole nothing is open: the success is
// believed.
func (c *Client) open(t plan.ListedTeam, e apply.TeamEdit) apply.TeamEdit {
	if !t.Whole || c.cut(len(t.Members)) {
		return apply.TeamEdit{}
	}
	out := undone(t, e)
	// A list that ends at a round number, and lacks what was just added with
	// success, is cut short there: such servers show the first hundred or so.
	if n := len(t.Members); len(out.Add) > 0 && n >= leastCut && n%10 == 0 {
		c.noteCut(n)
		return apply.TeamEdit{}
	}
	return out
}

// undone returns what of an edit the members shown are without.
func undone(t plan.ListedTeam, e apply.TeamEdit) apply.TeamEdit {
	in := map[plan.RemoteID]bool{}
	for _, id := range t.Members {
		in[id] = true
	}
	var out apply.TeamEdit
	for _, id := range e.Add {
		if !in[id] {
			out.Add = append(out.Add, id)
		}
	}
	for _, id := range e.Remove {
		if in[id] {
			out.Remove = append(out.Remove, id)
		}
	}
	return out
}

// already reports whether a read shows the wanted state: to add a member who is
// there, or remove one who is not, is refused by some servers.
func (c *Client) already(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) bool {
	t, err := c.ReadTeam(ctx, team)
	// Nothing was answered with success: what is not shown is not done.
	if err != nil || !t.Whole || (len(e.Remove) > 0 && c.cut(len(t.Members))) {
		return false
	}
	left := undone(t, e)
	return len(left.Add)+len(left.Remove) == 0
}

func (c *Client) teamGone(ctx context.Context, team plan.RemoteID) bool {
	_, err := c.ReadTeam(ctx, team)
	return connectors.ClassOf(err) == connectors.NotFound
}

// beforeRemoval reads the team before the first removal this client makes, for
// afterRemoval to compare.
func (c *Client) beforeRemoval(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) ([]plan.RemoteID, error) {
	c.mu.Lock()
	seen := c.removalSeen
	c.mu.Unlock()
	if len(e.Remove) == 0 || seen {
		return nil, nil
	}
	t, err := c.ReadTeam(ctx, team)
	if err != nil {
		return nil, sure(err)
	}
	if !t.Whole {
		return nil, nil
	}
	return t.Members, nil
}

// afterRemoval checks that the first removal took those it named and nobody else:
// a server that reads the filter wrongly empties the team. The token is not the
// fault, but nothing more may be sent.
func (c *Client) afterRemoval(ctx context.Context, team plan.RemoteID, e apply.TeamEdit, before []plan.RemoteID) error {
	if len(before) == 0 {
		return nil
	}
	t, err := c.ReadTeam(context.WithoutCancel(ctx), team)
	if err != nil || !t.Whole {
		return nil //nolint:nilerr // the edit is done; the next removal is watched again
	}
	lost := 0
	for _, id := range before {
		if !slices.Contains(t.Members, id) && !slices.Contains(e.Remove, id) {
			lost++
		}
	}
	if lost > 0 {
		return &connectors.Error{
			Class: connectors.Denied, Op: "edit team", Err: fmt.Errorf("Writer removed %d members that were not named", lost), //nolint:staticcheck // a name
			Hint: "Nothing more is sent: ask Writer's support about PATCH removals by filter, and set writer.update: put.",
		}
	}
	c.mu.Lock()
	c.removalSeen = true
	c.mu.Unlock()
	return nil
}
