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
func (c *Client) FindTeam(ctx context.Context, name string) (apply.RemoteTeam, error) {
	for _, filter := range []string{equals("displayName", name), ""} {
		found := map[plan.RemoteID]apply.RemoteTeam{}
		_, err := c.list(ctx, "Groups", filter, func(raw json.RawMessage) (string, error) {
			g, err := decodeAs[group]("find team", answer{status: http.StatusOK, body: raw})
			if err == nil && string(g.Display) == name {
				found[plan.RemoteID(g.ID)] = apply.RemoteTeam{ID: plan.RemoteID(g.ID), Name: name}
			}
			return string(g.ID), err
		})
		switch {
		case err != nil && filter != "" && connectors.ClassOf(err) == connectors.Rejected:
			continue // the filter is not understood
		case err != nil:
			return apply.RemoteTeam{}, err
		case len(found) > 1:
			return apply.RemoteTeam{}, &connectors.Error{Class: connectors.Conflict, Op: "find team", Err: fmt.Errorf("%d teams have that name", len(found))}
		}
		for _, t := range found {
			return t, nil
		}
	}
	return apply.RemoteTeam{}, &connectors.Error{Class: connectors.NotFound, Op: "find team", Err: errors.New("no team has that name")}
}

// ReadTeam implements apply.Reader.
func (c *Client) ReadTeam(ctx context.Context, id plan.RemoteID) (apply.RemoteTeam, error) {
	g, _, err := c.readGroup(ctx, id)
	if err != nil {
		return apply.RemoteTeam{}, err
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
	return g, a, err
}

// cut reports whether a list of so many members was seen to be cut short.
func (c *Client) cut(members int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cutAt > 0 && members >= c.cutAt
}

// EditTeam implements apply.Target: additions and removals in one PATCH. If Writer
// refuses it, the edit is halved until the member that is refused stands alone.
func (c *Client) EditTeam(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (map[plan.RemoteID]error, error) {
	before, err := c.beforeRemoval(ctx, team, e)
	if err != nil {
		return nil, err
	}
	failed := map[plan.RemoteID]error{}
	if err := c.edit(ctx, team, e, failed); err != nil {
		return nil, err
	}
	return failed, c.afterRemoval(ctx, team, e, before)
}

// edit sends e, or its halves, and writes into failed what could not be done for
// single members.
func (c *Client) edit(ctx context.Context, team plan.RemoteID, e apply.TeamEdit, failed map[plan.RemoteID]error) error {
	after, err := c.sendEdit(ctx, team, e)
	if err == nil {
		e = c.open(after, e)
		if len(e.Add)+len(e.Remove) == 0 {
			return nil
		}
		err = rejected("edit team", "Writer answers with success and does not do it", "")
	}
	switch class := connectors.ClassOf(err); {
	case ctx.Err() != nil, class == connectors.Denied, class == connectors.Throttled, class == connectors.Transient, notSent(err):
		return err
	case class == connectors.NotFound && c.teamGone(ctx, team):
		return err
	}
	if len(e.Add)+len(e.Remove) == 1 {
		for _, id := range append(slices.Clone(e.Add), e.Remove...) {
			if !c.already(ctx, team, e) {
				failed[id] = err
			}
		}
		return nil
	}
	first, second := halves(e)
	if err := c.edit(ctx, team, first, failed); err != nil {
		return err
	}
	return c.edit(ctx, team, second, failed)
}

// notSent reports whether the answer was lost: nobody knows, and an apply.Journal
// will be asked to find out.
func notSent(err error) bool {
	var lost *lostError
	return errors.As(err, &lost)
}

// lostError marks a request whose answer did not arrive.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

func halves(e apply.TeamEdit) (first, second apply.TeamEdit) {
	half := (len(e.Add) + len(e.Remove)) / 2
	cutAdd := min(half, len(e.Add))
	first = apply.TeamEdit{Add: e.Add[:cutAdd], Remove: e.Remove[:half-cutAdd]}
	return first, apply.TeamEdit{Add: e.Add[cutAdd:], Remove: e.Remove[half-cutAdd:]}
}

// sendEdit sends one PATCH and returns the team as it then is.
func (c *Client) sendEdit(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (apply.RemoteTeam, error) {
	if put, _ := c.mode(); put {
		return c.putTeam(ctx, team, e)
	}
	in := call{op: "edit team", method: http.MethodPatch, path: idPath("Groups", string(team)), body: patchBody(memberOps(e))}
	a, err := c.do(ctx, in)
	if err != nil {
		if connectors.ClassOf(err) == connectors.Unknown {
			err = &connectors.Error{Class: connectors.Unknown, Op: in.op, Err: &lostError{err}}
		}
		return apply.RemoteTeam{}, err
	}
	if c.noPatch(a.status) {
		return c.putTeam(ctx, team, e)
	}
	c.noteSize(a, len(e.Add)+len(e.Remove))
	if err := failure(in, a); err != nil {
		return apply.RemoteTeam{}, err
	}
	return c.teamAfter(ctx, team, a)
}

// teamAfter returns the team as an answer shows it, or as a read does.
func (c *Client) teamAfter(ctx context.Context, team plan.RemoteID, a answer) (apply.RemoteTeam, error) {
	if looksLikeSCIM(a.body) {
		if g, err := decodeAs[group]("edit team", a); err == nil && g.ID == text(team) && g.Members != nil {
			return g.team(), nil
		}
	}
	g, _, err := c.readGroup(context.WithoutCancel(ctx), team)
	if err != nil {
		// It was done; only the look at it failed.
		return apply.RemoteTeam{}, &connectors.Error{Class: connectors.Unknown, Op: "edit team", Err: &lostError{err}}
	}
	return g.team(), nil
}

// memberOps are one operation that adds, and one for each member that goes: a
// removal that names its member by a filter cannot empty a team.
func memberOps(e apply.TeamEdit) []operation {
	var ops []operation
	if len(e.Add) > 0 {
		values := make([]map[string]string, len(e.Add))
		for i, id := range e.Add {
			values[i] = map[string]string{"value": string(id)}
		}
		ops = append(ops, operation{"add", "members", values})
	}
	for _, id := range e.Remove {
		ops = append(ops, operation{Op: "remove", Path: "members[" + equals("value", string(id)) + "]"})
	}
	return ops
}

// noteSize halves what an edit may carry when Writer refuses one for its size.
func (c *Client) noteSize(a answer, size int) {
	tooMany := a.status == http.StatusRequestEntityTooLarge || (a.status == http.StatusBadRequest && readFault(a.body).mentions("too many", "maximum", "exceed", "limit"))
	c.mu.Lock()
	defer c.mu.Unlock()
	if tooMany && size > 1 {
		c.members = max(1, min(c.members, size)/2)
	}
}

// putTeam writes the whole list of members back, which needs it to be known
// whole: without PATCH a team that cannot be read cannot be edited.
func (c *Client) putTeam(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (apply.RemoteTeam, error) {
	g, a, err := c.readGroup(ctx, team)
	if err != nil {
		return apply.RemoteTeam{}, sure(err)
	}
	now := g.team()
	if !now.Whole || c.cut(len(now.Members)) {
		return apply.RemoteTeam{}, rejected("edit team", "Writer supports no PATCH and does not show all members", "")
	}
	body, err := decodeAs[map[string]any]("read team", a)
	if err != nil {
		return apply.RemoteTeam{}, sure(err)
	}
	delete(body, "meta")
	members := slices.DeleteFunc(now.Members, func(id plan.RemoteID) bool { return slices.Contains(e.Remove, id) })
	values := []map[string]string{}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(append(members, e.Add...)))) {
		values = append(values, map[string]string{"value": string(id)})
	}
	body["members"] = values
	in := call{op: "edit team", method: http.MethodPut, path: idPath("Groups", string(team)), body: body}
	if a, err = c.do(ctx, in); err == nil {
		err = failure(in, a)
	}
	if err != nil {
		return apply.RemoteTeam{}, err
	}
	return c.teamAfter(ctx, team, a)
}

// open returns what of an edit the team does not show as done. Where the members
// are not shown whole nothing is open: the success is believed.
func (c *Client) open(t apply.RemoteTeam, e apply.TeamEdit) apply.TeamEdit {
	if !t.Whole || c.cut(len(t.Members)) {
		return apply.TeamEdit{}
	}
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
	// A list that ends at a round number, and lacks what was just added with
	// success, is cut short there: such servers show the first hundred or so.
	if n := len(t.Members); len(out.Add) > 0 && n >= leastCut && n%10 == 0 {
		c.noteCut(n)
		return apply.TeamEdit{}
	}
	return out
}

// noteCut remembers that lists of so many members are cut short.
func (c *Client) noteCut(members int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cutAt = members
}

// already reports whether a read shows the wanted state: to add a member who is
// there, or remove one who is not, is refused by some servers.
func (c *Client) already(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) bool {
	t, err := c.ReadTeam(ctx, team)
	if err != nil || !t.Whole {
		return false
	}
	left := c.open(t, e)
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
