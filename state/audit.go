package state

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// keptEvents is how many events are remembered, some 40 MiB: years of a company's
// ordinary days. A first push of millions leaves its end.
const keptEvents = 200_000

// audit remembers what became of an op that is about somebody.
func (l *ledger) audit(op plan.Op, out apply.Outcome) error {
	if op.Person == (connectors.Ref{}) || out.Result == apply.Skipped {
		return nil
	}
	b := l.tx.Bucket([]byte(bucketAudit))
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	e := syncer.Event{
		At: l.now, Person: op.Person, From: op.From, Kind: op.Kind, Account: op.Account, Team: op.TeamName, Reason: op.Reason.String(),
		Result: out.Result, Text: out.Text,
	}
	for _, c := range op.Changes {
		e.Changed = append(e.Changed, c.Attribute.Word())
	}
	if err := l.codec.put(b, sequenceKey(n), e); err != nil {
		return err
	}
	if n <= keptEvents {
		return nil
	}
	return dropBefore(b, sequenceKey(n-keptEvents+1))
}

// History returns the last n events that match, newest first; see syncer.Past.
func (db *DB) History(ctx context.Context, n int, match func(syncer.Event) bool) ([]syncer.Event, error) {
	var out []syncer.Event
	err := db.view(func(tx *bolt.Tx) error {
		out = nil
		c := tx.Bucket([]byte(bucketAudit)).Cursor()
		for key, value := c.Last(); key != nil && len(out) < n; key, value = c.Prev() {
			if err := ctx.Err(); err != nil {
				return err
			}
			var e syncer.Event
			if err := db.codec.read(key, value, &e); err != nil {
				return err
			}
			if match(e) {
				out = append(out, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return out, nil
}
