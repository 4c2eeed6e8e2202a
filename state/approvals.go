package state

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Approve remembers an approval; see store.Decider.
func (t *tx) Approve(a store.Approval, ops []store.Op) error {
	return t.do("store approval", func() error {
		keys, err := approvedKeys(ops)
		if err != nil {
			return err
		}
		if err := dropApproval(t.bolt, []byte(a.Hold)); err != nil {
			return err
		}
		if err := storeApproved(t.bolt, []byte(a.Hold), keys); err != nil {
			return err
		}
		return t.db.codec.put(t.bolt.Bucket([]byte(bucketApprovals)), []byte(a.Hold), a)
	})
}

// EndApproval drops an approval; see store.Decider.
func (t *tx) EndApproval(hold string) error {
	return t.do("end approval", func() error { return dropApproval(t.bolt, []byte(hold)) })
}

// EndApproved drops what is planned no more; see store.Decider.
func (t *tx) EndApproved(given time.Time, planned map[string]bool) error {
	return t.do("end approved ops", func() error {
		return t.db.codec.eachApproval(t.bolt, func(a store.Approval, ops *bolt.Bucket) error {
			if a.At.After(given) {
				return nil
			}
			var ended [][]byte
			err := eachOpen(ops, func(key []byte) {
				if !planned[string(approvedHash(key))] {
					ended = append(ended, bytes.Clone(key))
				}
			})
			if err != nil {
				return err
			}
			return deleteKeys(ops, ended)
		})
	})
}

// approvedKeys returns the keys of ops in an approval, sorted.
func approvedKeys(ops []store.Op) ([][]byte, error) {
	keys := make([][]byte, len(ops))
	for i, record := range ops {
		op, err := plan.OpOf(record)
		if err != nil {
			return nil, err
		}
		if keys[i], err = approvedKey(op); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	return keys, nil
}

// approvedKey names an op in an approval: first what orders it in a run, cut short, then
// its hash. So what a run does one after the other lies on the same pages, whatever IDs
// begin with.
func approvedKey(op plan.Op) ([]byte, error) {
	hash, err := hex.DecodeString(string(op.Hash()))
	if err != nil || len(hash) != sha256.Size {
		return nil, fmt.Errorf("hash %q of an op is none", op.Hash())
	}
	key := []byte{byte(op.Phase())}
	key = append(key, op.Team[:min(len(op.Team), 8)]...)
	key = binary.BigEndian.AppendUint32(key, uint32(hashText(string(op.Team)))) //nolint:gosec // a part of it is enough
	key = append(key, op.Person.ID[:min(len(op.Person.ID), 20)]...)
	return append(key, hash...), nil
}

// approvedHash returns the hash in a key of approvedKey. In schema 2 a key was the
// hash alone, as text, where a phase is no digit; the op itself was not kept.
func approvedHash(key []byte) plan.Hash {
	if len(key) == 2*sha256.Size && key[0] >= '0' {
		return plan.Hash(key)
	}
	return plan.Hash(hex.EncodeToString(key[max(0, len(key)-sha256.Size):]))
}

func storeApproved(tx *bolt.Tx, hold []byte, keys [][]byte) error {
	b, err := tx.Bucket([]byte(bucketApproved)).CreateBucketIfNotExists(hold)
	if err != nil {
		return err
	}
	b.FillPercent = bulkFill
	for _, key := range keys {
		if err := putBody(b, key, nil); err != nil {
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

// Approvals returns the approvals that count, oldest first; see store.Decisions.
func (t *tx) Approvals(now time.Time) (approvals []store.Approval, err error) {
	err = t.do("read approvals", func() error {
		return t.db.codec.eachUnexpired(t.bolt, now, func(a store.Approval, ops *bolt.Bucket) error {
			err := eachOpen(ops, func([]byte) { a.Left++ })
			approvals = append(approvals, a)
			return err
		})
	})
	slices.SortFunc(approvals, func(a, b store.Approval) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Hold, b.Hold))
	})
	return approvals, err
}

// Approved returns the ops that approvals let through; see store.Decisions.
func (t *tx) Approved(now time.Time) (open map[string]bool, err error) {
	err = t.do("read approved ops", func() error {
		open = map[string]bool{}
		return t.db.codec.eachUnexpired(t.bolt, now, func(_ store.Approval, ops *bolt.Bucket) error {
			return eachOpen(ops, func(key []byte) { open[string(approvedHash(key))] = true })
		})
	})
	return open, err
}

// eachUnexpired is eachApproval of those that count at now.
func (c codec) eachUnexpired(tx *bolt.Tx, now time.Time, fn func(a store.Approval, ops *bolt.Bucket) error) error {
	return c.eachApproval(tx, func(a store.Approval, ops *bolt.Bucket) error {
		if !now.Before(a.Expires) {
			return nil
		}
		return fn(a, ops)
	})
}

// eachOpen calls fn with the key of each op of an approval that was not done yet.
func eachOpen(ops *bolt.Bucket, fn func(key []byte)) error {
	return ops.ForEach(func(key, value []byte) error {
		_, err := unseal(key, value)
		fn(key)
		return err
	})
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
func (l *ledger) consume(op plan.Op) (approved bool, err error) {
	key, err := approvedKey(op)
	if err != nil {
		return false, err
	}
	err = l.codec.eachApproval(l.tx, func(a store.Approval, ops *bolt.Bucket) error {
		for _, key := range [][]byte{key, []byte(op.Hash())} { // the second is of schema 2
			if ops.Get(key) == nil {
				continue
			}
			approved = approved || l.now.Before(a.Expires)
			if err := deleteKeys(ops, [][]byte{key}); err != nil {
				return err
			}
		}
		return nil
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
