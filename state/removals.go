package state

import (
	"encoding/binary"
	"time"

	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// removalAge is how long a removal is remembered. The limits look back a week. A retry is kept as long: an
// op that is still planned is tried, and its retry stored anew, every six hours.
const removalAge = 8 * 24 * time.Hour

// removed remembers that an op took something away.
func (l *ledger) removed(op plan.Op, approved bool) error {
	b := l.appendTo(bucketRemovals)
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	stored := op.Stored()
	r := store.Removal{At: l.now, Kind: stored.Kind, Person: stored.Person, Team: stored.Team, Approved: approved}
	return l.codec.put(b, append(timeKey(l.now), sequenceKey(n)...), r)
}

// Removals returns what was taken since then, oldest first; see store.Past.
func (t *tx) Removals(since time.Time) (out []store.Removal, err error) {
	err = t.do("read removals", func() error {
		c := t.bolt.Bucket([]byte(bucketRemovals)).Cursor()
		for key, value := c.Seek(timeKey(since)); key != nil; key, value = c.Next() {
			var r store.Removal
			if err := t.db.codec.read(key, value, &r); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// timeKey sorts as t does, for times since 1970; earlier ones are all the first.
func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(0, t.UnixMicro()))) //nolint:gosec // not negative
}
