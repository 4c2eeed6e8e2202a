package ldap

import (
	"context"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

var _ connectors.Checker = (*Connector)(nil)

// Check looks at what the bind DN may see of people and groups, and at how changes are
// followed: a server leaves out without a word what it does not show.
func (c *Connector) Check(ctx context.Context) ([]connectors.Finding, error) {
	conn, err := c.dialer.Dial(ctx)
	if connectors.ClassOf(err) == connectors.Denied {
		return []connectors.Finding{{What: "credential", Text: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	k := &checkup{connector: c, conn: conn}
	k.add("credential", true, "The bind DN can bind.")
	if c.config.Bind.DN == "" {
		k.found[0].Text = "The search is anonymous."
	}
	for _, look := range []func(context.Context) error{k.people, k.groups, k.changes} {
		if err := look(ctx); err != nil {
			return k.found, err
		}
	}
	return k.found, nil
}

// A checkup is a Check under way.
type checkup struct {
	connector *Connector
	conn      *Conn
	found     []connectors.Finding
	stamped   bool // somebody shows a modifyTimestamp
}

func (k *checkup) add(what string, ok bool, format string, args ...any) {
	k.found = append(k.found, connectors.Finding{What: what, OK: ok, Text: fmt.Sprintf(format, args...)})
}

// sample is how many people and groups are looked at.
const sample = 100

// showing counts the first entries that q finds, and those among them that shows says yes
// of. Where a whole sample has none, others tells whether any further one has one of the
// attributes: a listing may begin with entries that have none as they should, such as
// accounts of machines, or a group for each person alone.
func (k *checkup) showing(ctx context.Context, q Query, shows func(*goldap.Entry) bool, attributes ...string) (n, with int, others bool, err error) {
	count := func(e *goldap.Entry) error {
		if shows(e) {
			with++
		}
		return nil
	}
	if n, err = k.conn.First(ctx, q, sample, count); err != nil || with > 0 || n < sample {
		return n, with, false, err
	}
	some := make([]Filter, len(attributes))
	for i, a := range attributes {
		some[i] = Filter{"(" + a + "=*)"}
	}
	q.Filter = All(q.Filter, Any(some...))
	_, err = k.conn.First(ctx, q, sample, count)
	return n, with, with > 0, err
}

func (k *checkup) people(ctx context.Context) error {
	q, email := k.connector.users, k.connector.config.Attributes.Email
	q.Attributes = []string{email, attrModified}
	n, with, others, err := k.showing(ctx, q, func(e *goldap.Entry) bool {
		k.stamped = k.stamped || len(values(e, attrModified)) > 0
		return len(values(e, email)) > 0
	}, email)
	switch {
	case err != nil:
		return err
	case n == 0:
		k.add("people", false, "Not one person is found below %s: check users.base and users.filter, and that the bind DN may read there.", q.Base)
	case with == 0:
		k.add("people", false, "Not one of the first %d people shows %s, and nobody has an account without an e-mail: let the bind DN read it, or name another in attributes.email.", n, email)
	case others:
		k.add("people", true, "None of the first %d people shows %s, but others do.", n, email)
	default:
		k.add("people", true, "%d of the first %d people show %s.", with, n, email)
	}
	return nil
}

func (k *checkup) groups(ctx context.Context) error {
	q := k.connector.groups
	if q.Base == "" {
		k.add("groups", true, "None are read, since groups.base is not set.")
		return nil
	}
	q.Attributes = []string{attrMember, attrUnique, attrMemberUID}
	some := &memberSample{}
	n, with, others, err := k.showing(ctx, q, some.take, q.Attributes...)
	switch {
	case err != nil:
		return err
	case n == 0:
		k.add("groups", false, "Not one group is found below %s: check groups.base and groups.filter, and that the bind DN may read there.", q.Base)
		return nil
	case with == 0:
		k.add("groups", false, "Not one of the first %d groups shows a member: let the bind DN read the attributes member, uniqueMember and memberUid.", n)
		return nil
	case others:
		k.add("groups", true, "None of the first %d groups shows a member, but others do.", n)
	default:
		k.add("groups", true, "%d of the first %d groups show members.", with, n)
	}
	return k.members(ctx, some)
}

// members says how many of a sample are people or groups that are read. Some never are:
// servers leave deleted people in groups, and a groupOfNames without anybody needs a
// member that is nobody.
func (k *checkup) members(ctx context.Context, some *memberSample) error {
	known, err := some.known(ctx, k)
	if err != nil {
		return err
	}
	n := some.size()
	if known*2 < n {
		k.add("members", false, "%d of %d members of these groups are neither a person nor a group that is read: check that users.base, users.filter, groups.base and groups.filter take them in, and that the bind DN may read them.", n-known, n)
		return nil
	}
	k.add("members", true, "%d of %d members of these groups are people or groups that are read.", known, n)
	return nil
}

// changes says how they are followed, and what that leaves to the next whole reading.
func (k *checkup) changes(ctx context.Context) error {
	if !k.connector.watched {
		k.add("changes", true, "They are not followed (watch: false): each waits for the next whole reading.")
		return nil
	}
	at, err := k.connector.here(ctx, k.conn)
	if err != nil && !lasting(err) {
		return err
	}
	c := k.connector.config
	switch {
	case at.follows() && c.Attributes.ID != autoID && !strings.EqualFold(c.Attributes.ID, attrEntryUUID):
		k.add("changes", true, "The server tells of changes as they come (syncprov, a persistent search), but by entryUUID: with attributes.id set to %s, every change leads to a whole reading.", c.Attributes.ID)
	case at.follows():
		k.add("changes", true, "The server tells of changes and deletions as they come (syncprov, a persistent search).")
	case !k.stamped:
		k.add("changes", false, "The server does not tell of changes, and no entry shows modifyTimestamp to look for them: let the bind DN read it, or write watch: false for this source.")
	default:
		k.add("changes", true, "The server does not tell of changes (no syncprov that can be used): newer timestamps are looked for every %s. They show no deletion: who is deleted or leaves what is read, and the memberships that end with that, wait for the next whole reading.", c.Poll)
	}
	return nil
}
