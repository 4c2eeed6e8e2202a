package state

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"slices"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
)

// A nameHash stands for an ID or a name by which lists name an object: 16 bytes of its
// SHA-256, so that no two of them meet. What lists name is compared, and shown nowhere.
type nameHash [16]byte

func hashName(s string) nameHash {
	sum := sha256.Sum256([]byte(s))
	return nameHash(sum[:16])
}

func compareHashes(a, b nameHash) int { return bytes.Compare(a[:], b[:]) }

// A hashes is nameHashes one behind the other, ascending, as a record holds them.
type hashes []byte

// hashNames returns the hashes of names.
func hashNames(names []string) hashes {
	all := make([]nameHash, 0, len(names))
	for _, name := range names {
		if name != "" {
			all = append(all, hashName(name))
		}
	}
	slices.SortFunc(all, compareHashes)
	var out hashes
	for _, h := range slices.Compact(all) {
		out = append(out, h[:]...)
	}
	return out
}

func (h hashes) each(yield func(nameHash) bool) {
	for ; len(h) >= len(nameHash{}); h = h[len(nameHash{}):] {
		if !yield(nameHash(h[:len(nameHash{})])) {
			return
		}
	}
}

// appendHashes writes hashes with their number. The number is a byte below 0x80, which
// begins no CBOR array: so records of schema 3 are told from those of schema 4.
func appendHashes(b []byte, h hashes) []byte {
	return append(append(b, byte(len(h)/len(nameHash{}))), h...)
}

func (f *fields) hashes() hashes {
	n := f.byte()
	if n >= 0x80 {
		f.short = true
	}
	return hashes(f.take(int(n) * len(nameHash{})))
}

// An index finds users by the IDs and names by which the lists of a full read name them.
// It is all that is in memory of who is there: some 16 bytes for each ID and name.
//
// It holds numbers. A user who has none yet is held by a place among such users, until the
// commit gives the number. An ID goes before a name of another user. A collision (one in
// 10^7 reads) takes from a name its user.
type index struct {
	seed maphash.Seed
	at   map[uint64]uint32
}

// What an index holds beside a number.
const (
	byID       = 1 << 31 // the key is an ID
	unnumbered = 1 << 30 // the number is a place among the users without one
)

func newIndex(users int) *index {
	return &index{seed: maphash.MakeSeed(), at: make(map[uint64]uint32, users)}
}

// add adds a user by its keys, of which the ID's is the first.
func (x *index) add(keys []uint64, value uint32) {
	for i, key := range keys {
		switch now, known := x.at[key]; {
		case i == 0:
			x.at[key] = value | byID
		case !known:
			x.at[key] = value
		case now&byID == 0 && now != value:
			x.at[key] = 0 // a name of several
		}
	}
}

// keys returns those of a user.
func (x *index) keys(u connectors.User) []uint64 {
	keys := make([]uint64, 0, 1+len(u.Names))
	keys = append(keys, maphash.String(x.seed, u.ID))
	for _, name := range u.Names {
		if name != "" {
			keys = append(keys, maphash.String(x.seed, name))
		}
	}
	return keys
}

// find returns what the index holds by a reference, 0 if that names no user.
func (x *index) find(ref string) uint32 { return x.at[maphash.String(x.seed, ref)] &^ byID }

// named finds the users of a source that have one of the names now, of each name that is
// not of several.
func (s source) named(want map[nameHash]bool) (map[nameHash]uint32, error) {
	out := map[nameHash]uint32{}
	if len(want) == 0 {
		return out, nil
	}
	err := s.people.ForEach(func(key, value []byte) error {
		p, err := readPerson(key, value)
		if err != nil {
			return fmt.Errorf("person %q: %w", key, err)
		}
		for h := range p.names.each {
			if !want[h] {
				continue
			}
			if _, twice := out[h]; twice {
				out[h] = 0
				continue
			}
			out[h] = p.number
		}
		return nil
	})
	return out, err
}

// listed returns the number of the user with the ID, if the source lists one.
func (s source) listed(id string) (number uint32, ok bool, err error) {
	key := []byte(id)
	value := s.people.Get(key)
	if value == nil || id == "" {
		return 0, false, nil
	}
	p, err := readPerson(key, value)
	return p.number, err == nil, err
}

// A groupIndex finds the groups of a source by what lists call them.
type groupIndex struct {
	ids   map[nameHash]string
	names map[nameHash]string // "": a name of several
}

func newGroupIndex() groupIndex {
	return groupIndex{ids: map[nameHash]string{}, names: map[nameHash]string{}}
}

// groupsOf returns the index of the groups that are stored.
func groupsOf(groups *bolt.Bucket) (groupIndex, error) {
	x := newGroupIndex()
	err := groups.ForEach(func(key, value []byte) error {
		g, err := readGroup(key, value)
		x.add(string(key), g.names)
		return err
	})
	return x, err
}

func (x groupIndex) add(id string, names hashes) {
	x.ids[hashName(id)] = id
	for h := range names.each {
		if other, taken := x.names[h]; taken && other != id {
			x.names[h] = ""
		} else {
			x.names[h] = id
		}
	}
}

// nested returns the ID of the group that a reference names, or named when it was last
// resolved and that is known by another name now.
func (x groupIndex) nested(l loose) (id string, ok bool) {
	if id, ok = x.find(l); ok || l.was == (nameHash{}) {
		return id, ok
	}
	id, ok = x.ids[l.was]
	return id, ok
}

// find returns the ID of the group that a reference names. Only one that is known to name
// a group does so by ID: an ID of a group may well be that of a user.
func (x groupIndex) find(l loose) (id string, ok bool) {
	if id, ok = x.ids[l.hash]; ok && l.group {
		return id, true
	}
	id = x.names[l.hash]
	return id, id != ""
}
