package state

import (
	"errors"
	"sync"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// A handle is the open bbolt file. Compaction exchanges it under those who use it:
// readers end with the file that they began with, and those who write wait.
type handle struct {
	writing sync.Mutex // held by the one who writes, and while the file is exchanged

	mu      sync.Mutex
	file    *opened   // changed under writing and mu, so that either is enough to read it
	readers int       // of any file, under mu
	closed  bool      // no read begins any more, under mu
	left    sync.Cond // a reader has left; its lock is mu

	wrote func() // called after each transaction that wrote; tests compact there
}

// An opened is one file, and how many read it. Who reads it last closes it, once another
// has taken its place.
type opened struct {
	*bolt.DB
	readers int  // under mu of the handle, as retired
	retired bool // another file took its place
}

func newHandle(b *bolt.DB) *handle {
	h := &handle{file: &opened{DB: b}}
	h.left.L = &h.mu
	return h
}

// View runs fn in a transaction that reads.
func (h *handle) View(fn func(*bolt.Tx) error) (err error) {
	file, err := h.acquire()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.release(file)) }()
	return file.View(fn)
}

func (h *handle) acquire() (*opened, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, bolterrors.ErrDatabaseNotOpen
	}
	h.readers++
	h.file.readers++
	return h.file, nil
}

func (h *handle) release(file *opened) (err error) {
	h.mu.Lock()
	file.readers--
	last := file.retired && file.readers == 0
	h.mu.Unlock()
	if last {
		err = file.Close()
	}
	h.mu.Lock()
	h.readers--
	h.mu.Unlock()
	h.left.Broadcast()
	return err
}

// Update runs fn in a transaction that writes.
func (h *handle) Update(fn func(*bolt.Tx) error) error {
	err := h.hold(func(b *bolt.DB) error { return b.Update(fn) })
	if err == nil && h.wrote != nil {
		h.wrote()
	}
	return err
}

// still runs fn in a transaction during which nothing is written, and which changes
// nothing: bbolt's own check is only sound in one that could write.
func (h *handle) still(fn func(*bolt.Tx) error) error {
	return h.hold(func(b *bolt.DB) (err error) {
		tx, err := b.Begin(!b.IsReadOnly())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, tx.Rollback()) }()
		return fn(tx)
	})
}

// hold runs do while nothing else writes.
func (h *handle) hold(do func(*bolt.DB) error) error {
	h.writing.Lock()
	defer h.writing.Unlock()
	return do(h.file.DB)
}

// exchange makes next the file. The one before is closed once it is read no more. It is
// called within hold.
func (h *handle) exchange(next *bolt.DB) error {
	h.mu.Lock()
	before := h.file
	h.file, before.retired = &opened{DB: next}, true
	unread := before.readers == 0
	h.mu.Unlock()
	if unread {
		return before.Close()
	}
	return nil
}

// Close closes the file once nothing reads any more. Nothing begins to read from then on.
func (h *handle) Close() error {
	return h.hold(func(b *bolt.DB) error {
		h.mu.Lock()
		h.closed = true
		for h.readers > 0 {
			h.left.Wait()
		}
		h.mu.Unlock()
		return b.Close()
	})
}
