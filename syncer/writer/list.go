package writer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// maxPages ends a listing that never does.
const maxPages = 20_000

// list reads a listing to its end and calls f with each resource once. whole says
// whether the end was seen and agrees with the server's own count.
//
// The count of a page can be smaller than asked for, and the total can be the
// page's: only an empty page shows that the listing is over. A server that gives
// a cursor is followed by it.
func (c *Client) list(ctx context.Context, kind, filter string, f func(json.RawMessage) (id string, err error)) (whole bool, err error) {
	query := url.Values{"startIndex": {"1"}, "count": {strconv.Itoa(c.pageSize)}}
	if filter != "" {
		query.Set("filter", filter)
	}
	seen, rows, total := map[string]bool{}, 0, -1
	for range maxPages {
		p, err := c.page(ctx, kind, query)
		if err != nil {
			return false, err
		}
		total = max(total, p.total())
		if len(p.Resources) == 0 {
			return total <= len(seen), nil
		}
		fresh := 0
		for _, r := range p.Resources {
			id, err := f(r)
			if err != nil {
				return false, err
			}
			if id != "" && !seen[id] {
				seen[id] = true
				fresh++
			}
		}
		rows += len(p.Resources)
		switch {
		case fresh == 0:
			return false, nil // the same page again: the listing does not move
		case p.NextCursor != "":
			query.Del("startIndex")
			query.Set("cursor", string(p.NextCursor))
		case query.Has("cursor"):
			return total <= len(seen), nil // the last page of a cursor
		default:
			query.Set("startIndex", strconv.Itoa(rows+1))
		}
	}
	return false, &connectors.Error{Class: connectors.Corrupt, Op: "list " + kind, Err: fmt.Errorf("the listing does not end")}
}

func (c *Client) page(ctx context.Context, kind string, query url.Values) (page, error) {
	in := call{op: "list " + kind, method: http.MethodGet, path: "/" + kind, query: query}
	a, err := c.do(ctx, in)
	if err != nil {
		return page{}, err
	}
	if err := failure(in, a); err != nil {
		return page{}, err
	}
	return decodeAs[page](in.op, a)
}

// ReadAll returns every account and every team with its members.
func (c *Client) ReadAll(ctx context.Context) (plan.Listing, error) {
	var out plan.Listing
	known := map[string]bool{}
	var err error
	out.AccountsWhole, err = c.list(ctx, "Users", "", func(raw json.RawMessage) (string, error) {
		u, err := decodeAs[user]("list Users", answer{status: http.StatusOK, body: raw})
		if err == nil && u.ID != "" && !known[string(u.ID)] {
			known[string(u.ID)] = true
			out.Accounts = append(out.Accounts, c.account(u))
		}
		return string(u.ID), err
	})
	if err != nil {
		return plan.Listing{}, err
	}
	teams, whole, err := c.listTeams(ctx)
	if err != nil {
		return plan.Listing{}, err
	}
	out.TeamsWhole = whole
	if out.Teams, err = c.withMembers(ctx, teams); err != nil {
		return plan.Listing{}, err
	}
	c.distrustCut(out.Teams)
	return out, nil
}

// listTeams returns every team as the listing shows it, which may be without its
// members.
func (c *Client) listTeams(ctx context.Context) (teams []plan.ListedTeam, whole bool, err error) {
	seen := map[string]bool{}
	whole, err = c.list(ctx, "Groups", "", func(raw json.RawMessage) (string, error) {
		g, err := decodeAs[group]("list Groups", answer{status: http.StatusOK, body: raw})
		if err == nil && g.ID != "" && !seen[string(g.ID)] {
			seen[string(g.ID)] = true
			teams = append(teams, g.team())
		}
		return string(g.ID), err
	})
	return teams, whole, err
}

// leastCut is the shortest list of members that is suspected to be cut short.
const leastCut = 10

// distrustCut looks for lists of members that are cut short: several teams that
// show the same number, ten or more, and none that shows more. What such a team
// lacks says nothing.
func (c *Client) distrustCut(teams []plan.ListedTeam) {
	longest, times := 0, 0
	for _, t := range teams {
		switch n := len(t.Members); {
		case n > longest:
			longest, times = n, 1
		case n == longest:
			times++
		}
	}
	if longest < leastCut || times < 2 {
		return
	}
	c.noteCut(longest)
	for i := range teams {
		teams[i].Whole = teams[i].Whole && len(teams[i].Members) < longest
	}
}

// withMembers looks at each team whose members the listing did not show: many
// servers leave them out of listings, or show an empty list there.
func (c *Client) withMembers(ctx context.Context, teams []plan.ListedTeam) ([]plan.ListedTeam, error) {
	out := make([]plan.ListedTeam, 0, len(teams))
	for _, t := range teams {
		if len(t.Members) == 0 {
			single, err := c.ReadTeam(ctx, t.ID)
			if connectors.ClassOf(err) == connectors.NotFound {
				continue // it went while we were reading
			}
			if err != nil {
				return nil, err
			}
			t = single
		}
		out = append(out, t)
	}
	return out, nil
}
