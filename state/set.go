package state

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A packed set is a set of numbers as varints of the gaps between them, in
// ascending order: 1 to 2 bytes for each member of a group among a million
// people. The first gap is counted from -1, so that no gap is ever zero.

// packSet packs numbers, which are ascending and without repeats.
func packSet(numbers []uint32) []byte {
	out := make([]byte, 0, len(numbers)+len(numbers)/2)
	last := int64(-1)
	for _, n := range numbers {
		out = binary.AppendUvarint(out, uint64(int64(n)-last)) //nolint:gosec // positive: ascending
		last = int64(n)
	}
	return out
}

// unpackSet calls yield with each number of a packed set, ascending.
func unpackSet(set []byte, yield func(uint32)) error {
	last := int64(-1)
	for len(set) > 0 {
		gap, width := binary.Uvarint(set)
		if width <= 0 || gap == 0 || gap > math.MaxUint32+1 || last+int64(gap) > math.MaxUint32 {
			return fmt.Errorf("a set out of order: %w", errRecord)
		}
		last += int64(gap)
		set = set[width:]
		yield(uint32(last)) //nolint:gosec // checked above
	}
	return nil
}

// unpacked returns the numbers of a packed set.
func unpacked(set []byte) ([]uint32, error) {
	var out []uint32
	err := unpackSet(set, func(n uint32) { out = append(out, n) })
	return out, err
}

// without returns the numbers of a that are not in b. Both are ascending.
func without(a, b []uint32) []uint32 {
	var out []uint32
	for _, n := range a {
		if _, in := slices.BinarySearch(b, n); !in {
			out = append(out, n)
		}
	}
	return out
}

// bits is a growing set of small numbers.
type bits struct {
	words []uint64
	n     int // how many are in it
}

// add puts i in, and reports whether it was not there before.
func (b *bits) add(i uint32) bool {
	word, bit := int(i/64), uint64(1)<<(i%64)
	for word >= len(b.words) {
		b.words = append(b.words, 0)
	}
	if b.words[word]&bit != 0 {
		return false
	}
	b.words[word] |= bit
	b.n++
	return true
}

func (b *bits) has(i uint32) bool {
	word := int(i / 64)
	return word < len(b.words) && b.words[word]&(1<<(i%64)) != 0
}
