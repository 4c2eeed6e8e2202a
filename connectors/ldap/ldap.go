package ldap

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"writersync/connectors"
)

// A Connector reads one LDAP directory.
type Connector struct {
	config        Config
	users, groups Query
	dialer        *Dialer
	log           *slog.Logger
	watched       bool // somebody calls Watch, and Changes once it rings

	mu     sync.Mutex
	idName string // the ID attribute of the last reading; see sameID
	known  *known // nil: none was whole yet
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Prover    = (*Connector)(nil)
)

func open(c Config, env connectors.Env) (*Connector, error) {
	users, err := c.Users.query(c.PageSize)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	var groups Query
	if c.Groups.Base != "" {
		if groups, err = c.Groups.query(min(c.PageSize, groupsPerPage)); err != nil {
			return nil, fmt.Errorf("groups: %w", err)
		}
	}
	return &Connector{config: c, users: users, groups: groups, dialer: NewDialer(c.Server, env), log: env.Log, watched: env.Watched}, nil
}

// groupsPerPage bounds a page of groups, in entries. A page is in memory whole,
// and one group may have a hundred thousand members.
const groupsPerPage = 100

func (b *Branch) query(pageSize int) (Query, error) {
	f, err := ParseFilter(b.Filter)
	return Query{Base: b.Base, Scope: b.Scope, Filter: f, PageSize: pageSize}, err
}

// Read states every person and, where groups are configured, every group. See the
// package documentation for what proves that the reading was whole.
func (c *Connector) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return connectors.Complete{}, err
	}
	defer conn.Close()
	c.takeKnown() // so that there are never two in memory
	began := time.Now()
	at, wantsCursor, err := c.beginning(ctx, conn)
	if err != nil {
		return connectors.Complete{}, err
	}
	pass := &sweep{
		conn: conn, reading: r, translator: newTranslator(c.config.Attributes),
		known:  roster{newIndex(), newIndex()},
		stamps: stamps{now: began}, wantsCursor: wantsCursor,
	}
	pass.translator.people = baseKey(c.users.Base)
	pass.translator.stamped = wantsCursor && !at.follows()
	if err := c.sentinels(ctx, conn); err != nil {
		return connectors.Complete{}, err
	}
	users, err := pass.users(ctx, c.users)
	if err != nil {
		return connectors.Complete{}, fmt.Errorf("read people: %w", err)
	}
	groups := 0
	if c.groups.Base != "" {
		if groups, err = pass.groups(ctx, c.groups); err != nil {
			return connectors.Complete{}, fmt.Errorf("read groups: %w", err)
		}
	}
	if err := c.sentinels(ctx, conn); err != nil {
		return connectors.Complete{}, err
	}
	if err := c.sameID(pass.translator.idName); err != nil {
		return connectors.Complete{}, err
	}
	cursor, err := pass.cursor(at, time.Since(began))
	if err != nil {
		return connectors.Complete{}, err
	}
	c.log.DebugContext(ctx, "read directory", "users", users, "groups", groups, "id_attribute", pass.translator.idName)
	complete, err := r.Complete(connectors.Evidence{
		Closed: "every search ended with result code success and an empty cookie",
		Users:  users, Groups: groups,
		Sentinel: "the base entries were read before and after",
		Identity: strings.ToLower(pass.translator.idName), // in names of attributes case does not matter
		Cursor:   cursor,
	})
	if err == nil && cursor != "" {
		c.keepKnown(&known{pass.known, pass.translator.idName, cursor})
	}
	return complete, err
}

// sentinels reads the base entries. A credential that lost its rights gets an
// empty answer with result code success, not an error.
func (c *Connector) sentinels(ctx context.Context, conn *Conn) error {
	for _, base := range []string{c.users.Base, c.groups.Base} {
		if base == "" {
			continue
		}
		if err := conn.Exists(ctx, base); err != nil {
			return err
		}
	}
	return nil
}

// sameID refuses IDs that come from another attribute than those before: everybody
// would seem to have left and somebody else to have come. It is for what one
// Connector reads and proves; from one Connector to the next, Evidence.Identity is
// what must stay the same.
func (c *Connector) sameID(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idName != "" && c.idName != name {
		return rejected("identify the entries", fmt.Errorf("the ID attribute was %s and is now %s", c.idName, name),
			"Set attributes.id to the one that the accounts were linked by: "+c.idName+".")
	}
	c.idName = name
	return nil
}
