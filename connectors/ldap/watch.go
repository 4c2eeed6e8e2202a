package ldap

import (
	"context"
	"time"
)

// Watch follows the directory on a connection of its own where the server can tell of
// changes (RFC 4533, refreshAndPersist); else it looks for new modifyTimestamps every
// poll.
func (c *Connector) Watch(ctx context.Context, changed func()) error {
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	at, err := c.here(ctx, conn)
	if lasting(err) {
		conn.Close()
		c.log.InfoContext(ctx, "the directory does not tell of changes: newer timestamps are looked for, which show no deletion", "every", c.config.Poll, "reason", err)
		return c.poll(ctx, changed)
	}
	if err != nil {
		return err
	}
	var queries []Query
	var cookies [][]byte
	for _, branch := range c.branches() {
		q := branch.query
		q.Attributes = []string{noAttributes}
		cookie := *at.cookie(branch.kind)
		queries, cookies = append(queries, q, units(q)), append(cookies, cookie, cookie)
	}
	changed() // all that happens after the cookies is told, however long that takes to begin
	return conn.Persist(ctx, queries, cookies, changed)
}

// poll looks for entries that were changed since it looked last. It watches from its first
// look on.
func (c *Connector) poll(ctx context.Context, changed func()) error {
	tick := time.NewTicker(c.config.Poll)
	defer tick.Stop()
	out := lookout{connector: c}
	for begun := false; ; begun = true {
		news, err := out.look(ctx, time.Now())
		if err != nil {
			return err
		}
		if news || !begun {
			changed()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
