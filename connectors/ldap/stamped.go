package ldap

import (
	"context"
	"fmt"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// stamped looks for what was changed since a time. Who was deleted, and what was changed
// without a stamp, is left for the next whole reading: a unit that is renamed moves no stamp
// of those below it, and groups name them by names that no user has yet.
func (f *follow) stamped(ctx context.Context, at *place) error {
	t, began := f.translator(), time.Now()
	if err := at.reached(began); err != nil {
		return err
	}
	t.stamped, f.stamps = true, stamps{now: began}
	told := noAnswers()
	for _, branch := range f.connector.branches() {
		into, q := told[branch.kind], branch.query
		q.Filter, q.Attributes = All(q.Filter, changedSince(at.Since)), t.attributesOf(branch.kind)
		err := f.conn.Search(ctx, q, func(e *goldap.Entry) error {
			f.stamps.note(e)
			into.Changed = append(into.Changed, e)
			if len(into.Changed) > maxRefresh {
				return fmt.Errorf("more than %d entries changed: %w", maxRefresh, connectors.ErrCursorLost)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if next := f.stamps.since(stampOverlap, time.Since(began)); next > at.Since {
		at.Since = next
	}
	return f.state(ctx, t, told)
}
