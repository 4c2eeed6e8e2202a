package writer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// putTeam writes the whole list of members back, for where PATCH is not supported.
// Whoever the list does not show is taken out by that: it must be known whole.
func (c *Client) putTeam(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (plan.ListedTeam, error) {
	if err := c.stoppedPut(); err != nil {
		return plan.ListedTeam{}, err
	}
	g, a, err := c.readGroup(ctx, team)
	if err != nil {
		return plan.ListedTeam{}, sure(err)
	}
	before := g.team()
	if before.Whole && len(e.Remove) == 0 && containsAll(before.Members, e.Add) {
		return before, nil
	}
	if err := c.mayPut(ctx, before); err != nil {
		return plan.ListedTeam{}, err
	}
	body, err := decodeAs[map[string]any]("read team", a)
	if err != nil {
		return plan.ListedTeam{}, sure(err)
	}
	delete(body, "meta")
	want := slices.DeleteFunc(slices.Clone(before.Members), func(id plan.RemoteID) bool { return slices.Contains(e.Remove, id) })
	want = slices.Compact(slices.Sorted(slices.Values(append(want, e.Add...))))
	values := []map[string]string{}
	for _, id := range want {
		values = append(values, map[string]string{"value": string(id)})
	}
	body["members"] = values
	in := call{op: "edit team", method: http.MethodPut, path: idPath("Groups", string(team)), body: body}
	if a, err = c.do(ctx, in); err == nil {
		err = failure(in, a)
	}
	if err != nil {
		return plan.ListedTeam{}, err
	}
	return c.afterPut(ctx, before, want)
}

// mayPut refuses a list that is not known to be whole.
func (c *Client) mayPut(ctx context.Context, t plan.ListedTeam) error {
	if !t.Whole {
		return refusedTeam(t, "Writer does not show its members")
	}
	if len(t.Members) >= leastCut && !c.wrote(t) {
		if err := c.survey(ctx, len(t.Members)); err != nil {
			return sure(err)
		}
	}
	if why := c.doubt(t); why != "" {
		return refusedTeam(t, why)
	}
	return nil
}

// afterPut reads the team back, since an answer may repeat what was asked for, and
// looks whether the list that was written had been whole.
func (c *Client) afterPut(ctx context.Context, before plan.ListedTeam, want []plan.RemoteID) (plan.ListedTeam, error) {
	g, _, err := c.readGroup(context.WithoutCancel(ctx), before.ID)
	if err != nil {
		// It was done; only the look at it failed.
		return plan.ListedTeam{}, &connectors.Error{Class: connectors.Unknown, Op: "edit team", Err: &lostError{err}}
	}
	after := g.team()
	missing := without(want, after.Members)
	if len(missing) == 0 && len(after.Members) == len(want) {
		c.noteWritten(before.ID, want)
	}
	lost := len(missing) - len(without(missing, before.Members))
	switch n := len(after.Members); {
	case !after.Whole:
	case lost > 0:
		return plan.ListedTeam{}, c.stopPut(before, fmt.Sprintf("%d of its members who were written back are missing since", lost))
	case n >= leastCut && len(missing) > 0 && !c.showed(n+1) && c.exists(ctx, missing[0]):
		c.noteCut(n)
		if len(before.Members) >= n && !c.wrote(before) {
			return plan.ListedTeam{}, c.stopPut(before, fmt.Sprintf("Writer shows %d members before and after %d were added, so that members it did not show may be missing since", n, len(missing)))
		}
	}
	return after, nil
}

// exists reports whether there is such an account: some servers drop members whom
// they do not know, and answer with success.
func (c *Client) exists(ctx context.Context, id plan.RemoteID) bool {
	_, err := c.readUser(context.WithoutCancel(ctx), id)
	return err == nil
}

// without returns those of ids who are not among others.
func without(ids, others []plan.RemoteID) []plan.RemoteID {
	known := make(map[plan.RemoteID]bool, len(others))
	for _, id := range others {
		known[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id plan.RemoteID) bool { return known[id] })
}

func containsAll(all, ids []plan.RemoteID) bool { return len(without(ids, all)) == 0 }

// stopPut makes this client write no list of members any more, and returns why.
func (c *Client) stopPut(t plan.ListedTeam, why string) error {
	err := refusedTeam(t, why+". Compare the team with what it should be; no list of members is written any more in this pass")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.putStopped == nil {
		c.putStopped = &connectors.Error{
			Class: connectors.Rejected, Op: "edit team", Hint: wayOutOfPut,
			Err: &teamError{errors.New("not sent, since writing the members of another team went wrong in this pass")},
		}
	}
	return err
}

func (c *Client) stoppedPut() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.putStopped
}

// teamError marks what holds for a team and not for single members of an edit.
type teamError struct{ err error }

func (e *teamError) Error() string { return e.err.Error() }
func (e *teamError) Unwrap() error { return e.err }

const wayOutOfPut = "Without PATCH the whole list of members is written, and whoever it does not show is lost: " +
	"set `writer.update: patch` if this Writer takes it, make the change in Writer's admin panel, or ask Writer's support how SCIM shows all members of a team."

func refusedTeam(t plan.ListedTeam, why string) error {
	name := []rune(t.Name)
	return &connectors.Error{
		Class: connectors.Rejected, Op: fmt.Sprintf("edit team %q", string(name[:min(len(name), 64)])), Hint: wayOutOfPut,
		Err: &teamError{errors.New(why)},
	}
}
