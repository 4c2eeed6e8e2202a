package ldap

import (
	"context"
	"time"
)

// Lookout returns what a watch without syncprov does at each tick.
func (c *Connector) Lookout() func(context.Context, time.Time) (news bool, err error) {
	return (&lookout{connector: c}).look
}

// Keeps reports whether the names of the last reading are kept for one of changes.
func (c *Connector) Keeps() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known != nil
}
