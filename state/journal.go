package state

import (
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

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
		return db.codec.put(journal, sequenceKey(in.ID), store.Intent{At: db.now(), Ops: plan.StoredOps(ops)})
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
		ops, err := db.codec.readIntent(key, value)
		if err != nil {
			return err
		}
		if len(out) != len(ops) {
			return fmt.Errorf("%d outcomes for %d ops: %w", len(out), len(ops), ErrIntent)
		}
		l := newLedger(tx, db.codec, db.now())
		for i, op := range ops {
			if err := l.settle(op, out[i]); err != nil {
				return fmt.Errorf("%s of %s: %w", op.Kind, op.Person, err)
			}
		}
		return deleteKeys(journal, [][]byte{key})
	})
	if err != nil {
		return fmt.Errorf("settle intent %d: %w", in.ID, err)
	}
	db.version.moved()
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
			ops, err := db.codec.readIntent(key, value)
			open = append(open, apply.Intent{ID: binary.BigEndian.Uint64(key), Ops: ops})
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return open, nil
}

// readIntent returns the ops of an intent.
func (c codec) readIntent(key, value []byte) ([]plan.Op, error) {
	var in store.Intent
	if err := c.read(key, value, &in); err != nil {
		return nil, err
	}
	ops, err := plan.OpsOf(in.Ops)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errRecord)
	}
	return ops, nil
}

// Unsettled returns the intents that are open; see store.Work.
func (t *tx) Unsettled() (open []store.Intent, err error) {
	err = t.do("read journal", func() error {
		return t.bolt.Bucket([]byte(bucketJournal)).ForEach(func(key, value []byte) error {
			var in store.Intent
			err := t.db.codec.read(key, value, &in)
			open = append(open, in)
			return err
		})
	})
	return open, err
}

// sequenceKey sorts as n does.
func sequenceKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
