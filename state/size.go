package state

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// smallFile is the size up to which a file is not worth compacting, in bytes.
const smallFile = 8 << 20

// A Size is how large the state is, in bytes.
type Size struct {
	File int64 // of the file
	Live int64 // of its pages that are in use
}

// Wasteful reports whether the file is more than twice as large as what is live in it,
// and large enough for that to matter.
func (s Size) Wasteful() bool { return s.File > smallFile && s.File > 2*s.Live }

// Size returns how large the state is. What a transaction under way writes may be
// counted or not.
func (db *DB) Size() (Size, error) {
	var s Size
	err := db.view(func(tx *bolt.Tx) error {
		stats := tx.DB().Stats()
		s.Live = tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*pageSize
		return nil
	})
	if err != nil {
		return Size{}, fmt.Errorf("measure the state: %w", err)
	}
	info, err := os.Stat(db.path)
	if err != nil {
		return Size{}, fmt.Errorf("measure the state: %w", err)
	}
	s.File = info.Size()
	return s, nil
}

// A Content says what is in a state that nothing has open: a file that is opened to read
// alone does not say which of its pages are free.
type Content struct {
	File, Records int64 // bytes of the file, and of the records in it
	// Commits are the transactions that the file has seen since it was made or compacted.
	Commits uint64
}

// ContentOf measures the state at path and changes nothing. No process may have it open.
func ContentOf(path string) (Content, error) {
	b, err := openFile(path, bolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if err != nil {
		return Content{}, err
	}
	db := &DB{path: path, bolt: newHandle(b)}
	var s Content
	err = db.view(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("measure the state: %w", err)
		}
		s.File, s.Commits = info.Size(), uint64(tx.ID()) //nolint:gosec // counts up from 0
		return tx.ForEach(func(_ []byte, bucket *bolt.Bucket) error {
			used := bucket.Stats()
			s.Records += int64(used.BranchInuse + used.LeafInuse)
			return nil
		})
	})
	return s, errors.Join(err, b.Close())
}
