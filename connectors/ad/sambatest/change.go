package sambatest

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf16"

	goldap "github.com/go-ldap/ldap/v3"
)

// Add adds an entry.
func (s *Server) Add(dn string, attributes map[string][]string) {
	s.t.Helper()
	request := goldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		request.Attribute(name, values)
	}
	s.as(func(c *goldap.Conn) error { return c.Add(request) })
}

// AddPerson adds a person directly below a unit and returns the DN.
func (s *Server) AddPerson(parent, name string) string {
	s.t.Helper()
	dn := "CN=" + goldap.EscapeDN(name) + "," + parent
	s.Add(dn, map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {name}, "userAccountControl": {fmt.Sprint(enabledWithoutPassword)}, "mail": {name + "@example.com"},
	})
	return dn
}

// AddGroup adds a group below GroupsBase and returns the DN.
func (s *Server) AddGroup(name string, members ...string) string {
	s.t.Helper()
	dn := "CN=" + goldap.EscapeDN(name) + "," + GroupsBase
	attributes := map[string][]string{"objectClass": {"group"}, "sAMAccountName": {name}, "groupType": {"-2147483646"}}
	if len(members) > 0 {
		attributes["member"] = members
	}
	s.Add(dn, attributes)
	return dn
}

// AddUnit adds an organizational unit and returns the DN.
func (s *Server) AddUnit(parent, name string) string {
	s.t.Helper()
	dn := "OU=" + name + "," + parent
	s.Add(dn, map[string][]string{"objectClass": {"organizationalUnit"}})
	return dn
}

// AddAccount adds an account that can bind with Password, below CN=Users, and returns the DN.
func (s *Server) AddAccount(name string) string {
	s.t.Helper()
	dn := "CN=" + name + ",CN=Users," + DN
	s.Add(dn, map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {name}, "userPrincipalName": {name + "@corp.example"}, "userAccountControl": {"514"},
	})
	s.Modify(dn, "unicodePwd", quotedUTF16(Password))
	s.Modify(dn, "userAccountControl", "512")
	return dn
}

// quotedUTF16 writes a password as the domain wants it (MS-ADTS section 3.1.1.3.1.5.1).
func quotedUTF16(password string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// Grant gives an account a right (as SDDL names it) on an entry; class limits it to
// objects of a class, by its GUID.
func (s *Server) Grant(dn, account, right, class string) {
	s.t.Helper()
	run(s.t, "", "samba-tool", "dsacl", "set", "--objectdn="+dn, "-H", "ldb://"+database(s.dir), "-s", filepath.Join(s.dir, "etc", "smb.conf"),
		"--sddl=(OA;CI;"+right+";"+class+";;"+s.SID(account)+")")
}

// Hide lets an account read nothing of an entry any more; that it is there can be seen.
func (s *Server) Hide(dn, account string) {
	s.t.Helper()
	run(s.t, "", "samba-tool", "dsacl", "set", "--objectdn="+dn, "-H", "ldb://"+database(s.dir), "-s", filepath.Join(s.dir, "etc", "smb.conf"),
		"--sddl=(D;;RP;;;"+s.SID(account)+")")
}

// Join makes somebody, or a group, a member of a group.
func (s *Server) Join(group, member string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(group, nil)
	request.Add("member", []string{member})
	s.as(func(c *goldap.Conn) error { return c.Modify(request) })
}

// Leave takes a member out of a group.
func (s *Server) Leave(group, member string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(group, nil)
	request.Delete("member", []string{member})
	s.as(func(c *goldap.Conn) error { return c.Modify(request) })
}

// Disable disables an account.
func (s *Server) Disable(dn string) {
	s.t.Helper()
	s.Modify(dn, "userAccountControl", fmt.Sprint(enabledWithoutPassword|2))
}

// Enable enables an account.
func (s *Server) Enable(dn string) {
	s.t.Helper()
	s.Modify(dn, "userAccountControl", fmt.Sprint(enabledWithoutPassword))
}

// Modify replaces the values of an attribute; without values it removes it.
func (s *Server) Modify(dn, attribute string, values ...string) {
	s.t.Helper()
	request := goldap.NewModifyRequest(dn, nil)
	request.Replace(attribute, values)
	s.as(func(c *goldap.Conn) error { return c.Modify(request) })
}

// Move gives an entry another relative name, another entry above it, or both, and
// returns its new name.
func (s *Server) Move(dn, rdn, parent string) string {
	s.t.Helper()
	_, old, _ := strings.Cut(dn, ",")
	request := goldap.NewModifyDNRequest(dn, rdn, true, parent)
	s.as(func(c *goldap.Conn) error { return c.ModifyDN(request) })
	if parent == "" {
		parent = old
	}
	return rdn + "," + parent
}

// Delete deletes an entry that has none below it.
func (s *Server) Delete(dn string) {
	s.t.Helper()
	s.as(func(c *goldap.Conn) error { return c.Del(goldap.NewDelRequest(dn, nil)) })
}

// SID returns the SID of an account or group.
func (s *Server) SID(dn string) string {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.extended(dn), ">;<SID=")
	sid, _, _ := strings.Cut(rest, ">")
	return sid
}

// RID returns the last part of a SID, by which a group can be somebody's primary one.
func (s *Server) RID(dn string) string {
	s.t.Helper()
	sid := s.SID(dn)
	return sid[strings.LastIndexByte(sid, '-')+1:]
}

// GUID returns the objectGUID of an entry in its text form, as Samba writes it.
func (s *Server) GUID(dn string) string {
	s.t.Helper()
	guid, _, _ := strings.Cut(strings.TrimPrefix(s.extended(dn), "<GUID="), ">")
	return guid
}

// extended returns a name with the GUID and the SID of what it names.
func (s *Server) extended(dn string) string {
	s.t.Helper()
	var name string
	s.as(func(c *goldap.Conn) error {
		control := goldap.NewControlString("1.2.840.113556.1.4.529", true, "\x30\x03\x02\x01\x01")
		result, err := c.Search(goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{"1.1"}, []goldap.Control{control}))
		if err == nil {
			name = result.Entries[0].DN
		}
		return err
	})
	return name
}

// Value returns the first value of an entry's attribute.
func (s *Server) Value(dn, attribute string) string {
	s.t.Helper()
	var value string
	s.as(func(c *goldap.Conn) error {
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

// as does one thing as the administrator, on a connection of its own.
func (s *Server) as(do func(*goldap.Conn) error) {
	s.t.Helper()
	c, err := s.bind()
	if err != nil {
		s.t.Fatalf("connect to samba: %v", err)
	}
	defer func() { _ = c.Close() }()
	if err := do(c); err != nil {
		s.t.Fatalf("change the domain: %v", err)
	}
}
