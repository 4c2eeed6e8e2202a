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
	db   *DB
	ctx  context.Context //nolint:containedctx // for the length of one transaction
	bolt *bolt.Tx
	// version is that of the state before the transaction began, so that what is
	// committed between the two does not pass for what was read; touched says that the
	// transaction changes what Load returns.
	version uint64
	touched bool
}

var _ syncer.Writer = (*tx)(nil)

// View runs fn in a transaction that reads; see syncer.Store.
func (db *DB) View(ctx context.Context, fn func(syncer.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	version := db.version.now()
	return db.view(func(b *bolt.Tx) error {
		t := &tx{db: db, ctx: ctx, bolt: b, version: version}
		return apply.Contain(func() error { return fn(t) })
	})
}

// Update runs fn in a transaction that writes; see syncer.Store.
func (db *DB) Update(ctx context.Context, fn func(syncer.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{db: db, ctx: ctx, version: db.version.now()}
	err := db.update(func(b *bolt.Tx) error {
		t.bolt = b
		return apply.Contain(func() error { return fn(t) })
	})
	if err == nil && t.touched {
		db.version.moved()
	}
	return err
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

// A version counts the changes of what Load returns.
type version struct{ n atomic.Uint64 }

func (v *version) moved()      { v.n.Add(1) }
func (v *version) now() uint64 { return v.n.Load() }
