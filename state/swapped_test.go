package state_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
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

// edited writes the state of a sample, with what f did to the buckets at a path, and
// returns what Check says of it. Without a path f is given every bucket.
func edited(t *testing.T, whole []byte, at []string, f func(path []string, b *bolt.Bucket) error) error {
	t.Helper()
	name := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(name, whole, 0o600))
	b, err := bolt.Open(name, 0o600, nil)
	must(t, err)
	err = b.Update(func(tx *bolt.Tx) error {
		return eachBucket(tx, func(path []string, b *bolt.Bucket) error {
			if at != nil && strings.Join(at, "/") != strings.Join(path, "/") {
				return nil
			}
			return f(path, b)
		})
	})
	must(t, errors.Join(err, b.Close()))
	return state.Check(t.Context(), name)
}

// TestSwappedRecords gives two records of a bucket each other's value: a record that
// is whole, and not that of its key, is a fault, whatever the bucket.
func TestSwappedRecords(t *testing.T) {
	whole, err := os.ReadFile(sample(t))
	must(t, err)
	var buckets [][]string
	must(t, edited(t, whole, nil, func(path []string, b *bolt.Bucket) error {
		if _, second := firstTwo(b); second != nil {
			buckets = append(buckets, path)
		}
		return nil
	}))
	if len(buckets) < 5 {
		t.Fatalf("only %d buckets have two records: %v", len(buckets), buckets)
	}
	for _, at := range buckets {
		err := edited(t, whole, at, func(_ []string, b *bolt.Bucket) error {
			first, second := firstTwo(b)
			one, two := bytes.Clone(b.Get(first)), bytes.Clone(b.Get(second))
			return errors.Join(b.Put(first, two), b.Put(second, one))
		})
		var corrupt *state.CorruptError
		want := "checksum"
		if slices.Equal(at, []string{"meta"}) {
			want = "schema" // the only value that is no record: every version must be able to read it
		}
		if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: two records have each other's value, and Check says: %v", strings.Join(at, "/"), err)
		}
	}
}

// TestBrokenRecords flips a bit of one record in each bucket.
func TestBrokenRecords(t *testing.T) {
	whole, err := os.ReadFile(sample(t))
	must(t, err)
	first := func(b *bolt.Bucket) (key, value []byte) {
		c := b.Cursor()
		for key, value = c.First(); key != nil && len(value) == 0; key, value = c.Next() {
		}
		return bytes.Clone(key), bytes.Clone(value)
	}
	var buckets [][]string
	must(t, edited(t, whole, nil, func(path []string, b *bolt.Bucket) error {
		if key, _ := first(b); key != nil {
			buckets = append(buckets, path)
		}
		return nil
	}))
	if len(buckets) < 10 {
		t.Fatalf("only %d buckets have a record: %v", len(buckets), buckets)
	}
	for _, at := range buckets {
		err := edited(t, whole, at, func(_ []string, b *bolt.Bucket) error {
			key, value := first(b)
			value[len(value)-1] ^= 1
			return b.Put(key, value)
		})
		if err == nil {
			t.Errorf("%s: a record is broken, and Check finds nothing", strings.Join(at, "/"))
		}
	}
}
