package connectors

import (
	"testing"

	"pgregory.net/rapid"
)

// TestHashes holds a set of hashes against a map.
func TestHashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set hashes
		seen := map[uint64]bool{}
		near := rapid.Uint64Range(0, 300) // many in one place
		for _, h := range rapid.SliceOfN(rapid.OneOf(near, rapid.Map(near, func(h uint64) uint64 { return h << 32 }), rapid.Uint64()), 0, 500).Draw(t, "hashes") {
			if h == 0 {
				h = 1
			}
			if set.add(h) == seen[h] {
				t.Fatalf("%d was there: %t", h, seen[h])
			}
			seen[h] = true
		}
		if set.n != len(seen) {
			t.Fatalf("%d hashes, want %d", set.n, len(seen))
		}
	})
	var set hashes
	if !set.add(0) || set.add(0) || set.n != 1 {
		t.Error("a hash of zero is not kept")
	}
}
