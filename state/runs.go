package state

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/store"
)

const (
	// heldOps is how many held ops one record carries, some 100 KiB.
	heldOps   = 500
	keyDigest = "digest"
)

// Record stores a finished run, and drops what is too old; see store.Recorder.
func (t *tx) Record(r store.Run) error {
	return t.do("record run", func() error {
		runs := t.bolt.Bucket([]byte(bucketRuns))
		runs.FillPercent = bulkFill
		n, err := runs.NextSequence()
		if err != nil {
			return err
		}
		if err := t.db.codec.put(runs, sequenceKey(n), r); err != nil {
			return err
		}
		return t.db.codec.retain(t.bolt, n, t.db.now())
	})
}

// Hold stores what is held; see store.Recorder.
func (t *tx) Hold(held []store.Hold) error {
	return t.do("store holds", func() error {
		records, sum, err := t.db.codec.encodeHeld(held)
		if err != nil {
			return err
		}
		return storeHeld(t.bolt, records, sum)
	})
}

// encodeHeld cuts holds into records, each with up to heldOps ops of one hold, and
// returns them with what they are compared by.
func (c codec) encodeHeld(held []store.Hold) (records [][]byte, sum []byte, err error) {
	all := sha256.New()
	for _, h := range held {
		ops := h.Ops
		if h.Why == 0 || slices.ContainsFunc(ops, func(op store.Op) bool { return op.Kind == 0 }) {
			return nil, nil, errors.New("a hold without a reason, or of an op without a kind, cannot be stored")
		}
		for first := true; first || len(ops) > 0; first = false {
			h.Ops = ops[:min(len(ops), heldOps)]
			ops = ops[len(h.Ops):]
			body, err := c.encode(heldPart{Goes: !first, Held: h})
			if err != nil {
				return nil, nil, err
			}
			all.Write(appendBlob(nil, body))
			record, err := c.sealPacked(sequenceKey(uint64(len(records))), body)
			if err != nil {
				return nil, nil, err
			}
			records = append(records, record)
		}
	}
	return records, all.Sum(nil), nil
}

// A heldPart is a hold with some of its ops; Goes says that they go on from the
// part before.
type heldPart struct {
	Goes bool       `cbor:"1,keyasint,omitempty"`
	Held store.Hold `cbor:"2,keyasint"`
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
	for i, record := range records {
		if err := putRecord(b, sequenceKey(uint64(i)), record); err != nil {
			return err
		}
	}
	return putBody(b, []byte(keyDigest), sum)
}

func (c codec) readHeld(tx *bolt.Tx) ([]store.Hold, error) {
	var held []store.Hold
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

// Holds returns what the newest run held; see store.Decisions.
func (t *tx) Holds() (held []store.Hold, err error) {
	err = t.do("read holds", func() (err error) { held, err = t.db.codec.readHeld(t.bolt); return err })
	return held, err
}

// Runs returns the last n runs, newest first; see store.Past.
func (t *tx) Runs(n int) (runs []store.Run, err error) {
	err = t.do("read runs", func() error {
		c := t.bolt.Bucket([]byte(bucketRuns)).Cursor()
		for key, value := c.Last(); key != nil && len(runs) < n; key, value = c.Prev() {
			var r store.Run
			if err := t.db.codec.read(key, value, &r); err != nil {
				return err
			}
			runs = append(runs, r)
		}
		return nil
	})
	return runs, err
}

// retain drops what is too old: all but the last runs, removals, retries of ops
// that nobody plans any more, and approvals that ran out.
func (c codec) retain(tx *bolt.Tx, run uint64, now time.Time) error {
	if err := dropBefore(tx.Bucket([]byte(bucketRuns)), sequenceKey(max(run, store.KeptRuns)-store.KeptRuns+1)); err != nil {
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
	failures = slices.DeleteFunc(failures, func(f store.Retry) bool { return !f.Last.Before(before) })
	old := make([][]byte, len(failures))
	for i, f := range failures {
		old[i] = []byte(f.Key)
	}
	return deleteKeys(tx.Bucket([]byte(bucketRetries)), old)
}
