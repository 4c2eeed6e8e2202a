package ad

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// A Connector reads one domain of Active Directory.
type Connector struct {
	config        Config
	users, groups ldap.Filter
	dialer        *ldap.Dialer
	log           *slog.Logger
	watched       bool // somebody calls Watch and Changes

	pollEvery, pollTimeout time.Duration // see Watch

	witnesses map[guid]witness // of the last whole reading; of Read and Changes alone, and never written to

	mu   sync.Mutex
	home *home   // whom the last connection spoke with; see pin
	last *roster // of the last whole reading, kept up by Changes; nil: none yet, or nobody watches
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Prover    = (*Connector)(nil)
)

func open(c Config, env connectors.Env) (*Connector, error) {
	users, err := ldap.ParseFilter(c.Users.Filter)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	people, err := ldap.ParseFilter(defaultUsersFilter)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	if users != people {
		users = ldap.All(people, users) // a computer is a user too, by its class
	}
	groups, err := ldap.ParseFilter(c.Groups.Filter)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	dialer := ldap.NewDialer(c.server(), env)
	return &Connector{
		config: c, users: users, groups: groups, dialer: dialer, log: env.Log, watched: env.Watched,
		pollEvery: c.Poll, pollTimeout: pollTimeout,
	}, nil
}

// groupsPerPage bounds a page of groups, in entries. A page is in memory whole, and
// each of its groups may come with 1500 members.
const groupsPerPage = 100

// queries returns what is read of the domain.
func (c *Connector) queries(h home) (users, groups ldap.Query) {
	base := func(b ldap.Branch) string {
		for _, dn := range []string{b.Base, c.config.Base} {
			if dn != "" {
				return dn
			}
		}
		return h.domain
	}
	users = ldap.Query{Base: base(c.config.Users), Scope: c.config.Users.Scope, Filter: c.users, Controls: searchControls()}
	groups = ldap.Query{Base: base(c.config.Groups), Scope: c.config.Groups.Scope, Filter: c.groups, Controls: searchControls()}
	return users, groups
}

// dial connects, and makes sure with whom.
func (c *Connector) dial(ctx context.Context) (*ldap.Conn, home, error) {
	before := c.pinned()
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return nil, home{}, refused(err)
	}
	h, err := findHome(ctx, conn)
	if err == nil {
		err = c.pin(before, h)
	}
	if err != nil {
		conn.Close()
		return nil, home{}, err
	}
	return conn, h, nil
}

// Read states every person and every group. See the package documentation for what
// proves that the reading was whole.
func (c *Connector) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	conn, h, err := c.dial(ctx)
	if err != nil {
		return connectors.Complete{}, err
	}
	defer conn.Close()
	begin, hasMark := h.mark()
	pass := c.sweep(conn, r, h, newRoster(begin))
	usersQuery, groupsQuery := c.queries(h)
	if err := sentinels(ctx, conn, usersQuery.Base, groupsQuery.Base); err != nil {
		return connectors.Complete{}, err
	}
	if hasMark {
		if err := pass.listUnits(ctx); err != nil {
			return connectors.Complete{}, fmt.Errorf("read units: %w", err)
		}
	}
	users, err := pass.users(ctx, usersQuery)
	if err != nil {
		return connectors.Complete{}, fmt.Errorf("read people: %w", err)
	}
	groups, err := pass.groups(ctx, groupsQuery, min(c.config.PageSize, groupsPerPage))
	if err != nil {
		return connectors.Complete{}, fmt.Errorf("read groups: %w", err)
	}
	if err := pass.cross(ctx, usersQuery, c.witnesses); err != nil {
		return connectors.Complete{}, fmt.Errorf("check members: %w", err)
	}
	if err := sentinels(ctx, conn, usersQuery.Base, groupsQuery.Base); err != nil {
		return connectors.Complete{}, err
	}
	c.log.DebugContext(ctx, "read domain", "domain", h.domain, "controller", h.controller,
		"users", users, "groups", groups, "foreign_members", pass.foreign)
	evidence := connectors.Evidence{
		Closed: "every search ended with result code success and an empty cookie, every list of members with its last part",
		Users:  users, Groups: groups,
		Sentinel: "the base entries were read before and after",
		Identity: h.identity(),
	}
	if hasMark && !pass.unnumbered {
		evidence.Cursor = begin.cursor()
		c.keep(pass)
	}
	return r.Complete(evidence)
}

// keep makes the roster the one that Changes goes on from, where somebody watches.
func (c *Connector) keep(pass *sweep) {
	c.witnesses = pass.witnesses
	if !c.watched {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = pass.known
}

// sentinels reads the base entries. A credential that lost its rights gets an empty
// answer with result code success, not an error.
func sentinels(ctx context.Context, conn *ldap.Conn, bases ...string) error {
	seen := map[string]bool{}
	for _, base := range bases {
		if seen[base] {
			continue
		}
		seen[base] = true
		if err := conn.Exists(ctx, base); err != nil {
			return err
		}
	}
	return nil
}
