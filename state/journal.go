package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// An entry is an intent that is open.
type entry struct {
	At  time.Time
	Ops []plan.Op
}

// Intend makes an intent durable; see apply.Journal.
func (db *DB) Intend(ctx context.Context, ops ...plan.Op) (apply.Intent, error) {
	if err := ctx.Err(); err != nil {
		return apply.Intent{}, err
	}
	in := apply.Intent{Ops: ops}
	err := db.commit(func(tx *bolt.Tx) error {
		journal := tx.Bucket([]byte(bucketJournal))
		var err error
		if in.ID, err = journal.NextSequence(); err != nil {
			return err
		}
		return db.codec.put(journal, sequenceKey(in.ID), entry{At: db.now(), Ops: ops})
	})
	if err != nil {
		return apply.Intent{}, fmt.Errorf("journal an intent: %w", err)
	}
	return in, nil
}

// Settle records what became of an intent, and closes it; see apply.Journal.
func (db *DB) Settle(_ context.Context, in apply.Intent, out ...apply.Outcome) error {
	err := db.commit(func(tx *bolt.Tx) error {
		journal, key := tx.Bucket([]byte(bucketJournal)), sequenceKey(in.ID)
		value := journal.Get(key)
		if value == nil {
			return fmt.Errorf("not in the journal: %w", ErrIntent)
		}
		var e entry
		if err := db.codec.read(key, value, &e); err != nil {
			return err
		}
		if len(out) != len(e.Ops) {
			return fmt.Errorf("%d outcomes for %d ops: %w", len(out), len(e.Ops), ErrIntent)
		}
		l := newLedger(tx, db.codec, db.now())
		for i, op := range e.Ops {
			if err := l.settle(op, out[i]); err != nil {
				return fmt.Errorf("%s of %s: %w", op.Kind, op.Person, err)
			}
		}
		return deleteKeys(journal, [][]byte{key})
	})
	if err != nil {
		return fmt.Errorf("settle intent %d: %w", in.ID, err)
	}
	return nil
}

// Unsettled returns the open intents, oldest first; see apply.Journal.
func (db *DB) Unsettled(ctx context.Context) ([]apply.Intent, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var open []apply.Intent
	err := db.view(func(tx *bolt.Tx) error {
		open = nil
		return tx.Bucket([]byte(bucketJournal)).ForEach(func(key, value []byte) error {
			var e entry
			if err := db.codec.read(key, value, &e); err != nil {
				return err
			}
			open = append(open, apply.Intent{ID: binary.BigEndian.Uint64(key), Ops: e.Ops})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return open, nil
}

// sequenceKey sorts as n does.
func sequenceKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
