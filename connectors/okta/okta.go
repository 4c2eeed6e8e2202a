package okta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"writersync/connectors"
)

// A Connector reads one Okta organization.
type Connector struct {
	config  Config
	way     *wire
	log     *slog.Logger
	bell    *bell
	watched bool // somebody calls Watch and Changes

	people *roster // of Read and Changes

	mu     sync.Mutex // Watch and Prove look at the memory too
	memory *memory    // of the last whole reading and the changes since; nil: none
}

// A memory is what makes the next reading cheap. It is never changed, but replaced.
type memory struct {
	org     string
	left    *crowd // people who have left
	back    bool   // somebody who had left is back, and members were not asked for since
	groups  map[string]kept
	unknown map[string]int // people in a state that nobody mapped, by state, in the whole reading

	counting counting
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Prover    = (*Connector)(nil)
	_ connectors.Changer   = (*Connector)(nil)
	_ connectors.Checker   = (*Connector)(nil)
	_ io.Closer            = (*Connector)(nil)
)

// open puts a connector together, with the abilities that its configuration gives it.
// base takes the place of the network in tests.
func open(c Config, env connectors.Env, base http.RoundTripper) (connectors.Connector, error) {
	way, err := dial(c, env, false, base)
	if err != nil {
		return nil, err
	}
	connector := &Connector{
		config: c, way: way, log: env.Log, bell: &bell{}, watched: env.Watched, people: newRoster(),
	}
	watches := c.Events.Poll > 0 || c.Events.HookSecret.IsSet()
	if !c.Import.Enabled {
		if watches {
			return watching{connector, newWatcher(connector)}, nil
		}
		return connector, nil
	}
	write, err := dial(c, env, true, base)
	if err != nil {
		return nil, err
	}
	importing := &importer{Connector: connector, write: write, unfinished: map[string]string{}}
	if watches {
		return watchingImporter{importer: importing, watcher: newWatcher(connector)}, nil
	}
	return importing, nil
}

// watching is a connector that hears of changes.
type watching struct {
	*Connector
	*watcher
}

// watchingImporter is one that import can write into beside.
type watchingImporter struct {
	*importer
	*watcher
}

// Close closes what is held open.
func (c *Connector) Close() error { return c.way.Close() }

func (c *Connector) remembered() *memory {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.memory
}

func (c *Connector) remember(m *memory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory = m
}

// Read states every person and every group that is configured. See the package
// documentation for what proves that the reading was whole.
func (c *Connector) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	s := c.newSweep(r)
	if err := s.whole(ctx); err != nil {
		return connectors.Complete{}, err
	}
	c.log.DebugContext(ctx, "read organization",
		"people", s.live+s.departed, "groups", len(s.groups), "groups_listed", s.listed, "unknown_states", len(s.translator.unknown))
	complete, err := r.Complete(connectors.Evidence{
		Closed: "every listing ended with a page that has no next link",
		Users:  connectors.Uncounted, Groups: connectors.Uncounted,
		Sentinel: fmt.Sprintf("the group of everybody counts %d people, as many as were stated", s.after),
		Identity: identity(s.org), Cursor: cursorAt(s.cursor),
	})
	if err == nil {
		m := s.memory()
		m.back = false
		c.remember(m)
	}
	return complete, err
}

// identity is what the IDs of an organization are: those of another one are of other
// people, whatever the address.
func identity(org string) string { return "Okta organization " + org }

// organization asks whose directory this is, and refuses any but the one that is
// configured or was read before. It takes no scope, and tells the server's time.
func (c *Connector) organization(ctx context.Context) (id string, date time.Time, err error) {
	const op = "ask for the organization"
	var org struct {
		ID string `json:"id"`
	}
	a, err := c.way.read(ctx, op, pathOrg, &org)
	if err != nil {
		return "", time.Time{}, err
	}
	want := c.config.OrgID
	if m := c.remembered(); m != nil && want == "" {
		want = m.org
	}
	switch {
	case !orgIDOf.MatchString(org.ID):
		return "", time.Time{}, corrupt(op, errors.New("the answer has no organization"), "Check that url is the address of an Okta organization.")
	case want != "" && org.ID != want:
		return "", time.Time{}, rejected(op, fmt.Errorf("behind url is the organization %s, not %s", org.ID, want),
			"Everybody would seem to have left. Correct url, or org_id if the company has moved to another organization.")
	}
	return org.ID, a.date, nil
}
