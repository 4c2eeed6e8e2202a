package ldap

import (
	"context"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// Add adds one entry, which op describes without naming a person. It is the only
// request that changes a directory. An error says what is known: see
// connectors.Importer.
func (c *Conn) Add(ctx context.Context, op, dn string, attributes []goldap.Attribute) error {
	var raw error
	err := c.exchange(ctx, op, func() error {
		raw = c.ldap.Add(&goldap.AddRequest{DN: dn, Attributes: attributes})
		return raw
	})
	var answer *goldap.Error
	switch {
	case err == nil || raw == nil: // without an answer, nothing was sent
		return err
	case errors.As(raw, &answer) && !ownCode(answer.ResultCode) && c.wire.broken() == nil:
		v := addVerdict(answer.ResultCode)
		return &connectors.Error{Class: v.class, Op: op, Err: resultText(raw), Hint: v.hint}
	}
	return &connectors.Error{
		Class: connectors.Unknown, Op: op, Err: err,
		Hint: "The entry may have been added: nobody heard the answer.",
	}
}

// addVerdict judges the result code of an addition (RFC 4511 appendix A).
func addVerdict(code uint16) verdict {
	switch code {
	case goldap.LDAPResultEntryAlreadyExists:
		return verdict{connectors.Conflict, "An entry of that name is there already."}
	case goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultAuthorizationDenied:
		return verdict{connectors.Denied, "Let import.bind, or without it the bind DN, add entries below import.users and import.groups."}
	case goldap.LDAPResultNoSuchObject:
		return verdict{connectors.Rejected, "Add the entries that import.users and import.groups name, or correct these."}
	case goldap.LDAPResultObjectClassViolation, goldap.LDAPResultUndefinedAttributeType, goldap.LDAPResultInvalidAttributeSyntax,
		goldap.LDAPResultNamingViolation, goldap.LDAPResultConstraintViolation, goldap.LDAPResultAttributeOrValueExists:
		return verdict{connectors.Rejected, "The server's schema or rules do not take such an entry: its log says which value."}
	case goldap.LDAPResultReferral, goldap.LDAPResultUnwillingToPerform:
		return verdict{connectors.Rejected, "This server takes no additions there, perhaps because it is a copy: name one that does."}
	}
	return verdictOf(code)
}
