package statetest

import (
	"testing"

	bolt "go.etcd.io/bbolt"
)

// Buckets returns how many bytes of a state file each of its buckets uses. No other
// process may have the file open.
func Buckets(t testing.TB, path string) map[string]int {
	t.Helper()
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	err = b.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			stats := b.Stats()
			out[string(name)] = stats.BranchInuse + stats.LeafInuse
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}
