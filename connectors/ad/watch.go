package ad

import (
	"context"
	"errors"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

var _ connectors.Watcher = (*Connector)(nil)

// pollTimeout bounds an answer of a watch, so that a connection that was cut is noticed.
const pollTimeout = 5 * time.Second

// Watch asks every second, or as often as Config.Poll says, how far the domain
// controller's updates have come: a search for one entry that it keeps in memory. Only if
// they went on, one more search asks whether a person, a group, or a unit that holds
// them is among what changed; it ends at the first. Windows can tell of changes by
// itself, but only of all in a domain (MS-ADTS section 3.1.1.3.4.1.9), which are far
// more.
func (c *Connector) Watch(ctx context.Context, changed func()) error {
	conn, h, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Hurry(c.pollTimeout)
	changed()
	tick := time.NewTicker(c.pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		news, err := c.poll(ctx, conn, &h)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		if news {
			changed()
		}
	}
}

// poll moves h on to now and reports whether anything of interest happened meanwhile.
func (c *Connector) poll(ctx context.Context, conn *ldap.Conn, h *home) (bool, error) {
	root, err := conn.Entry(ctx, "", rootAttributes())
	if err != nil {
		return false, err
	}
	now, err := readRoot(root)
	if err != nil {
		return false, err
	}
	if now.usn < h.usn {
		return false, transient("watch the domain", errors.New("the domain controller's database is older than it was before"),
			"It was put back to an earlier state: the next reading says what to do.")
	}
	news := c.accountsEnded(h.past, now.past)
	if !news && now.usn > h.usn {
		if news, err = somethingNewer(ctx, conn, h.domain, h.usn); err != nil {
			return false, err
		}
	}
	h.usn, h.now, h.past = now.usn, now.now, now.past
	return news, nil
}

// accountsEnded reports whether an account that was read ended between two moments.
func (c *Connector) accountsEnded(after, until time.Time) bool {
	c.mu.Lock()
	known := c.last
	c.mu.Unlock()
	return known != nil && len(known.ended(after, until)) > 0
}

// watched finds all that a reading may state, deleted ones too.
const watched = "(|" + defaultUsersFilter + "(objectClass=group)(objectClass=organizationalUnit)(objectClass=container)" +
	"(&(isDeleted=TRUE)(objectClass=user)(!(objectClass=computer))))"

func somethingNewer(ctx context.Context, conn *ldap.Conn, domain string, usn int64) (bool, error) {
	kind, err := ldap.ParseFilter(watched)
	if err != nil {
		return false, err
	}
	newer, err := ldap.AtLeast(attrChanged, usn+1)
	if err != nil {
		return false, err
	}
	return conn.Finds(ctx, ldap.Query{
		Base: domain, Scope: ldap.Subtree, Filter: ldap.All(newer, kind), Attributes: []string{"1.1"},
		Controls: []goldap.Control{domainScope(), showDeleted()},
	})
}
