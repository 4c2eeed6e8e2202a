package ldap

import (
	"context"
	"errors"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
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
	if err != nil {
		return err
	}
	if !at.follows() {
		conn.Close()
		return c.poll(ctx, changed)
	}
	var queries []Query
	var cookies [][]byte
	for _, branch := range c.branches(&at) {
		q := branch.query
		q.Attributes = []string{noAttributes}
		queries, cookies = append(queries, q, units(q)), append(cookies, *branch.cookie, *branch.cookie)
	}
	changed() // all that happens after the cookies is told, however long that takes to begin
	return conn.Persist(ctx, queries, cookies, changed)
}

// poll looks for entries that were changed since it looked last.
func (c *Connector) poll(ctx context.Context, changed func()) error {
	tick := time.NewTicker(c.config.Poll)
	defer tick.Stop()
	last := ""
	for {
		latest, err := c.latest(ctx, last)
		if err != nil {
			return err
		}
		if latest > last { // the first time too: it watches from here on
			changed()
		}
		last = max(last, latest)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// latest returns the latest stamp of all entries that were changed since a time; of all
// entries, if it is empty.
func (c *Connector) latest(ctx context.Context, since string) (string, error) {
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var seen stamps
	for _, branch := range c.branches(&place{}) {
		q := branch.query
		q.Attributes = []string{attrModified}
		if since != "" {
			q.Filter = All(q.Filter, changedSince(since))
		}
		if err := conn.Search(ctx, q, func(e *goldap.Entry) error { seen.note(e); return nil }); err != nil {
			return "", err
		}
	}
	if seen.latest.IsZero() {
		if since == "" {
			return "", rejected("watch the directory", errNoStamps, "Let the bind DN read modifyTimestamp, or write watch: false for this source.")
		}
		return since, nil
	}
	return seen.latest.UTC().Format(stampForm), nil
}

var errNoStamps = errors.New("no entry shows when it was changed")
