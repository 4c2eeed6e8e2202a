package ldap

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"writersync/connectors"
)

// errSameName is returned for two entries with one name. No directory has them,
// but a broken one would let a membership reach the wrong person.
var errSameName = errors.New("two entries have the same distinguished name")

// A fingerprint stands for a name: 16 bytes of its SHA-256, so that a
// million names take some tens of MiB and no two of them meet.
type fingerprint [16]byte

func fingerprintOf(s string) fingerprint {
	sum := sha256.Sum256([]byte(s))
	return fingerprint(sum[:16])
}

// An index finds the ID of an entry by its distinguished name, as others call their
// manager; and knows who was listed. Names lead to a number, and the number to the ID. An
// entry that changes gets a new number, and its old one is given up: its old names need not
// be known to be forgotten, since a number that was given up has no ID.
type index struct {
	ids   []string         // by number; "" where it was given up
	byID  map[string]int32 // made by the first find: a reading that finds no user by ID needs none
	dead  int              // numbers that were given up
	names map[fingerprint]int32
}

func newIndex() *index { return &index{names: map[fingerprint]int32{}} }

// add records that the entry of that name has the id.
func (x *index) add(name Name, id string) error {
	if x.has(name) {
		return errSameName
	}
	x.names[fingerprintOf(name.String())] = x.number(id)
	return nil
}

// number gives the id a number.
func (x *index) number(id string) int32 {
	n := int32(len(x.ids))
	x.ids = append(x.ids, id)
	if x.byID != nil {
		x.byID[id] = n
	}
	return n
}

// find returns the number of an ID.
func (x *index) find(id string) (int32, bool) {
	if x.byID == nil {
		x.byID = make(map[string]int32, len(x.ids))
		for n, id := range x.ids {
			if id != "" {
				x.byID[id] = int32(n)
			}
		}
	}
	n, ok := x.byID[id]
	return n, ok
}

// move records that the entry with the id has that name now, in place of the one before; the
// entry may be new. A name that another entry had is errTaken: the other one was renamed
// too, or is gone, and which of the two is meant is not known.
func (x *index) move(name Name, id string) error {
	old, known := x.find(id)
	if n, taken := x.at(name); taken && (!known || n != old) {
		return errTaken
	}
	if known {
		x.giveUp(old)
	}
	x.names[fingerprintOf(name.String())] = x.number(id)
	x.compact()
	return nil
}

// errTaken is returned for what another entry had when it was seen last.
var errTaken = fmt.Errorf("an entry has a name that another one had: %w", connectors.ErrCursorLost)

// drop forgets the entry with the id, and reports whether it was there.
func (x *index) drop(id string) bool {
	n, known := x.find(id)
	if known {
		x.giveUp(n)
		x.compact()
	}
	return known
}

func (x *index) giveUp(n int32) {
	delete(x.byID, x.ids[n])
	x.ids[n] = ""
	x.dead++
}

// compact forgets the numbers that were given up, once they are an eighth of all: often
// enough for the memory, and seldom enough that the average change costs little.
func (x *index) compact() {
	if x.dead*8 <= len(x.ids) {
		return
	}
	ids, moved := make([]string, 0, len(x.ids)-x.dead), make([]int32, len(x.ids))
	for n, id := range x.ids {
		if id != "" {
			moved[n] = int32(len(ids))
			ids = append(ids, id)
		}
	}
	for f, n := range x.names {
		if x.ids[n] == "" {
			delete(x.names, f)
		} else {
			x.names[f] = moved[n]
		}
	}
	x.ids, x.dead, x.byID = ids, 0, nil
}

// at returns the number at which a name leads to an entry.
func (x *index) at(name Name) (int32, bool) {
	n, ok := x.names[fingerprintOf(name.String())]
	return n, ok && x.ids[n] != ""
}

// without returns the IDs that are not among those listed.
func (x *index) without(listed map[string]bool) []string {
	var out []string
	for _, id := range x.ids {
		if id != "" && !listed[id] {
			out = append(out, id)
		}
	}
	return out
}

func (x *index) size() int { return len(x.ids) - x.dead }

func (x *index) has(name Name) bool {
	_, ok := x.at(name)
	return ok
}

// byName finds an entry by a value that names it.
func (x *index) byName(dn string) (string, bool) {
	name, err := ParseName(dn)
	if err != nil {
		return "", false // no entry that was read has such a name
	}
	n, ok := x.at(name)
	if !ok {
		return "", false
	}
	return x.ids[n], true
}
