package state

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// A failure is a plan.Retry, and whom it is about: a person with one is not
// settled. The retry's key is the record's.
type failure struct {
	Person connectors.Ref
	Retry  plan.Retry
}

// remember counts one more failure of an op.
func (l *ledger) remember(op plan.Op, out apply.Outcome) error {
	b, key := l.tx.Bucket([]byte(bucketRetries)), []byte(op.Key())
	f := failure{Person: op.Person}
	if value := b.Get(key); value != nil {
		if err := l.codec.read(key, value, &f); err != nil {
			return err
		}
	}
	f.Retry = plan.Retry{
		Key: op.Key(), Attempts: f.Retry.Attempts + 1, Last: l.now, Class: out.Class, Text: out.Text, Account: out.Account.ID,
	}
	return l.codec.put(b, key, f)
}

func (l *ledger) forgetRetry(key string) error {
	b := l.tx.Bucket([]byte(bucketRetries))
	if b.Get([]byte(key)) == nil {
		return nil
	}
	return deleteKeys(b, [][]byte{[]byte(key)})
}

// readFailures returns every failure, sorted by key.
func (c codec) readFailures(tx *bolt.Tx) ([]failure, error) {
	var all []failure
	err := tx.Bucket([]byte(bucketRetries)).ForEach(func(key, value []byte) error {
		var f failure
		if err := c.read(key, value, &f); err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		all = append(all, f)
		return nil
	})
	return all, err
}
