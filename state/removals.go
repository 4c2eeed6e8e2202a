package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
	"writersync/syncer/plan"
)

// removalAge is how long a removal is remembered. The limits look back a week. A retry is kept as long: an
// op that is still planned is tried, and its retry stored anew, every six hours.
const removalAge = 8 * 24 * time.Hour

// removed remembers that an op took something away.
func (l *ledger) removed(op plan.Op, approved bool) error {
	b := l.tx.Bucket([]byte(bucketRemovals))
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	r := syncer.Removal{At: l.now, Kind: op.Kind, Person: op.Person, Team: op.Team, Approved: approved}
	return l.codec.put(b, append(timeKey(l.now), sequenceKey(n)...), r)
}

// Removed returns what was taken from people since then, oldest first; see
// syncer.Memory.
func (db *DB) Removed(ctx context.Context, since time.Time) ([]syncer.Removal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out []syncer.Removal
	err := db.view(func(tx *bolt.Tx) error {
		out = nil
		c := tx.Bucket([]byte(bucketRemovals)).Cursor()
		for key, value := c.Seek(timeKey(since)); key != nil; key, value = c.Next() {
			var r syncer.Removal
			if err := db.codec.read(key, value, &r); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read removals: %w", err)
	}
	return out, nil
}

// timeKey sorts as t does, for times since 1970; earlier ones are all the first.
func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(0, t.UnixMicro()))) //nolint:gosec // not negative
}
