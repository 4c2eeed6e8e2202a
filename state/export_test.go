package state

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode"

	bolt "go.etcd.io/bbolt"
)

// A Disk is what a compaction asks of the file system, for tests to break.
type Disk struct {
	Free    func(dir string) (int64, error)
	Rename  func(from, to string) error
	SyncDir func(dir string) error
}

// RealDisk is the one that is used.
func RealDisk() Disk {
	d := realDisk()
	return Disk{Free: d.free, Rename: d.rename, SyncDir: d.syncDir}
}

// UseDisk has db use d.
func (db *DB) UseDisk(d Disk) { db.disk = disk{free: d.Free, rename: d.Rename, syncDir: d.SyncDir} }

// GiveBackFrom has db give back the memory of a read from so many users on.
func (db *DB) GiveBackFrom(users int) { db.many = users }

// CompactAfterWrites has db compact itself after each transaction that writes; after the
// first two hundred, which only tests of what is dropped make, after every tenth.
func (db *DB) CompactAfterWrites(fault func(error)) {
	var writes atomic.Int64
	db.bolt.wrote = func() {
		if n := writes.Add(1); n > 200 && n%10 != 0 {
			return
		}
		if _, err := db.Compact(context.Background()); err != nil {
			fault(err)
		}
	}
}

// Dump returns all that is in db: values by bucket and key, and the sequences of buckets.
func (db *DB) Dump() (map[string]string, error) {
	out := map[string]string{}
	err := db.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return dump(out, string(name), b) })
	})
	return out, err
}

func dump(out map[string]string, path string, b *bolt.Bucket) error {
	out[path+"#sequence"] = fmt.Sprint(b.Sequence())
	return b.ForEach(func(key, value []byte) error {
		at := path + "/" + string(key)
		if strings.ContainsFunc(string(key), func(r rune) bool { return !unicode.IsPrint(r) }) {
			at = fmt.Sprintf("%s/%x", path, key)
		}
		if value == nil {
			return dump(out, at, b.Bucket(key))
		}
		out[at] = string(value)
		return nil
	})
}
