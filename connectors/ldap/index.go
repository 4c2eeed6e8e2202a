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

// A fingerprint stands for a name or a uid: 16 bytes of its SHA-256, so that a
// million names take some tens of MiB and no two of them meet.
type fingerprint [16]byte

func fingerprintOf(s string) fingerprint {
	sum := sha256.Sum256([]byte(s))
	return fingerprint(sum[:16])
}

// ambiguous marks a uid that several entries have.
const ambiguous = -1

// An index finds the ID of an entry by what a group's members call it: a distinguished
// name or a uid. Names and uids lead to a number, and the number to the ID. An entry that
// changes gets a new number, and its old one is given up: its old names need not be known
// to be forgotten, since a number that was given up has no ID.
type index struct {
	ids   []string              // by number; "" where it was given up
	byID  map[string]int32      // made by the first find: a reading that finds nobody by ID needs none
	dead  int                   // numbers that were given up
	names map[fingerprint]int32 // by DN, as the server spells it and as names are compared
	uids  map[fingerprint]int32
}

func newIndex() *index {
	return &index{names: map[fingerprint]int32{}, uids: map[fingerprint]int32{}}
}

// add records that the entry called dn has the id.
func (x *index) add(dn string, name Name, id string) error {
	if x.has(name) {
		return errSameName
	}
	x.name(dn, name, x.number(id))
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

func (x *index) name(dn string, name Name, n int32) {
	x.names[fingerprintOf(name.String())] = n
	x.names[fingerprintOf(dn)] = n
}

// addUIDs records the uids of the entry added last.
func (x *index) addUIDs(uids []string) {
	last := int32(len(x.ids) - 1)
	for _, uid := range uids {
		f := fingerprintOf(uid)
		if n, taken := x.uids[f]; taken && n != last {
			x.uids[f] = ambiguous
			continue
		}
		x.uids[f] = last
	}
}

// move records that the entry with the id is called dn and has the uids now, in place of
// those before; the entry may be new. A name or a uid that another entry had is errTaken:
// the other one was renamed too, or is gone, and which of the two a group means is not
// known. A uid that several entries had stays ambiguous.
func (x *index) move(dn string, name Name, id string, uids []string) error {
	old, known := x.find(id)
	ofAnother := func(n int32) bool { return !known || n != old }
	for _, called := range []string{name.String(), dn} {
		if n, taken := x.at(x.names, called); taken && ofAnother(n) {
			return errTaken
		}
	}
	for _, uid := range uids {
		if n, taken := x.at(x.uids, uid); taken && n != ambiguous && ofAnother(n) {
			return errTaken
		}
	}
	if known {
		x.giveUp(old)
	}
	n := x.number(id)
	x.name(dn, name, n)
	for _, uid := range uids {
		if f := fingerprintOf(uid); x.uids[f] != ambiguous {
			x.uids[f] = n
		}
	}
	x.compact()
	return nil
}

// errTaken is returned for what another entry had when it was seen last.
var errTaken = fmt.Errorf("an entry has a name or a uid that another one had: %w", connectors.ErrCursorLost)

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
	for _, m := range []map[fingerprint]int32{x.names, x.uids} {
		for f, n := range m {
			switch {
			case n == ambiguous:
			case x.ids[n] == "":
				delete(m, f)
			default:
				m[f] = moved[n]
			}
		}
	}
	x.ids, x.dead, x.byID = ids, 0, nil
}

// at returns the number at which a key leads to an entry, or that it is ambiguous.
func (x *index) at(m map[fingerprint]int32, key string) (int32, bool) {
	n, ok := m[fingerprintOf(key)]
	return n, ok && (n == ambiguous || x.ids[n] != "")
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
	_, ok := x.at(x.names, name.String())
	return ok
}

// hasUID reports whether any entry has the uid, or several.
func (x *index) hasUID(uid string) bool {
	_, ok := x.at(x.uids, uid)
	return ok
}

func (x *index) hasID(id string) bool {
	_, ok := x.find(id)
	return ok
}

// byName finds an entry by a member value. Most are spelled as the entry itself
// is, and are found without being parsed.
func (x *index) byName(dn string) (string, bool) {
	if n, ok := x.at(x.names, dn); ok {
		return x.ids[n], true
	}
	name, err := ParseName(dn)
	if err != nil {
		return "", false // no entry that was read has such a name
	}
	n, ok := x.at(x.names, name.String())
	if !ok {
		return "", false
	}
	return x.ids[n], true
}

// byUID finds an entry by its uid, compared exactly (RFC 2307: memberUid). A uid
// of several entries finds none: a guess could be the wrong person.
func (x *index) byUID(uid string) (string, bool) {
	n, ok := x.at(x.uids, uid)
	if !ok || n == ambiguous {
		return "", false
	}
	return x.ids[n], true
}
