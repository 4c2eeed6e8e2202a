package state

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"writersync/connectors"
)

// A digest identifies what a source states of a group, members included, so that
// an unchanged group is recognised without a look at any of its members.
type digest [16]byte

// A group's record is, in order:
//
//	number 4 | digest 16 | container hash 8 | length, CBOR of statedGroup | packed set of the members' numbers
type group struct {
	number  uint32
	digest  digest
	place   uint64
	stated  []byte // aliases the database
	members []byte // aliases the database
}

// statedGroup is a connectors.Group without the ID and the members.
type statedGroup struct {
	_         struct{} `cbor:",toarray"`
	Name      string
	Container string
	Nested    []string // IDs, ascending
}

// stagedGroup is a changed group on its way from a reading to the snapshot.
type stagedGroup struct {
	_       struct{} `cbor:",toarray"`
	Digest  digest
	Stated  statedGroup
	Members []string // IDs, ascending, without repeats
}

// newStagedGroup brings g into the form in which equal groups are equal. Members
// may be longer than the group's own: its room is reused.
func newStagedGroup(g connectors.Group, room []string) stagedGroup {
	members := room[:0]
	members = append(members, g.Members...)
	slices.Sort(members)
	if len(members) > 0 && members[0] == "" {
		members = slices.DeleteFunc(members, func(id string) bool { return id == "" }) // nobody's ID
	}
	s := stagedGroup{
		Stated:  statedGroup{Name: g.Name, Container: g.Container, Nested: slices.Compact(slices.Sorted(slices.Values(g.Groups)))},
		Members: slices.Compact(members),
	}
	s.Digest = digestOf(s)
	return s
}

func digestOf(s stagedGroup) digest {
	sum := sha256.New()
	digestTexts(sum, s.Stated.Name, s.Stated.Container)
	digestTexts(sum, s.Stated.Nested...)
	digestTexts(sum, s.Members...)
	return digest(sum.Sum(nil)[:16])
}

// digestTexts writes each text with its length, and how many there are, so that
// no two lists collide.
func digestTexts(sum hash.Hash, texts ...string) {
	b := binary.AppendUvarint(nil, uint64(len(texts)))
	for _, t := range texts {
		b = appendBlob(b, []byte(t))
		if len(b) >= sha256.BlockSize*16 {
			sum.Write(b)
			b = b[:0]
		}
	}
	sum.Write(b)
}

// newGroup makes the body of a group's record. The members are ascending numbers.
func (c codec) newGroup(number uint32, s stagedGroup, members []uint32) ([]byte, error) {
	stated, err := c.encode(s.Stated)
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint32(nil, number)
	b = append(b, s.Digest[:]...)
	b = binary.BigEndian.AppendUint64(b, hashText(s.Stated.Container))
	b = appendBlob(b, stated)
	return append(b, packSet(members)...), nil
}

func readGroup(key, value []byte) (group, error) {
	body, err := unseal(key, value)
	if err != nil {
		return group{}, err
	}
	f := fields{b: body}
	g := group{number: f.uint32()}
	copy(g.digest[:], f.take(len(g.digest)))
	g.place, g.stated = f.uint64(), f.blob()
	g.members, err = f.rest()
	return g, err
}

func (c codec) decodeGroup(stated []byte) (statedGroup, error) {
	var s statedGroup
	err := c.decode(stated, &s)
	return s, err
}
