package file

import (
	"hash/maphash"
	"strings"
)

// texts numbers texts: each is kept once, behind the others in large blocks. A million of 36
// bytes take some 70 MiB.
type texts struct {
	seed    maphash.Seed
	numbers map[uint64]uint32 // by hash; of two with one hash, the second is at the next
	places  []uint32          // by number: block, and where it begins in that
	blocks  []string
	last    strings.Builder // the last block, as long as it grows
}

// blockBytes is the size of a block; a longer text has one of its own.
const blockBytes = 1 << blockBits

const blockBits = 16

func newTexts() *texts { return &texts{seed: maphash.MakeSeed(), numbers: map[uint64]uint32{}} }

// number returns the number of a text.
func (t *texts) number(text string) uint32 {
	for h := maphash.String(t.seed, text); ; h++ {
		n, taken := t.numbers[h]
		switch {
		case !taken:
			n = t.add(text)
			t.numbers[h] = n
			return n
		case t.text(n) == text:
			return n
		}
	}
}

func (t *texts) add(text string) uint32 {
	if full := t.last.Len(); len(t.blocks) == 0 || full >= blockBytes || full+len(text) > t.last.Cap() {
		t.last = strings.Builder{}
		t.last.Grow(max(blockBytes, len(text)))
		t.blocks = append(t.blocks, "")
	}
	block := len(t.blocks) - 1
	t.places = append(t.places, uint32(block<<blockBits|t.last.Len())) //nolint:gosec // a file with 4 GiB of IDs is not read
	t.last.WriteString(text)
	t.blocks[block] = t.last.String()
	return uint32(len(t.places) - 1) //nolint:gosec // fewer than bytes
}

// text returns the text of a number.
func (t *texts) text(n uint32) string {
	block, from := t.places[n]>>blockBits, t.places[n]%blockBytes
	text := t.blocks[block]
	if next := int(n) + 1; next < len(t.places) && t.places[next]>>blockBits == block {
		return text[from : t.places[next]%blockBytes]
	}
	return text[from:]
}
