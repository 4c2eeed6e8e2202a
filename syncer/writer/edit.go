package writer

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

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
	var whole *teamError
	switch class := connectors.ClassOf(err); {
	case errors.As(err, &whole):
		for _, id := range append(slices.Clone(e.Add), e.Remove...) {
			failed[id] = err // its halves would fare no better
		}
		return nil
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
func (c *Client) sendEdit(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (plan.ListedTeam, error) {
	if put, _ := c.mode(); put {
		return c.putTeam(ctx, team, e)
	}
	in := call{op: "edit team", method: http.MethodPatch, path: idPath("Groups", string(team)), body: patchBody(memberOps(e))}
	a, err := c.do(ctx, in)
	if err != nil {
		if connectors.ClassOf(err) == connectors.Unknown {
			err = &connectors.Error{Class: connectors.Unknown, Op: in.op, Err: &lostError{err}}
		}
		return plan.ListedTeam{}, err
	}
	if c.noPatch(a.status) {
		return c.putTeam(ctx, team, e)
	}
	c.noteSize(a, len(e.Add)+len(e.Remove))
	if err := failure(in, a); err != nil {
		return plan.ListedTeam{}, err
	}
	return c.teamAfter(ctx, team, a)
}

// teamAfter returns the team as an answer shows it, or as a read does.
func (c *Client) teamAfter(ctx context.Context, team plan.RemoteID, a answer) (plan.ListedTeam, error) {
	if looksLikeSCIM(a.body) {
		if g, err := decodeAs[group]("edit team", a); err == nil && g.ID == text(team) && g.Members != nil {
			return g.team(), nil
		}
	}
	g, _, err := c.readGroup(context.WithoutCancel(ctx), team)
	if err != nil {
		// It was done; only the look at it failed.
		return plan.ListedTeam{}, &connectors.Error{Class: connectors.Unknown, Op: "edit team", Err: &lostError{err}}
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
