package sample

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

var (
	_ connectors.Connector = (*Company)(nil)
	_ connectors.Prover    = (*Company)(nil)
)

// Read implements connectors.Connector.
func (c *Company) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	c.mu.Lock()
	people, groups := maps.Clone(c.people), maps.Clone(c.groups)
	c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(people)) {
		if err := r.User(people[id]); err != nil {
			return connectors.Complete{}, fmt.Errorf("state person: %w", err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		if err := r.Group(groups[id]); err != nil {
			return connectors.Complete{}, fmt.Errorf("state group: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return connectors.Complete{}, err
	}
	return r.Complete(connectors.Evidence{Closed: "the whole map was walked under one lock", Users: len(people), Groups: len(groups)})
}

// Prove implements connectors.Prover.
func (c *Company) Prove(ctx context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if err := ctx.Err(); err != nil {
		return connectors.Undecided, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	exists := func(id string) bool {
		_, person := c.people[id]
		_, group := c.groups[id]
		return person || group
	}
	switch {
	case exists(claim.ID):
		return connectors.Present, nil
	case len(claim.Controls) == 0 || slices.ContainsFunc(claim.Controls, func(id string) bool { return !exists(id) }):
		return connectors.Undecided, nil
	}
	return connectors.Absent, nil
}
