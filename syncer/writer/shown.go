package writer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Shown is what a client saw of lists of members, which servers of this kind cut
// short without a word: nothing in SCIM counts the members of a group. It is under
// the client's lock.
type shown struct {
	cutAt    int                   // a list was seen to be cut short at this length; 0: never
	longest  int                   // list of a single team
	lengths  map[plan.RemoteID]int // of the lists, as they were last shown
	written  map[plan.RemoteID][sha256.Size]byte
	surveyed bool // all teams were looked at
}

func newShown() shown {
	return shown{lengths: map[plan.RemoteID]int{}, written: map[plan.RemoteID][sha256.Size]byte{}}
}

// noteShown remembers how long a team's list was. A long one in a listing says
// nothing of how a team is shown on its own, which is what is written back.
func (c *Client) noteShown(team plan.RemoteID, members int, single bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown.lengths[team] = members
	if single {
		c.shown.longest = max(c.shown.longest, members)
	}
}

// noteCut remembers that lists of so many members are cut short.
func (c *Client) noteCut(members int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown.cutAt = members
}

// noteWritten remembers the members of a team that this client has written itself
// and seen written: a list that shows just them is whole.
func (c *Client) noteWritten(team plan.RemoteID, members []plan.RemoteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown.written[team] = digest(members)
}

func (c *Client) wrote(t plan.ListedTeam) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, ok := c.shown.written[t.ID]
	return ok && sum == digest(t.Members)
}

func digest(members []plan.RemoteID) [sha256.Size]byte {
	var b strings.Builder
	for _, id := range slices.Compact(slices.Sorted(slices.Values(members))) {
		fmt.Fprintf(&b, "%q", id)
	}
	return sha256.Sum256([]byte(b.String()))
}

// cut reports whether a list of so many members was seen to be cut short, and none
// was seen since that is longer.
func (c *Client) cut(members int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.cutAt > 0 && members >= c.shown.cutAt && c.shown.longest <= c.shown.cutAt
}

// showed reports whether a single team was ever shown with so many members.
func (c *Client) showed(members int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.longest >= members
}

// doubt says why a team's list of members may be cut short, "" if there is no
// reason to think so:
//
//	cut short here before         doubt
//	fewer than ten                none
//	another list was longer       none
//	just what this client wrote   none
//	a length at which lists end   doubt
//	another team shows as many    doubt
func (c *Client) doubt(t plan.ListedTeam) string {
	n := len(t.Members)
	if c.cut(n) {
		return fmt.Sprintf("Writer was seen to cut lists of members short at %d", n)
	}
	if n < leastCut || c.wrote(t) {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.shown.longest > n:
		return ""
	case roundCap(n):
		return fmt.Sprintf("Writer shows %d members, a number at which lists are cut short, and no team with more", n)
	}
	for id, length := range c.shown.lengths {
		if id != t.ID && length == n {
			return fmt.Sprintf("Writer shows %d members of this team and of another one, and no team with more", n)
		}
	}
	return ""
}

// roundCap reports whether n is a number that somebody would take for a limit.
func roundCap(n int) bool {
	return n%10 == 0 || n%25 == 0 || n&(n-1) == 0
}

// survey looks at all teams, once, for one whose list is longer than that.
func (c *Client) survey(ctx context.Context, than int) error {
	c.mu.Lock()
	done := c.shown.surveyed
	c.mu.Unlock()
	if done || c.showed(than+1) {
		return nil
	}
	teams, _, err := c.listTeams(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(teams, func(a, b plan.ListedTeam) int { return len(b.Members) - len(a.Members) })
	for _, t := range teams {
		if n := len(t.Members); n > 0 {
			c.noteShown(t.ID, n, false)
			if n <= than {
				continue
			}
		}
		g, _, err := c.readGroup(ctx, t.ID)
		switch {
		case connectors.ClassOf(err) == connectors.NotFound:
			continue // it went while we were reading
		case err != nil:
			return err
		case len(g.team().Members) > than:
			return nil
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown.surveyed = true
	return nil
}
