package ldap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// importer is a Connector of a source that import can write into.
type importer struct {
	*Connector
	write *Dialer
}

var _ connectors.Importer = (*importer)(nil)

func newImporter(c *Connector, env connectors.Env) *importer {
	server := c.config.Server
	if c.config.Import.Bind.DN != "" {
		server.Bind = c.config.Import.Bind
	}
	return &importer{Connector: c, write: NewDialer(server, env)}
}

// maxUIDs is how many uids are tried for one person.
const maxUIDs = 1000

// CreateUser adds a person below import.users; see connectors.Importer. Somebody
// below users.base who has the address is a Conflict, whatever the entry is called.
func (c *importer) CreateUser(ctx context.Context, u connectors.NewUser) (string, error) {
	const op = "add a person"
	conn, err := c.write.Dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if id, err := c.personWith(ctx, conn, u.Email); err != nil || id != "" {
		return id, conflict(op, err)
	}
	p := person{user: u, mailName: c.config.Attributes.Email}
	for n := 1; n <= maxUIDs; n++ {
		uid := p.uid(n)
		if taken, err := c.uidTaken(ctx, conn, uid); err != nil {
			return "", err
		} else if taken {
			continue
		}
		dn := childName(c.config.Import.Users, attrUID, uid)
		switch err := conn.Add(ctx, op+" below "+c.config.Import.Users, dn, p.attributes(uid)); {
		case err == nil:
			return c.readBack(ctx, conn, op, dn)
		case connectors.ClassOf(err) != connectors.Conflict:
			return "", err
		}
	}
	return "", rejected(op, fmt.Errorf("%d uids that fit the address are taken", maxUIDs), "Add the person by hand.")
}

// CreateGroup adds a group below import.groups; see connectors.Importer. An entry of
// its name that stands there is a Conflict.
func (c *importer) CreateGroup(ctx context.Context, g connectors.NewGroup) (string, error) {
	const op = "add a group"
	conn, err := c.write.Dial(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	name := strings.TrimSpace(g.Name)
	dn := childName(c.config.Import.Groups, attrCN, name)
	if id, err := c.groupAt(ctx, conn, name); err != nil || id != "" {
		return id, conflict(op, err)
	}
	members, err := c.memberNames(ctx, conn, g.Members)
	if err != nil {
		return "", err
	}
	if err := conn.Add(ctx, op+" below "+c.config.Import.Groups, dn, groupAttributes(name, members)); err != nil {
		return "", err
	}
	return c.readBack(ctx, conn, op, dn)
}

// conflict returns err, or without one the error for what is there already.
func conflict(op string, err error) error {
	if err != nil {
		return err
	}
	return &connectors.Error{Class: connectors.Conflict, Op: op, Err: errors.New("it is there already"), Hint: "Nothing was added."}
}

// personWith returns the ID of somebody who has the address, or "".
func (c *importer) personWith(ctx context.Context, conn *Conn, email string) (string, error) {
	kind, err := Equal("objectClass", "inetOrgPerson")
	if err != nil {
		return "", err
	}
	var mails []Filter
	for _, name := range []string{"mail", c.config.Attributes.Email} {
		f, err := Equal(name, email)
		if err != nil {
			return "", err
		}
		mails = append(mails, f)
	}
	return c.firstID(ctx, conn, Query{Base: c.users.Base, Scope: Subtree, Filter: All(Any(c.users.Filter, kind), Any(mails...))})
}

func (c *importer) groupAt(ctx context.Context, conn *Conn, name string) (string, error) {
	f, err := Equal(attrCN, name)
	if err != nil {
		return "", err
	}
	return c.firstID(ctx, conn, Query{Base: c.config.Import.Groups, Scope: One, Filter: f})
}

// firstID returns the ID of the first entry that q finds, or "".
func (c *importer) firstID(ctx context.Context, conn *Conn, q Query) (string, error) {
	t, found := newTranslator(c.config.Attributes), ""
	q.Attributes = t.idAttributes()
	n, err := conn.First(ctx, q, 1, func(e *goldap.Entry) (err error) {
		found, err = t.id(e)
		return err
	})
	if err != nil || n == 0 {
		return "", err
	}
	return found, c.sameID(t.idName)
}

func (c *importer) uidTaken(ctx context.Context, conn *Conn, uid string) (bool, error) {
	f, err := Equal(attrUID, uid)
	if err != nil {
		return false, err
	}
	n, err := conn.Count(ctx, Query{Base: c.users.Base, Scope: Subtree, Filter: f})
	return n > 0, err
}

// readBack returns the ID of an entry that was added. Without it the addition is as
// good as unknown.
func (c *importer) readBack(ctx context.Context, conn *Conn, op, dn string) (string, error) {
	id, err := c.firstID(ctx, conn, Query{Base: dn, Scope: baseObject})
	if err == nil && id == "" {
		err = errors.New("the server does not show it")
	}
	if err != nil {
		return "", &connectors.Error{
			Class: connectors.Unknown, Op: op, Err: fmt.Errorf("it was added, and its ID could not be read: %w", err),
			Hint: "Let the DN that adds entries read them too, with their ID attribute.",
		}
	}
	return id, nil
}

// idsPerSearch is how many people are looked up by their ID in one search.
const idsPerSearch = 100

// memberNames returns the names of the people with these IDs.
func (c *importer) memberNames(ctx context.Context, conn *Conn, ids []string) ([]string, error) {
	t := newTranslator(c.config.Attributes)
	if err := c.findID(ctx, conn, t); err != nil {
		return nil, err
	}
	var names []string
	for len(ids) > 0 {
		n := min(len(ids), idsPerSearch)
		some, err := t.anyOf(ids[:n])
		if err != nil {
			return nil, err
		}
		q := Query{Base: c.users.Base, Scope: Subtree, Filter: some, Attributes: []string{noAttributes}}
		before := len(names)
		if err := conn.Search(ctx, q, func(e *goldap.Entry) error { names = append(names, e.DN); return nil }); err != nil {
			return nil, err
		}
		if found := len(names) - before; found != n {
			return nil, rejected("look for the members of a group", fmt.Errorf("%d of %d people are there", found, n), "Run import again: it reads anew who is there.")
		}
		ids = ids[n:]
	}
	return names, nil
}
