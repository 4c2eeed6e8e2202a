package ldap

import (
	"crypto/sha256"
	"errors"
	"slices"
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
