package state

import (
	"errors"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// A handle is the open bbolt file. Compaction exchanges it under those who use it:
// readers end with the file that they began with, and those who write wait.
type handle struct {
	writing sync.Mutex // held by the one who writes, and while the file is exchanged

	mu   sync.Mutex
	file *opened        // changed under writing and mu, so that either is enough to read it
	all  sync.WaitGroup // who reads, of any file

	wrote func() // called after each transaction that wrote; tests compact there
}

// An opened is one file, and how many read it. Who reads it last closes it, once another
// has taken its place.
type opened struct {
	*bolt.DB
	readers int  // under mu of the handle, as retired
	retired bool // another file took its place
}

func newHandle(b *bolt.DB) *handle { return &handle{file: &opened{DB: b}} }

// View runs fn in a transaction that reads.
func (h *handle) View(fn func(*bolt.Tx) error) (err error) {
	file := h.acquire()
	defer func() { err = errors.Join(err, h.release(file)) }()
	return file.View(fn)
}

func (h *handle) acquire() *opened {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all.Add(1)
	h.file.readers++
	return h.file
}

func (h *handle) release(file *opened) error {
	defer h.all.Done()
	h.mu.Lock()
	file.readers--
	last := file.retired && file.readers == 0
	h.mu.Unlock()
	if last {
		return file.Close()
	}
	return nil
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

// Close closes the file once nothing reads any more.
func (h *handle) Close() error {
	return h.hold(func(b *bolt.DB) error {
		h.all.Wait()
		return b.Close()
	})
}
