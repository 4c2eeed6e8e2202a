package state

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestLetGo reads a whole file, lets go of its pages, and reads it once more.
func TestLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	const records, size = 2000, 4000
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		for n := uint64(0); n < records && err == nil; n++ {
			value := make([]byte, size)
			binary.BigEndian.PutUint64(value, n)
			err = b.Put(binary.BigEndian.AppendUint64(nil, n), value)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(tx *bolt.Tx) {
		t.Helper()
		found := 0
		err := tx.Bucket([]byte("b")).ForEach(func(key, value []byte) error {
			if string(value[:8]) == string(key) && len(value) == size {
				found++
			}
			return nil
		})
		if err != nil || found != records {
			t.Errorf("%d of %d records are as they were: %v", found, records, err)
		}
	}
	err = db.View(func(tx *bolt.Tx) error {
		read(tx)
		before := resident(t, path)
		if err := letGo(tx); err != nil {
			return err
		}
		if after := resident(t, path); before < records*size || after != 0 {
			t.Errorf("%d bytes of the file are in memory before, %d after", before, after)
		}
		read(tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// resident returns how many bytes of a mapped file are memory of this process.
func resident(t *testing.T, path string) (bytes int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	within := false
	for line := range strings.Lines(string(maps)) {
		line = strings.TrimSpace(line)
		if first, _, _ := strings.Cut(line, " "); strings.Contains(first, "-") {
			within = strings.HasSuffix(line, path)
		}
		if within && strings.HasPrefix(line, "Rss:") {
			n, err := strconv.Atoi(strings.Fields(line)[1]) // in KiB
			if err != nil {
				t.Fatal(err)
			}
			bytes += n << 10
		}
	}
	return bytes
}
