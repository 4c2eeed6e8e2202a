package ad

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// A home is whom a connection speaks with: one domain controller of one domain, at one
// moment.
type home struct {
	domain     string    // its distinguished name
	id         guid      // its objectGUID
	sid        string    // its SID, which begins those of its users and groups
	schema     string    // where the forest's attributes are described, "" if it does not say
	controller string    // the DNS name of the domain controller
	service    string    // its NTDS settings, by which it is known in the forest
	invocation guid      // its database; zero if it cannot be read
	usn        int64     // highest update sequence number that is committed there
	now        time.Time // by its clock
	past       time.Time // the same, or earlier if this machine's clock says so
}

// rootAttributes are what a domain controller says about itself (MS-ADTS section
// 3.1.1.3.2).
func rootAttributes() []string {
	return []string{"defaultNamingContext", "schemaNamingContext", "dnsHostName", "dsServiceName", "highestCommittedUSN", "currentTime", "isSynchronized"}
}

// findHome asks the server who it is: three requests.
func findHome(ctx context.Context, conn *ldap.Conn) (home, error) {
	root, err := conn.Entry(ctx, "", rootAttributes())
	if err != nil {
		return home{}, err
	}
	h, err := readRoot(root)
	if err != nil {
		return home{}, err
	}
	if err := h.readDomain(ctx, conn); err != nil {
		return home{}, err
	}
	settings, err := conn.Entry(ctx, h.service, []string{"invocationId"})
	switch class := connectors.ClassOf(err); {
	case class == connectors.NotFound, class == connectors.Denied:
		return h, nil // without it there are no cursors
	case err != nil:
		return home{}, err
	}
	if g, err := guidOf(one(settings, "invocationId")); err == nil {
		h.invocation = g
	}
	return h, nil
}

const opRoot = "read what the server says about itself"

func readRoot(e *goldap.Entry) (home, error) {
	h := home{
		domain: one(e, "defaultNamingContext"), schema: one(e, "schemaNamingContext"), controller: strings.ToLower(one(e, "dnsHostName")), service: one(e, "dsServiceName"),
	}
	if h.domain == "" || h.service == "" {
		return home{}, rejected(opRoot, errors.New("it is no domain controller of Active Directory"),
			"Name a domain controller in url; for another kind of directory use the connector ldap.")
	}
	if strings.EqualFold(one(e, "isSynchronized"), "FALSE") {
		return home{}, transient(opRoot, errors.New("the domain controller has not received all of the domain yet"),
			"Wait until its first replication is done, or name another domain controller in url.")
	}
	var err error
	if h.usn, err = strconv.ParseInt(one(e, "highestCommittedUSN"), 10, 64); err != nil {
		return home{}, corrupt(opRoot, errors.New("it states no highestCommittedUSN"), "Check that the url names a domain controller.")
	}
	if h.now, err = time.Parse("20060102150405.0Z", one(e, "currentTime")); err != nil {
		return home{}, corrupt(opRoot, errors.New("it states no currentTime"), "Check that the url names a domain controller.")
	}
	h.past = h.now.Truncate(time.Second) // as a cursor holds it
	if own := time.Now().UTC().Truncate(time.Second); own.Before(h.past) {
		h.past = own
	}
	return h, nil
}

// readDomain reads the entry of the domain itself. It stands for the domain as no name
// does: another forest may have one of the same name.
func (h *home) readDomain(ctx context.Context, conn *ldap.Conn) error {
	e, err := conn.Entry(ctx, h.domain, []string{"objectGUID"}, extendedNames())
	if err != nil {
		return err
	}
	r, err := parseReference(e.DN)
	if err != nil {
		return corrupt("read the domain "+h.domain, err, "Check that the url names a domain controller.")
	}
	if g, err := guidOf(one(e, "objectGUID")); err != nil || g != r.id {
		return rejected("read the domain "+h.domain, errors.New("it shows no objectGUID"), "Let the account read the domain object.")
	}
	h.id, h.sid = r.id, r.sid
	return nil
}

// server names the domain controller without its site, to which it may be moved from
// another one: the servers of a forest have names of their own.
func (h home) server() string {
	name, _, _ := strings.Cut(strings.ToLower(h.service), ",cn=servers,")
	return name
}

// identity says what the IDs of a reading are, and by whose word; see
// connectors.Evidence. Another domain controller may lack what this one has.
func (h home) identity() string {
	return "objectGUID in the domain " + h.id.String() + ", told by " + h.server()
}

// pin refuses another domain than before: everybody would seem to have left and
// somebody else to have come. It refuses another domain controller too, because what
// has not been replicated to it yet seems to be gone, and one that has an older state
// than it had, because it was restored and does not know it. It is for the life of one
// Connector; from one to the next, Evidence.Identity is what must stay the same, and
// WentBack tells of the older state.
//
// before is what was pinned when the connection was begun: several may be at once, and
// one that began later may have been told of a higher number.
func (c *Connector) pin(before *home, h home) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch first := c.home; {
	case first == nil:
	case first.id != h.id:
		return anotherDomain(*first, h)
	case first.server() != h.server():
		return rejected("identify the domain controller", fmt.Errorf("the url led to %s before and now leads to %s", first.controller, h.controller),
			"Name one domain controller in url, not the domain or a load balancer: each has its own history, and may lack what another one has. "+
				"If it was replaced for good, name the other one in url.")
	case before != nil && before.invocation == h.invocation && h.usn < before.usn:
		return older()
	}
	if c.home == nil || c.home.invocation != h.invocation || c.home.usn < h.usn {
		c.home = &h
	}
	return nil
}

// anotherDomain is the error of a url that leads to another domain than before. Two may
// have one name: a test domain, or one that was built anew.
func anotherDomain(was, is home) error {
	return rejected("identify the domain",
		fmt.Errorf("the url led to the domain %s with the GUID %s before, and now leads to %s with the GUID %s", dnsName(was.domain), was.id, dnsName(is.domain), is.id),
		"Name in url a domain controller of the domain with the first GUID, from which the accounts were linked, and see where the name in url leads from this machine. "+
			"To move to the other domain for good, change what the source's configuration is known by (url, bind.user, base or a base of users or groups): the next plan then waits for an approval.")
}

func older() error {
	return transient("identify the domain controller", errors.New("its database is older than it was before"),
		"It was put back to an earlier state, which other domain controllers do not know of: name another one in url, and have this one repaired.")
}

// pinned returns whom the connections so far spoke with, nil if there was none.
func (c *Connector) pinned() *home {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.home
}

func one(e *goldap.Entry, name string) string {
	vs := ldap.Values(e, name)
	if len(vs) != 1 {
		return ""
	}
	return vs[0]
}
