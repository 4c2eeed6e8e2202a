package sambatest

import (
	"fmt"
	"strings"
)

// Options says what a domain holds beside what Samba puts there.
type Options struct {
	People    int    // u00000 and up, by turns in OU=North and OU=South
	Groups    int    // g000 and up
	GroupSize int    // members of each group
	LDIF      string // more entries, as LDIF; loaded after the others
}

// enabledWithoutPassword is the userAccountControl of an account that needs none:
// NORMAL_ACCOUNT with PASSWD_NOTREQD.
const enabledWithoutPassword = 544

// unitsLDIF returns the units.
func unitsLDIF() string {
	var b strings.Builder
	for _, dn := range []string{UsersBase, "OU=North," + UsersBase, "OU=South," + UsersBase, GroupsBase, Elsewhere} {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\n\n", dn)
	}
	return b.String()
}

// peopleLDIF returns the sample people and groups. Members of group i are the people
// from i*GroupSize on, around the end of the list to its beginning.
func peopleLDIF(o Options) string {
	var b strings.Builder
	for i := range o.People {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: user\nsAMAccountName: %[2]s\nuserAccountControl: %[3]d\nmail: %[2]s@example.com\n"+
			"givenName: Person\nsn: %05[4]d\ndisplayName: Person %05[4]d\ntitle: Engineer\nemployeeID: %[4]d\n\n", PersonDN(i), PersonName(i), enabledWithoutPassword, i)
	}
	for i := range o.Groups {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: group\nsAMAccountName: g%03[2]d\ngroupType: -2147483646\n", GroupDN(i), i)
		for j := range o.GroupSize {
			fmt.Fprintf(&b, "member: %s\n", PersonDN((i*o.GroupSize+j)%o.People))
		}
		b.WriteString("\n")
	}
	return b.String() + o.LDIF
}
