package ldap

import (
	"context"
	"errors"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// ErrNotShown is wrapped by what Entry returns where the server does not say that there
// is no such entry, and shows none.
var ErrNotShown = errors.New("the server shows nothing of the entry")

// Entry returns the one entry called dn with some of its attributes; "" is the entry
// of the server itself (RFC 4512 section 5.1). An entry that is not there, or not to
// be seen, is an error of class NotFound; see ErrNotShown.
func (c *Conn) Entry(ctx context.Context, dn string, attributes []string, controls ...goldap.Control) (*goldap.Entry, error) {
	op := "read the entry " + dn
	if dn == "" {
		op = "read what the server says about itself"
	}
	request := goldap.NewSearchRequest(dn, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, everything, attributes, controls)
	var result *goldap.SearchResult
	var raw error
	err := c.exchange(ctx, op, func() error {
		result, raw = c.ldap.Search(request)
		return raw
	})
	switch {
	case err != nil && !goldap.IsErrorWithCode(raw, goldap.LDAPResultNoSuchObject):
		return nil, err
	case err != nil:
		return nil, notFound(op, errors.New("the server shows no such entry"))
	case len(result.Entries) != 1:
		return nil, notFound(op, ErrNotShown)
	}
	return result.Entries[0], nil
}

func notFound(op string, err error) error {
	return &connectors.Error{Class: connectors.NotFound, Op: op, Err: err, Hint: "Check the spelling, and that the account may read it."}
}

// Hurry bounds each further request of this connection by d, if the server's own
// timeout is longer.
func (c *Conn) Hurry(d time.Duration) { c.server.Timeout = min(c.server.Timeout, d) }

// Values returns the values of an attribute, whatever case the server spells its name
// in; options are part of the name.
func Values(e *goldap.Entry, name string) []string { return values(e, name) }
