package ldap

import (
	"context"
	"errors"
	"slices"
	"strings"

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

// syncs returns nil if the server says that it is an OpenLDAP which can say what
// changed. The cookies of others belong to one search, and that of now cannot be had
// without all entries. One that hides from this credential what it is, is taken for one
// of those: the error is lasting.
func (c *Conn) syncs(ctx context.Context) error {
	root, err := c.Entry(ctx, "", []string{"objectClass", "supportedControl"})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(values(root, "objectClass"), func(v string) bool { return strings.EqualFold(v, "OpenLDAProotDSE") }) &&
		slices.Contains(values(root, "supportedControl"), goldap.ControlTypeSyncRequest) {
		return nil
	}
	return rejected("read what the server says about itself", errors.New("it is no OpenLDAP with the overlay syncprov"), "")
}
