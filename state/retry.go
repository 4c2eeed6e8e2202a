package state

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// remember counts one more failure of an op: a person with one is not settled.
func (l *ledger) remember(op plan.Op, out apply.Outcome) error {
	b, key := l.tx.Bucket([]byte(bucketRetries)), []byte(op.Key())
	var before store.Retry
	if value := b.Get(key); value != nil {
		if err := l.codec.read(key, value, &before); err != nil {
			return err
		}
	}
	class, _ := store.Class(0).Of(string(out.Class))
	return l.codec.put(b, key, store.Retry{
		Key: op.Key(), Person: store.Ref(op.Person), Attempts: before.Attempts + 1, Last: l.now, Class: class, Text: out.Text,
		Account: string(out.Account.ID),
	})
}

func (l *ledger) forgetRetry(key string) error {
	b := l.tx.Bucket([]byte(bucketRetries))
	if b.Get([]byte(key)) == nil {
		return nil
	}
	return deleteKeys(b, [][]byte{[]byte(key)})
}

// readFailures returns every failure, sorted by key.
func (c codec) readFailures(tx *bolt.Tx) ([]store.Retry, error) {
	var all []store.Retry
	err := tx.Bucket([]byte(bucketRetries)).ForEach(func(key, value []byte) error {
		var f store.Retry
		if err := c.read(key, value, &f); err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		all = append(all, f)
		return nil
	})
	return all, err
}

// Retries returns the ops that failed, sorted by key; see store.Work.
func (t *tx) Retries() (all []store.Retry, err error) {
	err = t.do("read retries", func() (err error) { all, err = t.db.codec.readFailures(t.bolt); return err })
	return all, err
}
