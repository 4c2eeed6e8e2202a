package state

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
)

// Options are what Open can be told. The zero value is good.
type Options struct {
	// LockTimeout is how long to wait for another process to let go of the file.
	// Zero: two seconds.
	LockTimeout time.Duration
	// Now is the clock for retries, removals and approvals. Nil: time.Now.
	Now func() time.Time
	// MaxSize caps the file, in bytes: a write that would pass it is refused.
	// Zero: no cap.
	MaxSize int
	// Step is how many bytes one transaction of a large read writes, about.
	// Zero: 16 MiB.
	Step int
}

// A DB is the state in a bbolt file. It implements syncer.Store.
type DB struct {
	path    string
	bolt    *handle
	options bolt.Options // that the file is opened with
	codec   codec
	now     func() time.Time
	step    int        // as Options.Step
	many    int        // manyUsers, but in tests
	kept    auditLimit // of the audit
	disk    disk

	version    version
	compacting sync.Mutex // held for the length of a compaction

	mu      sync.Mutex
	reading map[string]bool // sources with a reading under way
}

var _ syncer.Store = (*DB)(nil)

// Close lets go of the file. It waits for what is under way.
func (db *DB) Close() error {
	err := db.settle()
	db.compacting.Lock()
	defer db.compacting.Unlock()
	if err := errors.Join(err, db.bolt.Close()); err != nil {
		return fmt.Errorf("close state: %w", err)
	}
	return nil
}

// Path returns where the file is.
func (db *DB) Path() string { return db.path }

// view runs fn in a transaction that reads. fn keeps nothing that aliases the file, and
// calls nothing of the DB: a reader that waits for a writer of its own process would never
// end.
func (db *DB) view(fn func(*bolt.Tx) error) error {
	return contain(db.path, func() error { return db.bolt.View(fn) })
}

// contain turns what a broken file does to bbolt into an error: it panics when a
// page makes no sense, and a page that is not there at all faults.
func contain(path string, do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &CorruptError{Path: path, Err: fmt.Errorf("a page makes no sense: %v", r)}
		}
	}()
	return explained(path, do())
}
