package ldap

import (
	"context"
	"time"
)

// Lookout returns what a watch without syncprov does at each tick.
func (c *Connector) Lookout() func(context.Context, time.Time) (news bool, err error) {
	return (&lookout{connector: c}).look
}
