//go:build e2e

package main

import (
	"fmt"
	"strings"
	"testing"

	"writersync/connectors/ad/sambatest"
	"writersync/syncer/syncertest"
)

// activeDirectory is a domain of Samba as a tree.
type activeDirectory struct{ *sambatest.Server }

func (d activeDirectory) join(person, group int) {
	d.AddPerson("OU="+[2]string{"North", "South"}[person%2]+","+sambatest.UsersBase, sambatest.PersonName(person))
	d.Join(sambatest.GroupDN(group), sambatest.PersonDN(person))
}

func (d activeDirectory) leave(person, group int) {
	d.Leave(sambatest.GroupDN(group), sambatest.PersonDN(person))
}

func (d activeDirectory) enable(person int, on bool) {
	if on {
		d.Enable(sambatest.PersonDN(person))
		return
	}
	d.Disable(sambatest.PersonDN(person))
}

func (d activeDirectory) rename(person int, name string) {
	d.Modify(sambatest.PersonDN(person), "displayName", name)
}

func (d activeDirectory) nest(person, inner int) {
	d.Join(fmt.Sprintf("CN=inner%d,%s", inner, sambatest.GroupsBase), sambatest.PersonDN(person))
}

func newActiveDirectory(t testing.TB, people int) *ringing {
	t.Helper()
	var ldif strings.Builder
	for i := range nests {
		for _, kind := range []string{"inner", "outer"} {
			member := sambatest.PersonDN(i)
			if kind == "outer" {
				member = fmt.Sprintf("CN=inner%d,%s", i, sambatest.GroupsBase)
			}
			fmt.Fprintf(&ldif, "dn: CN=%[1]s%[2]d,%[3]s\nobjectClass: group\nsAMAccountName: %[1]s%[2]d\ngroupType: -2147483646\nmember: %[4]s\n\n", kind, i, sambatest.GroupsBase, member)
		}
	}
	r := &ringing{people: people, groups: people / perGroup}
	server := sambatest.Start(t, sambatest.Options{People: people, Groups: r.groups, GroupSize: perGroup, LDIF: ldif.String()})
	r.tree = activeDirectory{server}
	r.restart = func() {
		server.Stop()
		server.Resume()
	}
	r.company = newCompanyAt(t, strings.TrimPrefix(server.SecureURL, "ldaps://")+":636", syncertest.Directory{}, ringingRules(people))
	password := r.secret("password", sambatest.Password)
	r.source = func(address string) string {
		return fmt.Sprintf("    type: ad\n    url: ldaps://%s\n    tls: {ca_file: %s, server_name: %s}\n    bind: {user: %s, password: {file: %s}}\n    users: {base: %q}\n    groups: {base: %q}\n",
			address, server.CAFile, sambatest.Controller, sambatest.ReaderUser, password, sambatest.UsersBase, sambatest.GroupsBase)
	}
	r.begin()
	return r
}

// TestRingsOfADomain follows a domain of Samba by an account without any right of its
// own. Of the requests between two passes, one a second is the watch's.
func TestRingsOfADomain(t *testing.T) {
	t.Parallel()
	newActiveDirectory(t, 2000).follow(20)
}

// BenchmarkRingsOfADomain measures with 20,000 people in a domain of Samba.
func BenchmarkRingsOfADomain(b *testing.B) { newActiveDirectory(b, 20_000).measure(b) }
