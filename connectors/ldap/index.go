package ldap

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// An index finds the ID of an entry that was read by what members name it.
type index struct {
	ids   []string
	names map[fingerprint]int32 // by DN, as the server spells it and as names are compared
	uids  map[fingerprint]int32
}

func newIndex() *index {
	return &index{names: map[fingerprint]int32{}, uids: map[fingerprint]int32{}}
}

// add records that the entry called dn has the id.
func (x *index) add(dn string, name Name, id string) error {
	f, n := fingerprintOf(name.String()), int32(len(x.ids))
	if _, dup := x.names[f]; dup {
		return errSameName
	}
	x.ids = append(x.ids, id)
	x.names[f] = n
	x.names[fingerprintOf(dn)] = n
	return nil
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

// move records that the entry with the id is called dn now, whatever it was called
// before; it need not have been there. A name that another entry had is errTaken: that
// one has another name now, or is gone, and which of them a group means is not known.
func (x *index) move(dn string, name Name, id string) error {
	n := int32(slices.Index(x.ids, id))
	for _, f := range []fingerprint{fingerprintOf(name.String()), fingerprintOf(dn)} {
		if m, taken := x.names[f]; taken && m != n {
			return errTaken
		}
	}
	if n < 0 {
		n = int32(len(x.ids))
		x.ids = append(x.ids, id)
	}
	x.forget(n)
	x.names[fingerprintOf(name.String())] = n
	x.names[fingerprintOf(dn)] = n
	return nil
}

// errTaken is returned for what another entry had when it was seen last.
var errTaken = fmt.Errorf("an entry has a name or a uid that another one had: %w", connectors.ErrCursorLost)

// forget drops the names of entry n.
func (x *index) forget(n int32) {
	maps.DeleteFunc(x.names, func(_ fingerprint, m int32) bool { return m == n })
}

// replaceUIDs records the uids that the entry with the id has now. One that another
// entry had is errTaken, unless several had it: then it stays ambiguous.
func (x *index) replaceUIDs(id string, uids []string) error {
	n := int32(slices.Index(x.ids, id))
	maps.DeleteFunc(x.uids, func(_ fingerprint, m int32) bool { return m == n })
	for _, uid := range uids {
		f := fingerprintOf(uid)
		switch other, taken := x.uids[f]; {
		case !taken:
			x.uids[f] = n
		case other != ambiguous:
			return errTaken
		}
	}
	return nil
}

// drop forgets the entry with the id, and reports whether it was there.
func (x *index) drop(id string) bool {
	n := slices.Index(x.ids, id)
	if n < 0 {
		return false
	}
	x.forget(int32(n))
	maps.DeleteFunc(x.uids, func(_ fingerprint, m int32) bool { return m == int32(n) })
	x.ids[n] = "" // its number is not given again
	return true
}

// without returns the IDs that are not among those listed.
func (x *index) without(listed map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(x.ids), func(id string) bool { return id == "" || listed[id] })
}

func (x *index) size() int { return len(x.ids) }

func (x *index) has(name Name) bool {
	_, ok := x.names[fingerprintOf(name.String())]
	return ok
}

// hasUID reports whether any entry has the uid, or several.
func (x *index) hasUID(uid string) bool {
	_, ok := x.uids[fingerprintOf(uid)]
	return ok
}

// hasID looks through all entries: it is for the few that came as a surprise.
func (x *index) hasID(id string) bool { return slices.Contains(x.ids, id) }

// byName finds an entry by a member value. Most are spelled as the entry itself
// is, and are found without being parsed.
func (x *index) byName(dn string) (string, bool) {
	if n, ok := x.names[fingerprintOf(dn)]; ok {
		return x.ids[n], true
	}
	name, err := ParseName(dn)
	if err != nil {
		return "", false // no entry that was read has such a name
	}
	n, ok := x.names[fingerprintOf(name.String())]
	if !ok {
		return "", false
	}
	return x.ids[n], true
}

// byUID finds an entry by its uid, compared exactly (RFC 2307: memberUid). A uid
// of several entries finds none: a guess could be the wrong person.
func (x *index) byUID(uid string) (string, bool) {
	n, ok := x.uids[fingerprintOf(uid)]
	if !ok || n == ambiguous {
		return "", false
	}
	return x.ids[n], true
}
