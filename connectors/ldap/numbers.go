package ldap

import (
	"hash/maphash"
	"math/bits"
)

// Numbers find at which place of a list an ID is: a table of places alone, some six bytes
// for each, since the IDs themselves are in the list. It is made when first asked for.
type numbers struct {
	seed  maphash.Seed
	slots []int32 // a place and one, 0 where none is
}

// find returns the place of an ID, -1 if it is nowhere. IDs that were taken out of the
// list are "" there.
func (t *numbers) find(ids []string, id string) int32 {
	if t.slots == nil {
		t.fill(ids)
	}
	for i := t.home(id); ; i = t.after(i) {
		switch n := t.slots[i] - 1; {
		case n < 0:
			return n
		case ids[n] == id && id != "":
			return n
		}
	}
}

// added takes in the ID that was added to the list last.
func (t *numbers) added(ids []string) {
	switch {
	case t.slots == nil:
	case len(ids)*5 > len(t.slots)*4: // fuller, and looks take long
		t.fill(ids)
	default:
		t.put(ids, len(ids)-1)
	}
}

func (t *numbers) fill(ids []string) {
	t.seed, t.slots = maphash.MakeSeed(), make([]int32, len(ids)*3/2+8)
	for n, id := range ids {
		if id != "" {
			t.put(ids, n)
		}
	}
}

func (t *numbers) put(ids []string, n int) {
	i := t.home(ids[n])
	for t.slots[i] != 0 {
		i = t.after(i)
	}
	t.slots[i] = int32(n) + 1
}

// home returns the slot at which the look for an ID begins.
func (t *numbers) home(id string) int {
	i, _ := bits.Mul64(maphash.String(t.seed, id), uint64(len(t.slots)))
	return int(i)
}

func (t *numbers) after(i int) int { return (i + 1) % len(t.slots) }
