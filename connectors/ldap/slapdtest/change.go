package slapdtest

import (
	"fmt"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"
)

// unlimited is the size limit of a search that may list everything.
const unlimited = "unlimited"

// readerLimits returns the limits of the reader: total entries of a search, paged
// or not.
func readerLimits(total string) string {
	return ofReader(fmt.Sprintf("size.soft=500 size.hard=%s size.prtotal=%s", total, total))
}

func ofReader(limits string) string { return "dn.exact=" + ReaderDN + " " + limits }

const databaseDN = "olcDatabase={1}mdb,cn=config"

// Add adds an entry.
func (s *Server) Add(dn string, attributes map[string][]string) {
	s.t.Helper()
	request := goldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		request.Attribute(name, values)
	}
	s.as(rootDN, func(c *goldap.Conn) error { return c.Add(request) })
}

// AddPerson adds sample person i.
func (s *Server) AddPerson(i int) {
	s.t.Helper()
	uid := PersonUID(i)
	s.Add(PersonDN(i), map[string][]string{
		"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {"Person " + uid}, "sn": {uid}, "mail": {uid + "@example.com"},
	})
}

// Modify replaces the values of an attribute; without values it removes it.
func (s *Server) Modify(dn, attribute string, values ...string) {
	s.t.Helper()
	s.modify(rootDN, dn, attribute, values)
}

// Include adds a value to an attribute that has several.
func (s *Server) Include(dn, attribute, value string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(dn, nil)
	request.Add(attribute, []string{value})
	s.as(rootDN, func(c *goldap.Conn) error { return c.Modify(request) })
}

// Exclude takes a value out of an attribute that has several.
func (s *Server) Exclude(dn, attribute, value string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(dn, nil)
	request.Delete(attribute, []string{value})
	s.as(rootDN, func(c *goldap.Conn) error { return c.Modify(request) })
}

// Delete deletes an entry that has none below it.
func (s *Server) Delete(dn string) {
	s.t.Helper()
	s.as(rootDN, func(c *goldap.Conn) error { return c.Del(goldap.NewDelRequest(dn, nil)) })
}

// Move gives an entry another relative name, another entry above it, or both.
func (s *Server) Move(dn, rdn, parent string) {
	s.t.Helper()
	request := goldap.NewModifyDNRequest(dn, rdn, true, parent)
	s.as(rootDN, func(c *goldap.Conn) error { return c.ModifyDN(request) })
}

// LimitReader lets the reader list at most n entries in one search, paged or not.
func (s *Server) LimitReader(n int) {
	s.t.Helper()
	s.modify(configDN, databaseDN, "olcLimits", []string{"{0}" + readerLimits(fmt.Sprint(n))})
}

// Limit gives the reader limits (slapd.conf(5)): "size.soft=500 size.hard=unlimited".
func (s *Server) Limit(limits string) {
	s.t.Helper()
	s.modify(configDN, databaseDN, "olcLimits", []string{"{0}" + ofReader(limits)})
}

// SetAccess puts rules (slapd.access(5), without numbers) before the one that lets
// everybody who is bound read.
func (s *Server) SetAccess(rules ...string) {
	s.t.Helper()
	rules = append(append([]string{guardPasswords}, rules...), readAll)
	for i, r := range rules {
		rules[i] = fmt.Sprintf("{%d}%s", i, r)
	}
	s.modify(configDN, databaseDN, "olcAccess", rules)
}

// Hide takes from everybody the right to read an entry and all below it.
func (s *Server) Hide(dn string) {
	s.t.Helper()
	s.SetAccess(fmt.Sprintf(`to dn.subtree=%q by * none`, dn))
}

// Value returns the first value of an entry's attribute, operational ones too.
func (s *Server) Value(dn, attribute string) string {
	s.t.Helper()
	var value string
	s.as(rootDN, func(c *goldap.Conn) error {
		result, err := c.Search(goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{attribute}, nil))
		if err != nil {
			return err
		}
		value = result.Entries[0].GetEqualFoldAttributeValue(attribute)
		return nil
	})
	return value
}

func (s *Server) modify(as, dn, attribute string, values []string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(dn, nil)
	request.Replace(attribute, values)
	s.as(as, func(c *goldap.Conn) error { return c.Modify(request) })
}

// as does one thing as an administrator, on a connection of its own.
func (s *Server) as(dn string, do func(*goldap.Conn) error) {
	s.t.Helper()
	if err := do(s.bound(dn)); err != nil {
		s.t.Fatalf("change the directory as %s: %v", dn, err)
	}
}

// bound returns a connection that is bound as dn and stays open until slapd stops: a new
// one for each change may be reset where tests cut connections all the time.
func (s *Server) bound(dn string) *goldap.Conn {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.admins[dn]; c != nil {
		return c
	}
	c, err := goldap.DialURL(s.URL)
	if err != nil {
		s.t.Fatalf("connect to slapd: %v", err)
	}
	if err := c.Bind(dn, Password); err != nil {
		_ = c.Close()
		s.t.Fatalf("bind as %s: %v", dn, err)
	}
	s.admins[dn] = c
	return c
}

// unbind closes the connections of bound.
func (s *Server) unbind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.admins {
		_ = c.Close()
	}
	clear(s.admins)
}

// Members returns the names of all entries below one, with the member values that they
// have, sorted.
func (s *Server) Members(base string) map[string][]string {
	s.t.Helper()
	out := map[string][]string{}
	s.as(rootDN, func(c *goldap.Conn) error {
		result, err := c.Search(goldap.NewSearchRequest(base, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"member"}, nil))
		if err != nil {
			return err
		}
		for _, e := range result.Entries {
			out[e.DN] = slices.Sorted(slices.Values(e.GetAttributeValues("member")))
		}
		return nil
	})
	return out
}
