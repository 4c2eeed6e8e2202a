//go:build unix

package state

import (
	"fmt"
	"unsafe"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// letGo tells the system that this process needs none of the file's pages at the moment.
// bbolt reads the file through a mapping, in which each page that was read counts as memory
// of the process. The next use of a page maps it again, most often without a disk.
func letGo(tx *bolt.Tx) error {
	start := tx.DB().Info().Data // of the mapping; only this transaction could move it now, or none
	pages := unsafe.Slice(*(**byte)(unsafe.Pointer(&start)), tx.Size())
	if err := unix.Madvise(pages, unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("let go of the pages of the state: %w", err)
	}
	return nil
}
