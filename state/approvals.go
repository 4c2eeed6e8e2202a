package state

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
	"writersync/syncer/plan"
)

// Approve remembers an approval; see syncer.Decisions. A first plan can have
// millions of ops: they are stored in several transactions, and count only with
// the approval, which comes last.
func (db *DB) Approve(ctx context.Context, a syncer.Approval, ops []plan.Op) error {
	hashes := make([]string, len(ops))
	for i, op := range ops {
		hashes[i] = string(op.Hash())
	}
	slices.Sort(hashes)
	first := func(tx *bolt.Tx) error { return dropApproval(tx, []byte(a.Hold)) }
	for chunk := range slices.Chunk(hashes, stepBytes/recordShare) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.update(func(tx *bolt.Tx) error {
			if err := first(tx); err != nil {
				return err
			}
			return storeApproved(tx, []byte(a.Hold), chunk)
		})
		if err != nil {
			return fmt.Errorf("store approved ops: %w", err)
		}
		first = func(*bolt.Tx) error { return nil }
	}
	err := db.update(func(tx *bolt.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		if err := storeApproved(tx, []byte(a.Hold), nil); err != nil {
			return err
		}
		return db.codec.put(tx.Bucket([]byte(bucketApprovals)), []byte(a.Hold), a)
	})
	if err != nil {
		return fmt.Errorf("store approval: %w", err)
	}
	return nil
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

// Approved returns what approvals let through; see syncer.Decisions.
func (db *DB) Approved(ctx context.Context, now time.Time) ([]syncer.Approval, map[plan.Hash]bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var (
		approvals []syncer.Approval
		open      map[plan.Hash]bool
	)
	err := db.view(func(tx *bolt.Tx) error {
		approvals, open = nil, map[plan.Hash]bool{}
		return db.codec.eachApproval(tx, func(a syncer.Approval, ops *bolt.Bucket) error {
			if !now.Before(a.Expires) {
				return nil
			}
			a.Left = 0
			err := ops.ForEach(func(key, value []byte) error {
				_, err := unseal(key, value)
				open[plan.Hash(key)] = true
				a.Left++
				return err
			})
			approvals = append(approvals, a)
			return err
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read approvals: %w", err)
	}
	slices.SortFunc(approvals, func(a, b syncer.Approval) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Hold), string(b.Hold)))
	})
	return approvals, open, nil
}

// eachApproval calls fn with each approval and the bucket of its open ops.
func (c codec) eachApproval(tx *bolt.Tx, fn func(a syncer.Approval, ops *bolt.Bucket) error) error {
	return tx.Bucket([]byte(bucketApprovals)).ForEach(func(key, value []byte) error {
		var a syncer.Approval
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
	err = l.codec.eachApproval(l.tx, func(a syncer.Approval, ops *bolt.Bucket) error {
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
	err := c.eachApproval(tx, func(a syncer.Approval, _ *bolt.Bucket) error {
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
