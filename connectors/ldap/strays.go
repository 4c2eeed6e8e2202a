package ldap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// Strays are what members named and no entry of the reading is. Most are dangling
// for good, since most servers leave the name of a deleted person in its groups. But
// one may be somebody who was read and then renamed: the group has the new name, and
// the reading the old one.
type strays struct {
	people, groups string // the bases, as names are compared; "" has everything below it
	names          map[fingerprint]struct{}
	uids           map[fingerprint]struct{}

	amongPeople, amongGroups bool // where names stand
}

func newStrays(people, groups string) *strays {
	return &strays{
		people: baseKey(people), groups: baseKey(groups),
		names: map[fingerprint]struct{}{}, uids: map[fingerprint]struct{}{},
	}
}

// baseKey returns a base as names are compared. One that cannot be read is "", so that
// every name counts as below it.
func baseKey(base string) string {
	name, _ := ParseName(base)
	return name.String()
}

// addName notes a name, unless it stands where no entries are read.
func (s *strays) addName(dn string) {
	name, err := ParseName(dn)
	if err != nil {
		return // no entry has such a name, now or later
	}
	people, groups := below(name, s.people), below(name, s.groups)
	if people || groups {
		s.names[fingerprintOf(name.String())] = struct{}{}
	}
	s.amongPeople, s.amongGroups = s.amongPeople || people, s.amongGroups || groups
}

// addUID notes a uid, unless it is nobody for being that of several.
func (s *strays) addUID(uid string, users *index) {
	if !users.hasUID(uid) {
		s.uids[fingerprintOf(uid)] = struct{}{}
	}
}

func below(name Name, base string) bool {
	return base == "" || name.String() == base || strings.HasSuffix(name.String(), ","+base)
}

func (s *strays) size() int { return len(s.names) + len(s.uids) }

// has reports whether an entry is one of the strays.
func (s *strays) has(e *goldap.Entry, name Name) bool {
	if _, ok := s.names[fingerprintOf(name.String())]; ok {
		return true
	}
	for _, uid := range values(e, attrUID) {
		if _, ok := s.uids[fingerprintOf(uid)]; ok {
			return true
		}
	}
	return false
}

// explain looks once more at what the entries are called, if there are strays where
// entries are read. It is one search of people and one of groups at the most,
// however many strays there are.
func (s *sweep) explain(ctx context.Context, users, groups Query) error {
	strays := s.known.strays
	if strays.amongPeople || len(strays.uids) > 0 {
		users.Attributes = append(s.translator.idAttributes(), attrUID)
		if err := s.conn.Search(ctx, users, func(e *goldap.Entry) error { return s.stray(e, s.known.users) }); err != nil {
			return err
		}
	}
	if !strays.amongGroups {
		return nil
	}
	groups.Attributes, groups.PageSize = s.translator.idAttributes(), 0
	return s.conn.Search(ctx, groups, func(e *goldap.Entry) error { return s.stray(e, s.known.groups) })
}

// stray refuses a stray that is an entry which was read under another name. One that
// was not read has come since: the next reading states it.
func (s *sweep) stray(e *goldap.Entry, read *index) error {
	name, err := ParseName(e.DN)
	if err != nil {
		return corrupt("read the name of an entry", err, "Check the entries directly below the base for odd names.")
	}
	if !s.known.strays.has(e, name) {
		return nil
	}
	id, err := s.translator.id(e)
	if err != nil {
		return fmt.Errorf("below %s: %w", name.Parent(), err)
	}
	if !read.hasID(id) {
		return nil
	}
	return &connectors.Error{
		Class: connectors.Transient, Op: "find the members of groups", Err: errors.New("a member has another name now than when it was read"),
		Hint: "The directory changed while it was read; the next reading starts again.",
	}
}
