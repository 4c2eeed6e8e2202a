package ldap

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// An ExportGroup is a group to be exported; its members are indexes of the people.
type ExportGroup struct {
	Name    string
	Members []int
}

// exportStart is how an export begins.
const exportStart = "version: 1\n# Made by writersync import.\n"

// IsExport reports whether a file was written by WriteLDIF.
func IsExport(content []byte) bool { return bytes.HasPrefix(content, []byte(exportStart)) }

// WriteLDIF writes the entries of people and groups as LDIF (RFC 2849), directly
// below base, for an administrator to load. Uids are unique within the file.
func WriteLDIF(w io.Writer, base string, people []connectors.NewUser, groups []ExportGroup) error {
	if _, err := ParseName(base); err != nil {
		return fmt.Errorf("write LDIF: base: %w", err)
	}
	out := bufio.NewWriter(w)
	fmt.Fprint(out, exportStart)
	names, taken := make([]string, len(people)), map[string]bool{}
	for i, u := range people {
		p, n := person{user: u}, 1
		for taken[p.uid(n)] {
			n++
		}
		taken[p.uid(n)] = true
		names[i] = childName(base, attrUID, p.uid(n))
		writeEntry(out, names[i], p.attributes(p.uid(n)))
	}
	for _, g := range groups {
		members := make([]string, len(g.Members))
		for i, m := range g.Members {
			members[i] = names[m]
		}
		name := strings.TrimSpace(g.Name)
		writeEntry(out, childName(base, attrCN, name), groupAttributes(name, members))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write LDIF: %w", err)
	}
	return nil
}

func writeEntry(w io.Writer, dn string, attributes []goldap.Attribute) {
	fmt.Fprintln(w)
	writeValue(w, "dn", dn)
	for _, a := range attributes {
		for _, v := range a.Vals {
			writeValue(w, a.Type, v)
		}
	}
}

func writeValue(w io.Writer, name, value string) {
	if safeLDIF(value) {
		fmt.Fprintf(w, "%s: %s\n", name, value)
		return
	}
	fmt.Fprintf(w, "%s:: %s\n", name, base64.StdEncoding.EncodeToString([]byte(value)))
}

// safeLDIF reports whether a value can stand as it is: a SAFE-STRING of RFC 2849, and
// without a space at its end, which readers drop.
func safeLDIF(s string) bool {
	if s == "" {
		return true
	}
	if strings.ContainsRune(" :<", rune(s[0])) || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c == 0 || c == '\n' || c == '\r' || c > 0x7f {
			return false
		}
	}
	return true
}
