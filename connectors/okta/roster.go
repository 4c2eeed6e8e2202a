package okta

import (
	"encoding/binary"
	"slices"
)

// A roster numbers everybody who was ever seen, so that a membership is a number. A
// number stays with its ID as long as the roster lives.
type roster struct {
	ids     []string
	numbers map[string]uint32
}

func newRoster() *roster { return &roster{numbers: map[string]uint32{}} }

// number returns the number of an ID, a new one if it was never seen.
func (r *roster) number(id string) uint32 {
	n, known := r.numbers[id]
	if !known {
		n = uint32(len(r.ids)) //nolint:gosec // four billion people are not read
		r.numbers[id] = n
		r.ids = append(r.ids, id)
	}
	return n
}

// A crowd is a set of numbers: those who are stated in one reading.
type crowd struct{ in []bool }

func (c *crowd) add(n uint32) {
	if need := int(n) + 1 - len(c.in); need > 0 {
		c.in = append(c.in, make([]bool, need)...)
	}
	c.in[n] = true
}

func (c *crowd) remove(n uint32) {
	if int(n) < len(c.in) {
		c.in[n] = false
	}
}

// copied returns a set that can be changed alone.
func (c *crowd) copied() *crowd { return &crowd{in: slices.Clone(c.in)} }

func (c *crowd) has(n uint32) bool { return int(n) < len(c.in) && c.in[n] }

// A pack is a set of members: the differences between their sorted numbers, as
// varints. A hundred thousand members take about as many bytes.
type pack []byte

// packed returns the set of these IDs, and how many it has.
func (r *roster) packed(ids []string) (pack, int) {
	numbers := make([]uint32, len(ids))
	for i, id := range ids {
		numbers[i] = r.number(id)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var p pack
	before := uint32(0)
	for _, n := range numbers {
		p = binary.AppendUvarint(p, uint64(n-before))
		before = n
	}
	return slices.Clip(p), len(numbers)
}

// overlap returns how many of a set are in the crowd.
func (p pack) overlap(crowd *crowd) (count int) {
	n := uint32(0)
	for rest := p; len(rest) > 0; {
		d, size := binary.Uvarint(rest)
		n, rest = n+uint32(d), rest[size:] //nolint:gosec // packed from numbers of this size
		if crowd.has(n) {
			count++
		}
	}
	return count
}

// unpacked returns the IDs of a set.
func (r *roster) unpacked(p pack) (ids []string) {
	n := uint32(0)
	for rest := p; len(rest) > 0; {
		d, size := binary.Uvarint(rest)
		n, rest = n+uint32(d), rest[size:] //nolint:gosec // packed from numbers of this size
		ids = append(ids, r.ids[n])
	}
	return ids
}
