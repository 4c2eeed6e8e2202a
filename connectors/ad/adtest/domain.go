package adtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap/ldaptest"
)

// Names of the stand-in's domain.
const (
	DN        = "DC=corp,DC=example"
	DomainSID = "S-1-5-21-1-2-3"
	People    = "OU=People," + DN
	Groups    = "OU=Groups," + DN
	Foreign   = "CN=ForeignSecurityPrincipals," + DN
	User      = "writersync@corp.example"

	// DomainUsers is the RID of the group that every account has as its primary one.
	DomainUsers = 513

	graveyard     = "CN=Deleted Objects," + DN
	graveyardGUID = "18e2ea80684f11d2b9aa00c04f79f805"
	configuration = "CN=Configuration," + DN
)

// A Domain is a domain with one domain controller. It is safe for several goroutines.
type Domain struct {
	URL string

	server   *ldaptest.Server
	password string

	mu         sync.Mutex
	objects    []*object
	byID       map[ID]*object
	made       int
	usn        int64
	Invocation ID     // of the database; changes with Restore
	controller string // DNS name
	site       string // where the domain controller stands
	clock      func() time.Time

	settings  Settings
	afterPart func(ID, int)
	after     func(Query)
}

// Settings are what a test can set about the domain controller. The zero value is an
// honest one with the limits of Windows.
type Settings struct {
	Twist          func(Query, ldaptest.Answer) ldaptest.Answer // changes each answer to a search below a base
	Refuse         bool                                         // binds are refused
	Why            string                                       // the Windows error of a refusal, in hex
	Unsynchronized bool                                         // the first replication is under way
	HidesDeleted   bool                                         // the account may not see deleted objects
	HidesDatabase  bool                                         // the account may not read the NTDS settings
	HidesSchema    bool                                         // the account may not read the schema
	Hidden         []string                                     // attributes that the account may not read
	Unreadable     []ID                                         // objects that the account sees by name, and none of their attributes
	Unnumbered     []ID                                         // objects whose uSNChanged the account may not read
	Unseen         []ID                                         // objects that no search finds, not even by name
	MaxValues      int                                          // values at a time; 0: as many as Windows gives
	Silent         bool                                         // no search is answered
}

// Limits of a domain controller of Windows.
const (
	MaxEntries = 1000 // MaxPageSize
	MaxValues  = 1500 // MaxValRange
)

// New returns a domain with the containers above and no accounts. password is the one
// that User binds with.
func New(t testing.TB, password string) *Domain {
	t.Helper()
	d := &Domain{
		password: password, byID: map[ID]*object{}, Invocation: idOf(-1), controller: "dc1.corp.example", site: "First", usn: 1000, clock: time.Now,
	}
	d.make(&object{rdn: DN, sid: DomainSID, attributes: class("domainDNS")})
	for _, dn := range []string{People, Groups} {
		d.add(dn, &object{attributes: class("organizationalUnit")})
	}
	for _, dn := range []string{Foreign, graveyard, configuration} {
		d.add(dn, &object{attributes: class("container")})
	}
	d.add(d.settingsDN(), &object{attributes: class("nTDSDSA")})
	d.addSchema()
	d.server = ldaptest.Serve(t, d)
	d.URL = d.server.URL
	return d
}

func class(name string) map[string][]string { return map[string][]string{"objectClass": {name}} }

func (d *Domain) settingsDN() string {
	return "CN=NTDS Settings,CN=" + strings.ToUpper(strings.TrimSuffix(d.controller, ".corp.example")) + ",CN=Servers,CN=" + d.site + ",CN=Sites," + configuration
}

// Bind accepts User with the password, and nobody else.
func (d *Domain) Bind(dn, password string) (code uint16, diagnostic string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.settings.Refuse || dn != User || password != d.password {
		const wrong = "52e"
		return goldap.LDAPResultInvalidCredentials, fmt.Sprintf("80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data %s, v3839",
			cmp.Or(d.settings.Why, wrong))
	}
	return goldap.LDAPResultSuccess, ""
}

// make enters an object. d.mu is held, or d is not shared yet.
func (d *Domain) make(o *object) ID {
	d.made++
	o.id = idOf(d.made)
	d.objects = append(d.objects, o)
	d.byID[o.id] = o
	d.touch(o)
	return o.id
}

func (d *Domain) add(dn string, o *object) ID {
	o.rdn, o.parent, _ = strings.Cut(dn, ",")
	return d.make(o)
}

func (d *Domain) touch(o *object) {
	d.usn++
	o.changed = d.usn
}

// AddUser enters a person, enabled and with the usual primary group.
func (d *Domain) AddUser(parent, name string, attributes map[string][]string) ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string][]string{
		"objectClass": {"top", "person", "organizationalPerson", "user"}, "objectCategory": {"person"},
		"cn": {name}, "userAccountControl": {"512"}, "accountExpires": {"9223372036854775807"}, "primaryGroupID": {fmt.Sprint(DomainUsers)},
	}
	for k, v := range attributes {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	return d.make(&object{rdn: "CN=" + goldap.EscapeDN(name), parent: parent, rid: 5000 + d.made, attributes: all})
}

// AddGroup enters a group. rid is 0 for one of its own.
func (d *Domain) AddGroup(parent, name string, rid int, members ...ID) ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	if rid == 0 {
		rid = 5000 + d.made
	}
	return d.make(&object{
		rdn: "CN=" + goldap.EscapeDN(name), parent: parent, rid: rid, members: slices.Clone(members),
		attributes: map[string][]string{"objectClass": {"top", "group"}, "objectCategory": {"group"}, "cn": {name}},
	})
}

// AddForeign enters what stands for somebody of another forest.
func (d *Domain) AddForeign(sid string) ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.make(&object{rdn: "CN=" + sid, parent: Foreign, sid: sid, attributes: class("foreignSecurityPrincipal")})
}

// AddUnit enters an organizational unit and returns its DN.
func (d *Domain) AddUnit(parent, name string) (string, ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dn := "OU=" + name + "," + parent
	return dn, d.add(dn, &object{attributes: class("organizationalUnit")})
}

// Modify sets an attribute; without values it removes it.
func (d *Domain) Modify(id ID, attribute string, values ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.byID[id]
	if o.attributes[attribute] = values; len(values) == 0 {
		delete(o.attributes, attribute)
	}
	d.touch(o)
}

// SetManager names somebody's manager.
func (d *Domain) SetManager(id, manager ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byID[id].manager = manager
	d.touch(d.byID[id])
}

// SetMembers gives a group these members.
func (d *Domain) SetMembers(id ID, members ...ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byID[id].members = slices.Clone(members)
	d.touch(d.byID[id])
}

// Move gives an object another place, another name, or both. What stands below it has
// another name then and no other update sequence number.
func (d *Domain) Move(id ID, rdn, parent string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.byID[id]
	old := o.dn()
	o.rdn, o.parent = rdn, parent
	d.touch(o)
	for _, below := range d.objects {
		if below.parent == old || strings.HasSuffix(below.parent, ","+old) {
			below.parent = strings.TrimSuffix(below.parent, old) + o.dn()
		}
	}
}

// Delete makes a tombstone of an object and takes it out of the groups that it was in,
// which does not count as a change of them.
func (d *Domain) Delete(id ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.byID[id]
	o.deleted, o.parent = true, graveyard
	o.rdn += `\0ADEL:` + string(id)
	kept := map[string][]string{"objectClass": o.attributes["objectClass"], "isDeleted": {"TRUE"}}
	o.attributes, o.members, o.manager = kept, nil, ""
	d.touch(o)
	for _, other := range d.objects {
		other.members = slices.DeleteFunc(other.members, func(m ID) bool { return m == id })
		if other.manager == id {
			other.manager = ""
		}
	}
}

// RID returns the last part of a group's SID.
func (d *Domain) RID(id ID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.byID[id].rid)
}
