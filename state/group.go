package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"

	"writersync/connectors"
)

// memberBytes is about how much a member of a group takes in its record: the gap to the
// next number as a varint.
const memberBytes = 2

// A digest identifies what a source states of a group, members included, so that
// an unchanged group is recognised without a look at any of its members.
type digest [16]byte

// A group's record is, in order:
//
//	number 4 | digest 16 | container hash 8 | length, CBOR of statedGroup | number and hashes of the names |
//	length, packed set of the members' numbers | length, packed set of those who are kept | loose references
//
// The digest is over all of it but the number, who is kept, and what is remembered of a
// loose reference. It is zero in a record that says nothing of loose references.
type group struct {
	body    []byte // aliases the database, as do all slices here
	number  uint32
	digest  digest
	place   uint64
	stated  []byte
	names   hashes
	members []byte // users that the list names
	kept    []byte // members who left the list while references came into it that name no user
	loose   []byte
}

// statedGroup is a connectors.Group without the ID, the names and the lists.
type statedGroup struct {
	_         struct{} `cbor:",toarray"`
	Name      string
	Container string
}

// A loose reference is one that names no user of the source. It may name a group,
// which shows when groups are loaded, or a user who is listed later.
type loose struct {
	hash   nameHash
	group  bool // it is known to name a group
	stale  bool // it was in the list, and is kept
	gained bool // it came in the read in which the members left that are kept
	ousts  bool // it came in a read in which a nested group left; always of unstated
	// user is the member that it named before, and was the hash of the ID of the group; zero for none.
	user uint32
	was  nameHash
}

// What follows the hash of a loose reference.
const (
	looseGroup  = 1 << iota // it is known to name a group
	looseGained             // as loose.gained
	looseUser               // a number follows
	looseWas                // a hash follows
	looseStale              // as loose.stale
	looseOusts              // as loose.ousts
)

func compareLoose(a, b loose) int {
	if c := compareHashes(a.hash, b.hash); c != 0 || a.group == b.group {
		return c
	}
	if b.group {
		return -1
	}
	return 1
}

// same reports whether two loose references are one.
func (l loose) same(o loose) bool { return l.hash == o.hash && l.group == o.group }

// packLoose packs references, which are sorted and without repeats.
func packLoose(all []loose) []byte {
	var b []byte
	for _, l := range all {
		tag := byte(0)
		if l.group {
			tag |= looseGroup
		}
		if l.gained {
			tag |= looseGained
		}
		if l.stale {
			tag |= looseStale
		}
		if l.ousts {
			tag |= looseOusts
		}
		if l.user != 0 {
			tag |= looseUser
		}
		if l.was != (nameHash{}) {
			tag |= looseWas
		}
		b = append(append(b, l.hash[:]...), tag)
		if l.user != 0 {
			b = binary.AppendUvarint(b, uint64(l.user))
		}
		if l.was != (nameHash{}) {
			b = append(b, l.was[:]...)
		}
	}
	return b
}

func unpackLoose(packed []byte) ([]loose, error) {
	var out []loose
	f := fields{b: packed}
	for len(f.b) > 0 && !f.short {
		var l loose
		copy(l.hash[:], f.take(len(l.hash)))
		tag := f.byte()
		if tag >= looseOusts<<1 {
			return nil, fmt.Errorf("a reference with mark %#x: %w", tag, errLater)
		}
		l.group, l.gained, l.stale = tag&looseGroup != 0, tag&looseGained != 0, tag&looseStale != 0
		l.ousts = tag&looseOusts != 0
		if tag&looseUser != 0 {
			l.user = f.number()
		}
		if tag&looseWas != 0 {
			copy(l.was[:], f.take(len(l.was)))
		}
		if n := len(out); n > 0 && compareLoose(out[n-1], l) >= 0 {
			f.short = true
		}
		out = append(out, l)
	}
	_, err := f.rest()
	return out, err
}

// findLoose returns the place of a reference among others.
func findLoose(all []loose, l loose) (int, bool) {
	return slices.BinarySearchFunc(all, l, compareLoose)
}

// A stagedGroup is a group on its way from a reading to the snapshot.
type stagedGroup struct {
	_       struct{} `cbor:",toarray"`
	Stated  statedGroup
	Names   []byte
	Members []byte // packed set of what an index holds
	Loose   []byte // with the users that the references named by ID
	// NestedUnstated is that of the connectors.Group.
	NestedUnstated bool
}

// unstated is put into the list of a group whose source does not state nested groups any more, as a
// reference that names nothing: while it is there, the groups that left stay nested.
func unstated() loose {
	return loose{hash: hashName("\x00nested groups are not stated"), group: true, ousts: true}
}

func (l loose) isUnstated() bool { return l.same(unstated()) }

// withUnstated returns the references with that one.
func withUnstated(all []loose) []loose {
	out := append(slices.Clone(all), unstated())
	slices.SortFunc(out, compareLoose)
	return out
}

// digestGroup returns the digest of a group. The members are ascending numbers.
func digestGroup(s statedGroup, names hashes, members []uint32, references []loose) digest {
	sum := sha256.New()
	digestTexts(sum, s.Name, s.Container)
	b := appendHashes(nil, names)
	b = binary.AppendUvarint(b, uint64(len(members)))
	for _, n := range members {
		if b = binary.BigEndian.AppendUint32(b, n); len(b) >= sha256.BlockSize*16 {
			sum.Write(b)
			b = b[:0]
		}
	}
	for _, l := range references {
		if !l.stale {
			b = append(append(b, flag(l.group)), l.hash[:]...)
		}
	}
	sum.Write(b)
	return digest(sum.Sum(nil)[:16])
}

// digestTexts writes each text with its length, and how many there are, so that
// no two lists collide.
func digestTexts(sum hash.Hash, texts ...string) {
	b := binary.AppendUvarint(nil, uint64(len(texts)))
	for _, t := range texts {
		b = appendBlob(b, []byte(t))
	}
	sum.Write(b)
}

// A listing is a group as it is stored, unpacked.
type listing struct {
	stated  statedGroup
	names   hashes
	members []uint32 // ascending
	kept    []uint32 // ascending
	loose   []loose  // sorted
	// nestedUnstated is that of the connectors.Group, on the way to the snapshot.
	nestedUnstated bool
}

// encodeGroup makes the body of a group's record.
func (c codec) encodeGroup(number uint32, l listing) ([]byte, error) {
	stated, err := c.encode(l.stated)
	if err != nil {
		return nil, err
	}
	sum := digestGroup(l.stated, l.names, l.members, l.loose)
	b := binary.BigEndian.AppendUint32(nil, number)
	b = append(b, sum[:]...)
	b = binary.BigEndian.AppendUint64(b, hashText(l.stated.Container))
	b = appendHashes(appendBlob(b, stated), l.names)
	b = appendBlob(appendBlob(b, packSet(l.members)), packSet(l.kept))
	return append(b, packLoose(l.loose)...), nil
}

func readGroup(key, value []byte) (group, error) {
	body, err := unseal(key, value)
	if err != nil {
		return group{}, err
	}
	return parseGroup(body)
}

func parseGroup(body []byte) (g group, err error) {
	f := fields{b: body}
	g = group{body: body, number: f.uint32()}
	copy(g.digest[:], f.take(len(g.digest)))
	g.place, g.stated, g.names = f.uint64(), f.blob(), f.hashes()
	g.members, g.kept = f.blob(), f.blob()
	g.loose, err = f.rest()
	return g, err
}

func (c codec) decodeGroup(stated []byte) (statedGroup, error) {
	var s statedGroup
	err := c.decode(stated, &s)
	return s, err
}

// listing returns what a record holds.
func (c codec) listing(g group) (l listing, err error) {
	if l.stated, err = c.decodeGroup(g.stated); err != nil {
		return l, err
	}
	l.names = bytes.Clone(g.names)
	if l.members, err = unpacked(g.members); err != nil {
		return l, err
	}
	if l.kept, err = unpacked(g.kept); err != nil {
		return l, err
	}
	l.loose, err = unpackLoose(g.loose)
	return l, err
}

// people returns the members of the group, sorted: those that the list names, those that it named
// before by a reference that names no user now, and those that are kept.
func (l listing) people() []uint32 {
	out := append(slices.Clone(l.members), l.held()...)
	slices.Sort(out)
	return slices.Compact(out)
}

// held returns who is in the group by a reference that names no user, sorted.
func (l listing) held() []uint32 {
	var out []uint32
	keeps := false
	for _, r := range l.loose {
		if r.user != 0 {
			out = append(out, r.user)
		}
		keeps = keeps || r.gained
	}
	if keeps || l.emptied() {
		out = append(out, l.kept...)
	}
	slices.Sort(out)
	return out
}

// emptied reports whether the list had members and is empty now.
func (l listing) emptied() bool {
	return l.empty() && (len(l.kept) > 0 || (len(l.loose) > 0 && !slices.ContainsFunc(l.loose, loose.isUnstated)))
}

// empty reports whether the list names nothing.
func (l listing) empty() bool {
	listed := func(r loose) bool { return !r.stale && !r.isUnstated() }
	return len(l.members) == 0 && !slices.ContainsFunc(l.loose, listed)
}

// follow remembers of the references that name no user what they named before, and
// keeps the members who left the list in the same read in which references came into it
// that name nothing: these may be the same users, by names that are not known. They stay
// until those references have left the list again, or name a user. So do all members of a
// list that is empty, until it names one. known says
// that the references before are known; had has users by the names that they had.
func (l *listing) follow(before listing, known bool, had map[nameHash]uint32, groups groupIndex) {
	was := before.people()
	var gained []int // of loose
	keeps := false
	for i := range l.loose {
		r := &l.loose[i]
		id, isGroup := groups.find(*r)
		at, there := findLoose(before.loose, *r)
		if there {
			*r = before.loose[at]
			r.stale = false
			keeps = keeps || r.gained
		} else if r.user = meant(*r, was, had); known && r.user == 0 && !isGroup {
			gained = append(gained, i)
		}
		if isGroup {
			r.was = hashName(id)
		}
	}
	l.kept = nil
	if keeps {
		l.kept = without(before.kept, l.members)
	}
	if left := without(without(was, l.members), l.held()); len(gained) > 0 && len(left) > 0 {
		l.keep(left, gained)
	}
	l.keepNested(before, gained, groups)
	l.keepAll(before)
	for i := range l.loose {
		l.loose[i].gained = l.loose[i].gained && len(l.kept) > 0
	}
}

// keepNested keeps the groups that left the list in a read in which references came into it that
// name nothing: one of these may be a group by a name that is not known. They stay nested as long
// as such a reference is listed and names nothing, or the source does not state nested groups.
func (l *listing) keepNested(before listing, gained []int, groups groupIndex) {
	of := func(r loose) nameHash { // the group that it names, or named when that was listed last
		if id, found := groups.nested(r); found {
			return hashName(id)
		}
		return r.was
	}
	named := map[nameHash]bool{{}: true}
	for _, r := range l.loose {
		named[of(r)] = true
	}
	var left []loose
	for _, b := range before.loose {
		if !named[of(b)] {
			b.stale, b.gained, b.ousts = true, false, false
			left = append(left, b)
		}
	}
	for _, i := range gained {
		l.loose[i].ousts = len(left) > 0
	}
	if l.nestedUnstated && len(left) > 0 {
		l.loose = withUnstated(l.loose)
	}
	unknown := func(r loose) bool { _, found := groups.find(r); return r.ousts && !found }
	if slices.ContainsFunc(l.loose, unknown) {
		l.loose = append(l.loose, left...)
		slices.SortFunc(l.loose, compareLoose)
	}
}

// keepAll keeps all that was in the list, if it is empty: it may be that it cannot be read.
func (l *listing) keepAll(before listing) {
	nestedAlone := len(l.loose) > 0 && len(before.people()) == 0 // which keepNested has kept
	if !l.empty() || nestedAlone {
		return
	}
	l.kept, l.loose = before.people(), slices.DeleteFunc(slices.Clone(before.loose), loose.isUnstated)
	for i := range l.loose {
		l.loose[i].stale, l.loose[i].gained = true, false
	}
}

// keep keeps those who left while the references came.
func (l *listing) keep(left []uint32, gained []int) {
	l.kept = append(l.kept, left...)
	slices.Sort(l.kept)
	for _, i := range gained {
		l.loose[i].gained = true
	}
}

// meant returns the member that a reference named before, which names no user now: by ID, which it
// has with it, or by a name that users had. It names none who was no member.
func meant(r loose, was []uint32, had map[nameHash]uint32) uint32 {
	if r.group {
		return 0
	}
	for _, user := range []uint32{r.user, had[r.hash]} {
		if _, member := slices.BinarySearch(was, user); member {
			return user
		}
	}
	return 0
}

// references sorts the references of g into users, as find knows them, and those that name
// none: for these it returns no number.
func references(g connectors.Group, find func(ref string) (number uint32, err error)) (members []uint32, rest []namedLoose, err error) {
	members = make([]uint32, 0, len(g.Members))
	for _, ref := range g.Members {
		if ref == "" {
			continue
		}
		n, err := find(ref)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("member: %w", err)
		case n != 0:
			members = append(members, n)
		default:
			rest = append(rest, namedLoose{loose{hash: hashName(ref)}, ref})
		}
	}
	for _, ref := range g.Groups {
		if ref != "" {
			rest = append(rest, namedLoose{loose{hash: hashName(ref), group: true}, ref})
		}
	}
	slices.Sort(members)
	slices.SortFunc(rest, func(a, b namedLoose) int { return compareLoose(a.loose, b.loose) })
	rest = slices.CompactFunc(rest, func(a, b namedLoose) bool { return a.same(b.loose) })
	return slices.Compact(members), rest, nil
}

// bare returns the references without their texts.
func bare(all []namedLoose) []loose {
	var out []loose
	for _, l := range all {
		out = append(out, l.loose)
	}
	return out
}

// A namedLoose is a loose reference with its text, as long as that is known.
type namedLoose struct {
	loose
	text string
}
