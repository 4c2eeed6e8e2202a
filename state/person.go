package state

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A person's record is, in order:
//
//	number 4 | disabled 1 | fingerprint 16 | e-mail hash 8 | container hash 8 | number and hashes of the names | CBOR of statedUser
//
// Load and Neighbours read what comes before the CBOR, of everybody; the names and the
// CBOR are what a reading is compared with, byte by byte.
type person struct {
	number      uint32
	disabled    bool
	fingerprint plan.Fingerprint
	mail, place uint64
	names       hashes // aliases the database, as do the next two
	stated      []byte
	listed      []byte // names and stated
}

// statedUser is a connectors.User without the ID, which is the key.
type statedUser struct {
	_          struct{} `cbor:",toarray"` // by position: a million of them name no field
	Email      string
	Status     store.Status
	Container  string
	Fault      string
	Attributes map[connectors.Attribute]string
	StatusBy   string
	Unusable   map[connectors.Attribute]string
}

// encodeUser returns what is stored of u as the source lists it: the names and the rest.
func (c codec) encodeUser(u connectors.User) ([]byte, error) {
	status, ok := store.Status(0).Of(string(u.Status))
	if !ok {
		return nil, fmt.Errorf("user %q with the status %q cannot be stored", u.ID, u.Status)
	}
	s := statedUser{Email: u.Email, Status: status, Container: u.Container, Fault: u.Fault, Attributes: u.Attributes, StatusBy: u.StatusBy, Unusable: u.Unusable}
	if len(s.Attributes) == 0 {
		s.Attributes = nil // nothing said is one thing, however it is spelled
	}
	if len(s.Unusable) == 0 {
		s.Unusable = nil
	}
	stated, err := c.encode(s)
	return append(appendHashes(nil, hashNames(u.Names)), stated...), err
}

// decodeListed is decodeUser of what encodeUser returned.
func (c codec) decodeListed(id string, listed []byte) (connectors.User, error) {
	f := fields{b: listed}
	f.hashes()
	stated, err := f.rest()
	if err != nil {
		return connectors.User{}, err
	}
	return c.decodeUser(id, stated)
}

// decodeUser returns a user without the names.
func (c codec) decodeUser(id string, stated []byte) (connectors.User, error) {
	var s statedUser
	if err := c.decode(stated, &s); err != nil {
		return connectors.User{}, err
	}
	if !s.Status.Known() {
		return connectors.User{}, fmt.Errorf("status %s: %w", s.Status, errLater)
	}
	return connectors.User{
		ID: id, Email: s.Email, Status: connectors.Status(s.Status.String()), StatusBy: s.StatusBy, Container: s.Container, Fault: s.Fault,
		Attributes: maps.Clone(s.Attributes), Unusable: maps.Clone(s.Unusable),
	}, nil
}

// newPerson makes the body of u's record. listed is what encodeUser returned.
func newPerson(number uint32, u connectors.User, listed []byte) []byte {
	print := plan.FingerprintOf(u)
	b := make([]byte, 0, 37+len(listed))
	b = binary.BigEndian.AppendUint32(b, number)
	b = append(b, flag(u.Status == connectors.StatusDisabled))
	b = append(b, print[:]...)
	b = binary.BigEndian.AppendUint64(b, hashMail(connectors.CanonicalEmail(u.Email)))
	b = binary.BigEndian.AppendUint64(b, hashText(u.Container))
	return append(b, listed...)
}

func readPerson(key, value []byte) (person, error) {
	body, err := unseal(key, value)
	if err != nil {
		return person{}, err
	}
	f := fields{b: body}
	p := person{number: f.uint32(), disabled: f.byte() != 0}
	copy(p.fingerprint[:], f.take(len(p.fingerprint)))
	p.mail, p.place = f.uint64(), f.uint64()
	p.listed = f.b
	p.names = f.hashes()
	p.stated, err = f.rest()
	return p, err
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// hashText finds equal texts in a scan; what it finds is compared in full.
func hashText(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// hashMail is hashText, with zero for nobody's address.
func hashMail(canonical string) uint64 {
	if canonical == "" {
		return 0
	}
	return hashText(canonical)
}
