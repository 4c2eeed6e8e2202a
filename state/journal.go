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

// Advance closes what is settled and opens what goes next, in one transaction; see
// apply.Journal.
func (db *DB) Advance(ctx context.Context, settled []apply.Settled, next [][]plan.Op) ([]apply.Intent, error) {
	if len(next) > 0 && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(settled)+len(next) == 0 {
		return nil, nil
	}
	if len(settled) > 0 {
		db.version.begin()
		defer db.version.end()
	}
	opened := make([]apply.Intent, len(next))
	err := db.update(func(tx *bolt.Tx) error {
		journal, l := tx.Bucket([]byte(bucketJournal)), db.newLedger(tx)
		if err := l.findOwners(settled); err != nil {
			return fmt.Errorf("look up who has an account: %w", err)
		}
		for _, s := range settled {
			if err := db.codec.closeIntent(journal, l, s); err != nil {
				return fmt.Errorf("settle intent %d: %w", s.ID, err)
			}
		}
		if err := l.finish(db.step / pageSize); err != nil {
			return err
		}
		for i, ops := range next {
			id, err := journal.NextSequence()
			if err != nil {
				return err
			}
			if err := db.codec.put(journal, sequenceKey(id), store.Intent{At: l.now, Ops: plan.StoredOps(ops)}); err != nil {
				return err
			}
			opened[i] = apply.Intent{ID: id, Ops: ops}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("advance the journal: %w", err)
	}
	return opened, nil
}

// closeIntent takes the outcomes of an intent into the ledger, and the intent from the
// journal. Ops that send nothing come without an
// ID: there is no intent to close.
func (c codec) closeIntent(journal *bolt.Bucket, l *ledger, s apply.Settled) error {
	ops := s.Ops
	if s.ID != 0 {
		key := sequenceKey(s.ID)
		value := journal.Get(key)
		if value == nil {
			return fmt.Errorf("not in the journal: %w", ErrIntent)
		}
		var err error
		if ops, err = c.readIntent(key, value); err != nil {
			return err
		}
		if err := deleteKeys(journal, [][]byte{key}); err != nil {
			return err
		}
	}
	if len(s.Outcomes) != len(ops) {
		return fmt.Errorf("%d outcomes for %d ops: %w", len(s.Outcomes), len(ops), ErrIntent)
	}
	for i, op := range ops {
		if s.ID == 0 && !op.LedgerOnly() {
			return fmt.Errorf("%s of %s was sent without an intent: %w", op.Kind, op.Person, ErrIntent)
		}
		if err := l.settle(op, s.Outcomes[i]); err != nil {
			return fmt.Errorf("%s of %s: %w", op.Kind, op.Person, err)
		}
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
	return plan.OpsOf(in.Ops)
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
