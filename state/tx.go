package state

import (
	"context"
	"fmt"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
	"writersync/syncer/apply"
)

// A tx is a transaction that a caller uses. Each of its methods contains what a broken
// file does to bbolt; a panic of the caller is the caller's, and no fault of the file.
type tx struct {
	db      *DB
	ctx     context.Context //nolint:containedctx // for the length of one transaction
	bolt    *bolt.Tx
	version uint64 // of what is read; see version
	touched bool
}

var _ syncer.Writer = (*tx)(nil)

// View runs fn in a transaction that reads; see syncer.Store.
func (db *DB) View(ctx context.Context, fn func(syncer.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	before := db.version.quiet()
	return db.view(func(b *bolt.Tx) error {
		t := &tx{db: db, ctx: ctx, bolt: b, version: before}
		if db.version.quiet() != before {
			t.version = db.version.unlike()
		}
		return apply.Contain(func() error { return fn(t) })
	})
}

// Update runs fn in a transaction that writes; see syncer.Store.
func (db *DB) Update(ctx context.Context, fn func(syncer.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{db: db, ctx: ctx}
	err := db.update(func(b *bolt.Tx) error {
		t.bolt = b
		return apply.Contain(func() error { return fn(t) })
	})
	if t.touched {
		db.version.end()
	}
	return err
}

// touch says that the transaction changes what Load returns.
func (t *tx) touch() {
	if !t.touched {
		t.touched = true
		t.db.version.begin()
	}
}

// do runs the body of a method.
func (t *tx) do(what string, body func() error) error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if err := contain(t.db.path, body); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// A version counts the changes of what Load returns, when they begin and when they are over:
// a transaction between whose beginning and the moment before it no change was under way
// reads that version, and no other.
type version struct{ begun, ended, others atomic.Uint64 }

func (v *version) begin() { v.begun.Add(1) }
func (v *version) end()   { v.ended.Add(1) }

// quiet returns the version if no change is under way, else one like no other.
func (v *version) quiet() uint64 {
	ended := v.ended.Load() // first: what began after it has not ended in it
	if v.begun.Load() != ended {
		return v.unlike()
	}
	return ended
}

// unlike returns a version that nothing else has.
func (v *version) unlike() uint64 { return 1<<63 | v.others.Add(1) }
