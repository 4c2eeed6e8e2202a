package state

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A link's record is, in order:
//
//	number 4 | standing 1 | open 1 | fingerprint 16 | e-mail hash 8 | length, account |
//	length, packed set of memberships | CBOR of linkRest
//
// Load reads what comes before the CBOR, of everybody. A membership is the team's
// number times two, plus one if it is dormant.
type link struct {
	number      uint32
	standing    plan.Standing
	open        bool // something is remembered that makes the person not settled
	fingerprint plan.Fingerprint
	mail        uint64
	account     []byte // aliases the database
	memberships []byte // aliases the database
	rest        []byte // aliases the database
}

// linkRest is what only those see who ask for the whole link.
type linkRest struct {
	Origin       store.Origin
	Applied      map[connectors.Attribute]string
	RefusedEmail string
	OutSince     time.Time `cbor:",omitzero"`
	// Reads were counted before there was a time: older records have that, and no new one.
	OutOfScope   uint64            `cbor:",omitempty"`
	OutOfScopeBy map[string]uint64 `cbor:",omitempty"`
}

func readLink(key, value []byte) (link, error) {
	body, err := unseal(key, value)
	if err != nil {
		return link{}, err
	}
	f := fields{b: body}
	l := link{number: f.uint32()}
	standing := store.Standing(f.byte())
	l.open = f.byte() != 0
	copy(l.fingerprint[:], f.take(len(l.fingerprint)))
	l.mail, l.account, l.memberships = f.uint64(), f.blob(), f.blob()
	if l.rest, err = f.rest(); err != nil {
		return link{}, err
	}
	switch {
	case standing == 0:
		return link{}, fmt.Errorf("a link without a standing: %w", errRecord)
	case !standing.Known():
		return link{}, fmt.Errorf("standing %s: %w", standing, errLater)
	}
	l.standing = plan.Standing(standing.String())
	return l, nil
}

// A linked person is a link as a settled op changes it.
type linked struct {
	plan.Link
	number      uint32
	memberships []uint32 // packed as in the record, ascending
}

// decodeLink returns the link of a person, without the memberships; see recents.
func (c codec) decodeLink(person connectors.Ref, l link) (linked, error) {
	var rest linkRest
	if err := c.decode(l.rest, &rest); err != nil {
		return linked{}, err
	}
	if !rest.Origin.Known() {
		return linked{}, fmt.Errorf("origin %s: %w", rest.Origin, errLater)
	}
	return linked{number: l.number, Link: plan.Link{
		Person: person, Account: plan.RemoteID(l.account), Origin: plan.Origin(rest.Origin.String()), Standing: l.standing, Applied: rest.Applied,
		Fingerprint: l.fingerprint, RefusedEmail: rest.RefusedEmail, OutSince: rest.OutSince,
	}}, nil
}

// encodeLink makes the body of l's record.
func (c codec) encodeLink(l linked) ([]byte, error) {
	origin, _ := store.Origin(0).Of(string(l.Origin))
	rest, err := c.encode(linkRest{Origin: origin, Applied: l.Applied, RefusedEmail: l.RefusedEmail, OutSince: l.OutSince})
	if err != nil {
		return nil, err
	}
	if standing, _ := store.Standing(0).Of(string(l.Standing)); standing == 0 {
		return nil, fmt.Errorf("a link with the standing %q cannot be stored", l.Standing)
	}
	raw := link{
		number: l.number, standing: l.Standing, open: l.RefusedEmail != "" || !l.OutSince.IsZero() || l.HasRole(), fingerprint: l.Fingerprint,
		mail: hashMail(l.Email()), account: []byte(l.Account), memberships: packSet(l.memberships), rest: rest,
	}
	return raw.body(), nil
}

// body is what readLink reads.
func (l link) body() []byte {
	standing, _ := store.Standing(0).Of(string(l.standing))
	b := binary.BigEndian.AppendUint32(nil, l.number)
	b = append(b, byte(standing), flag(l.open))
	b = append(b, l.fingerprint[:]...)
	b = binary.BigEndian.AppendUint64(b, l.mail)
	b = appendBlob(b, l.account)
	b = appendBlob(b, l.memberships)
	return append(b, l.rest...)
}

// join makes the membership in a team live; it may have been dormant.
func (l *linked) join(team uint32) {
	l.part(team)
	at, _ := slices.BinarySearch(l.memberships, team<<1)
	l.memberships = slices.Insert(l.memberships, at, team<<1)
}

// part forgets the membership in a team.
func (l *linked) part(team uint32) {
	l.memberships = slices.DeleteFunc(l.memberships, func(m uint32) bool { return m>>1 == team })
}

// sleep makes every membership dormant.
func (l *linked) sleep() {
	for i := range l.memberships {
		l.memberships[i] |= 1
	}
}
