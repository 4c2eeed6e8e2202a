package state

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Approve remembers an approval; see store.Decider.
func (t *tx) Approve(a store.Approval, ops []string) error {
	ops = slices.Sorted(slices.Values(ops))
	return t.do("store approval", func() error {
		if err := dropApproval(t.bolt, []byte(a.Hold)); err != nil {
			return err
		}
		if err := storeApproved(t.bolt, []byte(a.Hold), ops); err != nil {
			return err
		}
		return t.db.codec.put(t.bolt.Bucket([]byte(bucketApprovals)), []byte(a.Hold), a)
	})
}

// EndApproval drops an approval; see store.Decider.
func (t *tx) EndApproval(hold string) error {
	return t.do("end approval", func() error { return dropApproval(t.bolt, []byte(hold)) })
}

func storeApproved(tx *bolt.Tx, hold []byte, hashes []string) error {
	b, err := tx.Bucket([]byte(bucketApproved)).CreateBucketIfNotExists(hold)
	if err != nil {
		return err
	}
	b.FillPercent = bulkFill
	for _, h := range hashes {
		if err := putBody(b, []byte(h), nil); err != nil {
			return err
		}
	}
	return nil
}

func dropApproval(tx *bolt.Tx, hold []byte) error {
	if b := tx.Bucket([]byte(bucketApproved)); b.Bucket(hold) != nil {
		if err := b.DeleteBucket(hold); err != nil {
			return fmt.Errorf("drop approved ops: %w", err)
		}
	}
	return deleteKeys(tx.Bucket([]byte(bucketApprovals)), [][]byte{hold})
}

// Approvals returns what approvals let through; see store.Decisions.
func (t *tx) Approvals(now time.Time) (approvals []store.Approval, open map[string]bool, err error) {
	err = t.do("read approvals", func() error {
		approvals, open = nil, map[string]bool{}
		return t.db.codec.eachApproval(t.bolt, func(a store.Approval, ops *bolt.Bucket) error {
			if !now.Before(a.Expires) {
				return nil
			}
			err := ops.ForEach(func(key, value []byte) error {
				_, err := unseal(key, value)
				open[string(key)] = true
				a.Left++
				return err
			})
			approvals = append(approvals, a)
			return err
		})
	})
	slices.SortFunc(approvals, func(a, b store.Approval) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Hold, b.Hold))
	})
	return approvals, open, err
}

// eachApproval calls fn with each approval and the bucket of its open ops.
func (c codec) eachApproval(tx *bolt.Tx, fn func(a store.Approval, ops *bolt.Bucket) error) error {
	return tx.Bucket([]byte(bucketApprovals)).ForEach(func(key, value []byte) error {
		var a store.Approval
		if err := c.read(key, value, &a); err != nil {
			return err
		}
		ops := tx.Bucket([]byte(bucketApproved)).Bucket(key)
		if ops == nil {
			return fmt.Errorf("approval %s has no ops: %w", a.Hold, errRecord)
		}
		return fn(a, ops)
	})
}

// consume takes a done op from every approval, and reports whether one that has
// not run out held it.
func (l *ledger) consume(op plan.Hash) (approved bool, err error) {
	key := []byte(op)
	err = l.codec.eachApproval(l.tx, func(a store.Approval, ops *bolt.Bucket) error {
		if ops.Get(key) == nil {
			return nil
		}
		approved = approved || l.now.Before(a.Expires)
		return deleteKeys(ops, [][]byte{key})
	})
	return approved, err
}

// dropExpired drops approvals that ran out.
func (c codec) dropExpired(tx *bolt.Tx, now time.Time) error {
	var expired [][]byte
	err := c.eachApproval(tx, func(a store.Approval, _ *bolt.Bucket) error {
		if !now.Before(a.Expires) {
			expired = append(expired, bytes.Clone([]byte(a.Hold)))
		}
		return nil
	})
	for _, hold := range expired {
		if err == nil {
			err = dropApproval(tx, hold)
		}
	}
	return err
}
