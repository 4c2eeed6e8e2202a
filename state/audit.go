package state

import (
	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
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
	stored := op.Stored()
	result, _ := store.Done(0).Of(string(out.Result))
	e := store.Event{
		At: l.now, Person: stored.Person, From: stored.From, Kind: stored.Kind, Account: stored.Account, Team: op.TeamName, Reason: op.Reason.String(),
		Result: result, Text: out.Text,
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

// Events returns the last n events that match, newest first; see store.Past.
func (t *tx) Events(n int, match func(store.Event) bool) (out []store.Event, err error) {
	err = t.do("read history", func() error {
		c := t.bolt.Bucket([]byte(bucketAudit)).Cursor()
		for key, value := c.Last(); key != nil && len(out) < n; key, value = c.Prev() {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			var e store.Event
			if err := t.db.codec.read(key, value, &e); err != nil {
				return err
			}
			if match(e) {
				out = append(out, e)
			}
		}
		return nil
	})
	return out, err
}
