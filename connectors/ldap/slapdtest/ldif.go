package slapdtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readAll lets every bound identity read everything but passwords.
const readAll = "to * by users read by * none"

// guardPasswords comes first in every set of access rules: without it nobody could
// bind.
const guardPasswords = "to attrs=userPassword by anonymous auth by * none"

// configLDIF returns cn=config. The default size limit is the one slapd ships
// with, 500; the reader may list everything.
func configLDIF(t testing.TB, dir string, o Options) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "dn: cn=config\nobjectClass: olcGlobal\ncn: config\nolcPidFile: %[1]s/run/pid\n"+
		"olcTLSCertificateFile: %[1]s/cert.pem\nolcTLSCertificateKeyFile: %[1]s/key.pem\n\n", dir)
	modules := firstOf(t, "/usr/lib/ldap", "/usr/lib/openldap", "/usr/lib64/openldap")
	fmt.Fprintf(&b, "dn: cn=module{0},cn=config\nobjectClass: olcModuleList\ncn: module{0}\nolcModulePath: %s\n"+
		"olcModuleLoad: back_mdb\nolcModuleLoad: ppolicy\nolcModuleLoad: syncprov\nolcModuleLoad: refint\nolcModuleLoad: memberof\n\n", modules)
	schemas := firstOf(t, "/etc/ldap/schema", "/etc/openldap/schema")
	b.WriteString("dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n")
	for _, name := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include: file://%s/%s.ldif\n\n", schemas, name)
	}
	b.WriteString("dn: olcDatabase={-1}frontend,cn=config\nobjectClass: olcDatabaseConfig\n" +
		"objectClass: olcFrontendConfig\nolcDatabase: {-1}frontend\n\n")
	fmt.Fprintf(&b, "dn: olcDatabase={0}config,cn=config\nobjectClass: olcDatabaseConfig\nolcDatabase: {0}config\n"+
		"olcRootDN: %s\nolcRootPW: %s\n\n", configDN, Password)
	fmt.Fprintf(&b, "dn: olcDatabase={1}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n"+
		"olcDatabase: {1}mdb\nolcSuffix: %s\nolcRootDN: %s\nolcRootPW: %s\nolcDbDirectory: %s\nolcDbMaxSize: 1073741824\n"+
		"olcDbIndex: objectClass eq\nolcDbIndex: entryUUID eq\nolcDbIndex: entryCSN eq\nolcDbIndex: member eq\nolcDbNoSync: TRUE\nolcAccess: {0}%s\nolcAccess: {1}%s\nolcLimits: {0}%s\n\n",
		Suffix, rootDN, Password, filepath.Join(dir, "data"), guardPasswords, readAll, readerLimits(unlimited))
	b.WriteString("dn: olcOverlay={0}ppolicy,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\n" +
		"objectClass: olcPPolicyConfig\nolcOverlay: {0}ppolicy\n\n")
	b.WriteString(o.Sync.overlays())
	if o.MemberOf {
		b.WriteString("dn: olcOverlay=memberof,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\n" +
			"objectClass: olcMemberOfConfig\nolcOverlay: memberof\n\n")
	}
	return b.String()
}

// overlays returns those that let the database tell what changed, and the one that
// takes a deleted entry out of its groups.
func (s Sync) overlays() string {
	if s == NoSync {
		return ""
	}
	const database = ",olcDatabase={1}mdb,cn=config\n"
	text := "dn: olcOverlay={1}syncprov" + database + "objectClass: olcOverlayConfig\nobjectClass: olcSyncProvConfig\nolcOverlay: {1}syncprov\n"
	if s == SyncLog {
		text += "olcSpSessionlog: 10000\n"
	}
	return text + "\ndn: olcOverlay={2}refint" + database + "objectClass: olcOverlayConfig\nobjectClass: olcRefintConfig\n" +
		"olcOverlay: {2}refint\nolcRefintAttribute: member\nolcRefintNothing: cn=nobody\n\n"
}

func firstOf(t testing.TB, dirs ...string) string {
	t.Helper()
	for _, d := range dirs {
		if _, err := os.Stat(d); err == nil {
			return d
		}
	}
	t.Fatalf("none of %s exists: is slapd installed whole?", strings.Join(dirs, ", "))
	return ""
}

// PersonDN returns the name of sample person i.
func PersonDN(i int) string {
	return fmt.Sprintf("uid=%s,ou=%s,%s", PersonUID(i), [2]string{"north", "south"}[i%2], UsersBase)
}

// GroupDN returns the name of sample group i.
func GroupDN(i int) string { return fmt.Sprintf("cn=g%03d,%s", i, GroupsBase) }

// PersonUID returns the uid of sample person i.
func PersonUID(i int) string { return fmt.Sprintf("u%05d", i) }

// dataLDIF returns the sample directory. Members of group i are the people from
// i*GroupSize on, around the end of the list to its beginning.
func dataLDIF(o Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: %s\nobjectClass: domain\ndc: example\n\n", Suffix)
	for _, ou := range []string{"ou=svc," + Suffix, UsersBase, "ou=north," + UsersBase, "ou=south," + UsersBase, GroupsBase} {
		name, _, _ := strings.Cut(strings.TrimPrefix(ou, "ou="), ",")
		fmt.Fprintf(&b, "dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n", ou, name)
	}
	fmt.Fprintf(&b, "dn: %s\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: %s\n\n", ReaderDN, Password)
	for i := range o.People {
		fmt.Fprintf(&b, "dn: %s\nobjectClass: inetOrgPerson\nuid: %[2]s\ncn: Person %05[3]d\nsn: %05[3]d\ngivenName: Person\n"+
			"displayName: Person %05[3]d\nmail: %[2]s@example.com\ntitle: Engineer\n\n", PersonDN(i), PersonUID(i), i)
	}
	for i := range o.Groups {
		fmt.Fprintf(&b, "dn: %s\ncn: g%03d\n", GroupDN(i), i)
		b.WriteString([3]string{
			"objectClass: groupOfNames\n", "objectClass: groupOfUniqueNames\n",
			fmt.Sprintf("objectClass: posixGroup\ngidNumber: %d\n", 5000+i),
		}[i%3])
		for j := range o.GroupSize {
			person := (i*o.GroupSize + j) % o.People
			b.WriteString([3]string{"member: " + PersonDN(person), "uniqueMember: " + PersonDN(person), "memberUid: " + PersonUID(person)}[i%3] + "\n")
		}
		b.WriteString("\n")
	}
	return b.String() + o.LDIF
}
