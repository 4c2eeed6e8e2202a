package ad

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

var _ connectors.Checker = (*Connector)(nil)

// Check looks at whom the url leads to, at the clocks, and at what the account may
// see and do: too little makes people unknown, too much is a risk without a use.
func (c *Connector) Check(ctx context.Context) ([]connectors.Finding, error) {
	conn, h, err := c.dial(ctx)
	if connectors.ClassOf(err) == connectors.Denied {
		return []connectors.Finding{{What: "credential", Text: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	k := &checkup{conn: conn, home: h, profile: c.config.Attributes.Profile, watched: c.watched, found: []connectors.Finding{{What: "credential", OK: true, Text: "The account can bind."}}}
	k.users, k.groups = c.queries(h)
	k.controller(c.config)
	k.clock(time.Now())
	for _, look := range []func(context.Context) error{k.people, k.attributes, k.members, k.deletions, k.foreigners} {
		if err := look(ctx); err != nil {
			return k.found, err
		}
	}
	err = k.rights(ctx, c.config.Bind.User)
	return k.found, err
}

// A checkup is a Check under way.
type checkup struct {
	conn          *ldap.Conn
	home          home
	users, groups ldap.Query
	profile       ldap.Profile
	watched       bool
	found         []connectors.Finding

	looked int            // at people
	shown  map[string]int // how many of them show an attribute
}

func (k *checkup) add(what string, ok bool, format string, args ...any) {
	k.found = append(k.found, connectors.Finding{What: what, OK: ok, Text: fmt.Sprintf(format, args...)})
}

// controller says who answered, and whether it will be the same tomorrow.
func (k *checkup) controller(c Config) {
	server := c.server()
	host, _, _ := net.SplitHostPort(server.Address())
	domain := dnsName(k.home.domain)
	k.add("domain", true, "The domain is %s, with the GUID %s.", domain, k.home.id)
	if strings.EqualFold(host, domain) {
		k.add("domain controller", false, "The url names the domain, which leads to another domain controller each time: name one, such as %s.", k.home.controller)
		return
	}
	k.add("domain controller", true, "%s answered.", k.home.controller)
	k.changes()
}

// changes says whether they can be followed. What that takes is no fault where nobody
// does.
func (k *checkup) changes() {
	hidden := k.home.invocation == guid{}
	switch {
	case hidden && !k.watched:
		k.add("changes", true, "They are not followed (watch: false): each waits for the next whole reading. The account cannot read invocationId of the NTDS settings of this domain controller, so that after a restart nobody notices if its database was put back to an earlier state.")
	case hidden:
		k.add("changes", false, "The account cannot read invocationId of the NTDS settings of this domain controller: every reading is a whole one. Let it read the configuration, as everybody may by default.")
	case !k.watched:
		k.add("changes", true, "They are not followed (watch: false): each waits for the next whole reading.")
	default:
		k.add("changes", true, "What changed can be told from the last reading.")
	}
}

// dnsName makes "corp.example" of "DC=corp,DC=example".
func dnsName(dn string) string {
	name, err := ldap.ParseName(dn)
	if err != nil {
		return dn
	}
	return strings.ReplaceAll(strings.TrimPrefix(name.String(), "dc="), ",dc=", ".")
}

// maxSkew is how far clocks may be apart: as much as Kerberos allows.
const maxSkew = 5 * time.Minute

func (k *checkup) clock(now time.Time) {
	skew := k.home.now.Sub(now).Abs().Round(time.Second)
	if skew > maxSkew {
		k.add("clock", false, "The clock of the domain controller and that of this machine are %s apart: set the one that is wrong. Accounts expire by that of the domain controller.", skew)
		return
	}
	k.add("clock", true, "The clocks agree.")
}

// sample is how many people and groups are looked at.
const sample = 100

func (k *checkup) members(ctx context.Context) error {
	with := 0
	q := k.groups
	q.Attributes = []string{attrID, attrMember}
	n, err := k.conn.First(ctx, q, sample, func(e *goldap.Entry) error {
		if part, err := findRange(e); err == nil && len(part.values) > 0 {
			with++
		}
		return nil //nolint:nilerr // members that cannot be told are not shown
	})
	switch {
	case err != nil:
		return err
	case n == 0:
		k.add("groups", false, "Not one group is found below %s: check base, groups.base and groups.filter.", q.Base)
	case with == 0:
		k.add("groups", false, "Not one of the first %d groups shows a member: let the account read the attribute member.", n)
	default:
		k.add("groups", true, "%d of the first %d groups show members.", with, n)
	}
	return nil
}

// deletions tells what the account sees of deleted objects. It needs to see none.
func (k *checkup) deletions(ctx context.Context) error {
	deleted, err := ldap.Equal("isDeleted", "TRUE")
	if err != nil {
		return err
	}
	q := ldap.Query{Base: k.home.graveyard(), Scope: ldap.One, Filter: deleted, Attributes: []string{"1.1"}, Controls: []goldap.Control{showDeleted()}}
	seen, err := k.conn.Finds(ctx, q)
	if err = unlessRefused(err); err != nil {
		return err
	}
	if seen {
		k.add("deletions", true, "The account sees deleted objects: who is deleted is known at once.")
		return nil
	}
	k.add("deletions", true, "The account sees no deleted objects, and need not: who is deleted is found by the next whole reading.")
	return nil
}

// foreigners counts who will be unresolved because they are of another forest.
func (k *checkup) foreigners(ctx context.Context) error {
	kind, err := ldap.ParseFilter("(&(objectClass=foreignSecurityPrincipal)(memberOf=*))")
	if err != nil {
		return err
	}
	n, err := k.conn.Count(ctx, ldap.Query{Base: k.home.domain, Scope: ldap.Subtree, Filter: kind, Controls: searchControls()})
	if err != nil {
		return err
	}
	k.add("other forests", true, "Members of groups that only stand for somebody of another forest, or for everybody of a kind: %d. They count as unresolved.", n)
	return nil
}

// mighty are the groups whose members may change what they like, by the end of the SID.
func mighty(domain string) map[string]string {
	const builtin = "S-1-5-32"
	return map[string]string{
		domain + "-512": "Domain Admins", domain + "-518": "Schema Admins", domain + "-519": "Enterprise Admins",
		builtin + "-544": "Administrators", builtin + "-548": "Account Operators", builtin + "-549": "Server Operators", builtin + "-551": "Backup Operators",
	}
}

// rights says whether the account could do harm.
func (k *checkup) rights(ctx context.Context, user string) error {
	own, err := k.own(ctx, user)
	if err != nil {
		return err
	}
	if own == "" {
		k.add("rights", false, "The account's own entry is not found, so that its rights cannot be seen: write bind.user as a user principal name, as DOMAIN\\user or as a distinguished name.")
		return nil
	}
	e, err := k.conn.Entry(ctx, own, []string{"tokenGroups"})
	if err != nil {
		return err
	}
	known := mighty(k.home.sid)
	for _, raw := range ldap.Values(e, "tokenGroups") {
		if name, ok := known[sidText(raw)]; ok {
			k.add("rights", false, "The account is in %s and may change the domain: take it out; to read needs no group at all.", name)
			return nil
		}
	}
	e, err = k.conn.Entry(ctx, k.users.Base, []string{"allowedChildClassesEffective"})
	if err != nil {
		return err
	}
	if len(ldap.Values(e, "allowedChildClassesEffective")) > 0 {
		k.add("rights", false, "The account may make entries below %s: take that right away; only reading is needed.", k.users.Base)
		return nil
	}
	k.add("rights", true, "The account is in no group of administrators and may make no entries where people are.")
	return nil
}

// own returns the name of the account's own entry, "" if it is not found.
func (k *checkup) own(ctx context.Context, user string) (string, error) {
	local, _, isUPN := strings.Cut(user, "@")
	if _, after, ok := strings.Cut(user, `\`); ok {
		local, isUPN = after, true
	}
	if !isUPN {
		return user, nil
	}
	upn, err := ldap.Equal("userPrincipalName", user)
	if err != nil {
		return "", err
	}
	sam, err := ldap.Equal("sAMAccountName", local)
	if err != nil {
		return "", err
	}
	found := ""
	q := ldap.Query{Base: k.home.domain, Scope: ldap.Subtree, Filter: ldap.Any(upn, sam), Attributes: []string{attrID}, Controls: searchControls()}
	err = k.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, err := parseReference(e.DN)
		found = r.id.name()
		return err
	})
	return found, err
}

// sidText returns the text form of a SID (MS-DTYP section 2.4.2.2), "" of what is none.
func sidText(raw string) string {
	if len(raw) < 8 || len(raw) != 8+4*int(raw[1]) {
		return ""
	}
	var authority uint64
	for _, b := range []byte(raw[2:8]) {
		authority = authority<<8 | uint64(b)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "S-%d-%d", raw[0], authority)
	for i := 8; i < len(raw); i += 4 {
		fmt.Fprintf(&b, "-%d", binary.LittleEndian.Uint32([]byte(raw[i:i+4])))
	}
	return b.String()
}
