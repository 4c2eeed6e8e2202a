package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"writersync/state"
)

// eachBucket calls f with every bucket of a file that has records, and its path.
func eachBucket(tx *bolt.Tx, f func(path []string, b *bolt.Bucket) error) error {
	var walk func(path []string, b *bolt.Bucket) error
	walk = func(path []string, b *bolt.Bucket) error {
		if err := f(path, b); err != nil {
			return err
		}
		return b.ForEachBucket(func(name []byte) error {
			return walk(append(path[:len(path):len(path)], string(name)), b.Bucket(name))
		})
	}
	return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk([]string{string(name)}, b) })
}

// firstTwo returns the first key of a bucket and the next one with another value, or
// none.
func firstTwo(b *bolt.Bucket) (first, second []byte) {
	c := b.Cursor()
	for key, value := c.First(); key != nil; key, value = c.Next() {
		switch {
		case value == nil:
		case first == nil:
			first = bytes.Clone(key)
		case !bytes.Equal(value, b.Get(first)):
			return first, bytes.Clone(key)
		}
	}
	return nil, nil
}

// TestSwappedRecords gives two records of a bucket each other's value: a record that
// is whole, and not that of its key, is a fault, whatever the bucket.
func TestSwappedRecords(t *testing.T) {
	whole, err := os.ReadFile(sample(t))
	must(t, err)
	var buckets [][]string
	swap := func(name string, at []string) error {
		b, err := bolt.Open(name, 0o600, nil)
		must(t, err)
		err = b.Update(func(tx *bolt.Tx) error {
			return eachBucket(tx, func(path []string, b *bolt.Bucket) error {
				first, second := firstTwo(b)
				switch {
				case second == nil:
				case at == nil:
					buckets = append(buckets, path)
				case strings.Join(at, "/") == strings.Join(path, "/"):
					one, two := bytes.Clone(b.Get(first)), bytes.Clone(b.Get(second))
					return errors.Join(b.Put(first, two), b.Put(second, one))
				}
				return nil
			})
		})
		return errors.Join(err, b.Close())
	}
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, whole, 0o600))
	must(t, swap(path, nil))
	if len(buckets) < 5 {
		t.Fatalf("only %d buckets have two records: %v", len(buckets), buckets)
	}
	for _, at := range buckets {
		must(t, os.WriteFile(path, whole, 0o600))
		must(t, swap(path, at))
		var corrupt *state.CorruptError
		if err := state.Check(t.Context(), path); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("%s: two records have each other's value, and Check says: %v", strings.Join(at, "/"), err)
		}
	}
}
