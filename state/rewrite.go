package state

import (
	"context"
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// copyLive writes all that src sees to the empty file at path, which is not durable yet.
// A transaction writes some step bytes. bbolt has such a function, but it stores its last
// records when its view of the source has ended already: what they are made of may be
// written over by then.
func copyLive(ctx context.Context, path string, src *bolt.Tx, step int) error {
	dst, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockTimeout, PageSize: pageSize, InitialMmapSize: mapSize, NoFreelistSync: true, NoSync: true,
	})
	if err != nil {
		return err
	}
	dst.AllocSize = pageSize // no room to grow
	r := rewriter{ctx: ctx, dst: dst, step: step}
	return errors.Join(r.all(src), dst.Close())
}

// A rewriter stores buckets in order, in as many transactions as it takes.
type rewriter struct {
	ctx     context.Context //nolint:containedctx // for the length of one call
	dst     *bolt.DB
	tx      *bolt.Tx // nil if the last one failed
	step    int
	written int // in tx
}

func (r *rewriter) all(src *bolt.Tx) (err error) {
	if r.tx, err = r.dst.Begin(true); err != nil {
		return err
	}
	err = src.ForEach(func(name []byte, from *bolt.Bucket) error { return r.bucket([][]byte{name}, from) })
	switch {
	case err == nil:
		return r.tx.Commit()
	case r.tx != nil:
		return errors.Join(err, r.tx.Rollback())
	}
	return err
}

// bucket stores the bucket at a path with all that is in it.
func (r *rewriter) bucket(path [][]byte, from *bolt.Bucket) error {
	to, err := r.open(path)
	if err != nil {
		return err
	}
	if err := to.SetSequence(from.Sequence()); err != nil {
		return err
	}
	return from.ForEach(func(key, value []byte) error {
		if value == nil {
			return r.bucket(append(slices.Clip(path), key), from.Bucket(key))
		}
		if r.written >= r.step {
			if err := r.next(); err != nil {
				return err
			}
		}
		if to.Tx() != r.tx { // it was opened in a transaction that has ended
			if to, err = r.open(path); err != nil {
				return err
			}
		}
		r.written += len(key) + len(value)
		return to.Put(key, value)
	})
}

// open opens the bucket at a path in the transaction under way, and makes it if it is
// not there.
func (r *rewriter) open(path [][]byte) (*bolt.Bucket, error) {
	b, err := r.tx.CreateBucketIfNotExists(path[0])
	for _, name := range path[1:] {
		if err != nil {
			return nil, err
		}
		b, err = b.CreateBucketIfNotExists(name)
	}
	if err != nil {
		return nil, err
	}
	b.FillPercent = bulkFill
	return b, nil
}

// next ends the transaction under way and begins another.
func (r *rewriter) next() error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	err := r.tx.Commit()
	r.tx, r.written = nil, 0
	if err == nil {
		r.tx, err = r.dst.Begin(true)
	}
	return err
}
