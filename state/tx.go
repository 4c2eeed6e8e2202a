package state

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"writersync/syncer"
)

// A tx is a transaction that somebody else uses. Each of its methods contains what a
// broken file does to bbolt; what the user of the transaction does is the user's.
type tx struct {
	db   *DB
	ctx  context.Context //nolint:containedctx // for the length of one transaction
	bolt *bolt.Tx
	// version is that of the state, or an earlier one, and touched says that the
	// transaction changes what Load returns.
	version uint64
	touched bool
}

var _ syncer.Writer = (*tx)(nil)

// View runs fn in a transaction that reads; see syncer.Store.
func (db *DB) View(ctx context.Context, fn func(syncer.Reader) error) error {
	return db.transact(ctx, false, func(t *tx) error { return fn(t) })
}

// Update runs fn in a transaction that writes; see syncer.Store.
func (db *DB) Update(ctx context.Context, fn func(syncer.Writer) error) error {
	return db.transact(ctx, true, func(t *tx) error { return fn(t) })
}

func (db *DB) transact(ctx context.Context, writable bool, fn func(*tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Before the transaction begins: what is committed between the two must not pass for
	// what was read.
	t := &tx{db: db, ctx: ctx, version: db.version.now()}
	err = contain(db.path, func() (err error) {
		t.bolt, err = db.bolt.Begin(writable)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		// after a commit there is nothing left to roll back
		if rerr := contain(db.path, t.bolt.Rollback); rerr != nil && !errors.Is(rerr, berrors.ErrTxClosed) {
			err = errors.Join(err, rerr)
		}
	}()
	if err := fn(t); err != nil || !writable {
		return err
	}
	return db.commitTx(t)
}

// commitTx makes a transaction durable, with the heads that are pending.
func (db *DB) commitTx(t *tx) error {
	heads := db.codec.pending.all()
	err := contain(db.path, func() error {
		for source, h := range heads {
			if err := db.codec.writeHead(t.bolt, source, h); err != nil {
				return err
			}
		}
		return t.bolt.Commit()
	})
	if err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	db.codec.pending.drop(heads)
	if t.touched {
		db.version.moved()
	}
	return nil
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
