package state

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
	"writersync/syncer/plan"
)

const (
	// keptRuns is how many runs are remembered: three days at one in five minutes.
	keptRuns = 1000
	// heldOps is how many held ops one record carries, some 100 KiB.
	heldOps   = 500
	keyDigest = "digest"
)

// Record stores a finished run, and drops what is too old; see syncer.Memory.
func (db *DB) Record(ctx context.Context, r syncer.Run) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	held, sum, err := db.codec.encodeHeld(r.Held)
	if err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	r.Held = nil
	err = db.update(func(tx *bolt.Tx) error {
		runs := tx.Bucket([]byte(bucketRuns))
		n, err := runs.NextSequence()
		if err != nil {
			return err
		}
		if err := db.codec.put(runs, sequenceKey(n), r); err != nil {
			return err
		}
		if err := storeHeld(tx, held, sum); err != nil {
			return err
		}
		return db.codec.retain(tx, n, db.now())
	})
	if err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	return nil
}

// encodeHeld cuts holds into records, each with up to heldOps ops of one hold, and
// returns them with what they are compared by.
func (c codec) encodeHeld(held []plan.Held) (records [][]byte, sum []byte, err error) {
	all := sha256.New()
	for _, h := range held {
		ops := h.Ops
		for first := true; first || len(ops) > 0; first = false {
			h.Ops = ops[:min(len(ops), heldOps)]
			ops = ops[len(h.Ops):]
			body, err := c.encode(heldPart{Goes: !first, Held: h})
			if err != nil {
				return nil, nil, err
			}
			all.Write(appendBlob(nil, body))
			records = append(records, body)
		}
	}
	return records, all.Sum(nil), nil
}

// A heldPart is a hold with some of its ops; Goes says that they go on from the
// part before.
type heldPart struct {
	Goes bool
	Held plan.Held
}

// storeHeld replaces the holds of the run before, if these differ.
func storeHeld(tx *bolt.Tx, records [][]byte, sum []byte) error {
	old := tx.Bucket([]byte(bucketHeld))
	if value := old.Get([]byte(keyDigest)); value != nil {
		before, err := unseal([]byte(keyDigest), value)
		if err == nil && bytes.Equal(before, sum) {
			return nil
		}
	}
	if err := tx.DeleteBucket([]byte(bucketHeld)); err != nil {
		return err
	}
	b, err := tx.CreateBucket([]byte(bucketHeld))
	if err != nil {
		return err
	}
	for i, body := range records {
		if err := putBody(b, sequenceKey(uint64(i)), body); err != nil {
			return err
		}
	}
	return putBody(b, []byte(keyDigest), sum)
}

func (c codec) readHeld(tx *bolt.Tx) ([]plan.Held, error) {
	var held []plan.Held
	err := tx.Bucket([]byte(bucketHeld)).ForEach(func(key, value []byte) error {
		if string(key) == keyDigest {
			return nil
		}
		var part heldPart
		if err := c.read(key, value, &part); err != nil {
			return err
		}
		if part.Goes && len(held) > 0 {
			last := &held[len(held)-1]
			last.Ops = append(last.Ops, part.Held.Ops...)
			return nil
		}
		held = append(held, part.Held)
		return nil
	})
	return held, err
}

// Runs returns the last n runs, newest first; see syncer.Memory.
func (db *DB) Runs(ctx context.Context, n int) ([]syncer.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var runs []syncer.Run
	err := db.view(func(tx *bolt.Tx) error {
		runs = nil
		c := tx.Bucket([]byte(bucketRuns)).Cursor()
		for key, value := c.Last(); key != nil && len(runs) < n; key, value = c.Prev() {
			var r syncer.Run
			if err := db.codec.read(key, value, &r); err != nil {
				return err
			}
			runs = append(runs, r)
		}
		if len(runs) == 0 {
			return nil
		}
		var err error
		runs[0].Held, err = db.codec.readHeld(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return runs, nil
}

// retain drops what is too old: all but the last runs, removals, retries of ops
// that nobody plans any more, and approvals that ran out.
func (c codec) retain(tx *bolt.Tx, run uint64, now time.Time) error {
	if err := dropBefore(tx.Bucket([]byte(bucketRuns)), sequenceKey(max(run, keptRuns)-keptRuns+1)); err != nil {
		return err
	}
	if err := dropBefore(tx.Bucket([]byte(bucketRemovals)), timeKey(now.Add(-removalAge))); err != nil {
		return err
	}
	if err := c.dropRetries(tx, now.Add(-removalAge)); err != nil {
		return err
	}
	return c.dropExpired(tx, now)
}

// dropBefore drops the records whose keys are below limit.
func dropBefore(b *bolt.Bucket, limit []byte) error {
	var old [][]byte
	c := b.Cursor()
	for key, _ := c.First(); key != nil && bytes.Compare(key, limit) < 0; key, _ = c.Next() {
		old = append(old, bytes.Clone(key))
	}
	return deleteKeys(b, old)
}

func (c codec) dropRetries(tx *bolt.Tx, before time.Time) error {
	failures, err := c.readFailures(tx)
	if err != nil {
		return err
	}
	failures = slices.DeleteFunc(failures, func(f failure) bool { return !f.Retry.Last.Before(before) })
	old := make([][]byte, len(failures))
	for i, f := range failures {
		old[i] = []byte(f.Retry.Key)
	}
	return deleteKeys(tx.Bucket([]byte(bucketRetries)), old)
}
