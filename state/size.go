package state

import (
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

const (
	// growBytes is how much a file grows at a time beyond what it needs. bbolt's own
	// 16 MiB are more than a company of a thousand users ever fills.
	growBytes = 1 << 20
	// smallFile is the size up to which a file is not worth compacting, in bytes.
	smallFile = 8 << 20
)

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
