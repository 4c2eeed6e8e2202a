package ldap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

func rejected(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Rejected, Op: op, Err: err, Hint: hint}
}

func corrupt(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Corrupt, Op: op, Err: err, Hint: hint}
}

// A verdict is what a result code means to the person who must act.
type verdict struct {
	class connectors.Class
	hint  string
}

// verdictOf judges a result code (RFC 4511 appendix A). A code that is not listed
// is the server's trouble and may pass.
func verdictOf(code uint16) verdict {
	switch code {
	case goldap.LDAPResultInvalidCredentials, goldap.LDAPResultInappropriateAuthentication:
		return verdict{connectors.Denied, "Check bind.dn and bind.password: the server does not accept them."}
	case goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultAuthorizationDenied:
		return verdict{connectors.Denied, "Give the bind DN permission to read this part of the directory."}
	case goldap.LDAPResultConfidentialityRequired, goldap.LDAPResultStrongAuthRequired:
		return verdict{connectors.Rejected, "The server wants an encrypted connection: use ldaps:// or starttls: true."}
	case goldap.LDAPResultNoSuchObject:
		return verdict{connectors.Rejected, "The base does not exist, or the bind DN may not see it: check the spelling and its permissions."}
	case goldap.LDAPResultInvalidDNSyntax:
		return verdict{connectors.Rejected, "The server does not understand the distinguished name: check its spelling."}
	case goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded:
		return verdict{connectors.Rejected, "The server cuts the search short: raise its limit for the bind DN " +
			"(OpenLDAP: size.prtotal=unlimited in olcLimits; 389 Directory Server: nsSizeLimit and nsLookThroughLimit)."}
	case goldap.LDAPResultTimeLimitExceeded:
		return verdict{connectors.Transient, "The server ran out of time: index the attributes of the filter, or raise its time limit for the bind DN."}
	case goldap.LDAPResultReferral:
		return verdict{connectors.Rejected, "Part of the answer is on another server, and referrals are not followed: " +
			"search a base that this server holds itself, or ask the server that holds all of it."}
	case goldap.LDAPResultInappropriateMatching, goldap.LDAPResultUndefinedAttributeType, goldap.LDAPResultUnwillingToPerform,
		goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailableCriticalExtension:
		return verdict{connectors.Rejected, "The server refuses the search: check the filter and the attribute names."}
	}
	return verdict{connectors.Transient, ""}
}

// ownCode reports whether code is one that the library made up for an answer that
// it could not make sense of.
func ownCode(code uint16) bool {
	return code >= goldap.ErrorNetwork && code <= goldap.ErrorMalformedPacket
}

// resultText returns the error for a result that the server stated, without the
// text it added: that may hold names or addresses of people.
func resultText(err error) error {
	var e *goldap.Error
	if !errors.As(err, &e) || ownCode(e.ResultCode) {
		return errors.New("the answer could not be read")
	}
	text, ok := goldap.LDAPResultCodeMap[e.ResultCode]
	if !ok {
		text = "unknown result"
	}
	if reason := refusalReason(e); reason != "" {
		return fmt.Errorf("%s (result code %d): %s", strings.ToLower(text), e.ResultCode, reason)
	}
	return fmt.Errorf("%s (result code %d)", strings.ToLower(text), e.ResultCode)
}

var refusalCode = regexp.MustCompile(`AcceptSecurityContext error, data ([0-9a-f]{1,8}),`)

// refusalReason says why Active Directory refused a bind, which it adds to the one
// result code as the number of a Windows error.
func refusalReason(e *goldap.Error) string {
	if e.ResultCode != goldap.LDAPResultInvalidCredentials || e.Err == nil {
		return ""
	}
	code := refusalCode.FindStringSubmatch(e.Err.Error())
	if code == nil {
		return ""
	}
	switch code[1] {
	case "525", "52e":
		return "the account is not known, or the password is wrong"
	case "530":
		return "the account may not log on at this time"
	case "531":
		return "the account may not log on from this machine"
	case "532":
		return "the password has expired"
	case "533":
		return "the account is disabled"
	case "701":
		return "the account has expired"
	case "773":
		return "the password must be changed first"
	case "775":
		return "the account is locked"
	}
	return ""
}

// failure explains why op did not succeed: the context, the connection, or what
// the server answered, in this order, because the first causes the others.
func (c *Conn) failure(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	switch broken := c.wire.broken(); {
	case errors.Is(broken, errAnswerTooLong):
		return corrupt(op, broken, "Lower page_size, or narrow the filter.")
	case errors.Is(broken, os.ErrDeadlineExceeded):
		cause := fmt.Errorf("no answer within %s", c.server.Timeout)
		return &connectors.Error{Class: connectors.Transient, Op: op, Err: cause, Hint: "Raise timeout or lower page_size if the server is slow."}
	case errors.Is(broken, io.EOF), errors.Is(broken, io.ErrUnexpectedEOF):
		return &connectors.Error{Class: connectors.Transient, Op: op, Err: errors.New("the server closed the connection before the answer was whole")}
	case broken != nil:
		return &connectors.Error{Class: connectors.Transient, Op: op, Err: broken}
	}
	var e *goldap.Error
	if !errors.As(err, &e) || ownCode(e.ResultCode) {
		return corrupt(op, errors.New("the answer could not be read"), "Check that the url names an LDAP server.")
	}
	v := verdictOf(e.ResultCode)
	return &connectors.Error{Class: v.class, Op: op, Err: resultText(err), Hint: v.hint}
}

// codeOf returns the bounded name of an outcome for an Observer.
func (c *Conn) codeOf(err error) string {
	var e *goldap.Error
	switch {
	case err == nil:
		return "ldap-success"
	case errors.Is(c.wire.broken(), os.ErrDeadlineExceeded):
		return "timeout"
	case c.wire.broken() != nil:
		return "network"
	case !errors.As(err, &e) || ownCode(e.ResultCode):
		return "ldap-malformed"
	}
	text, ok := goldap.LDAPResultCodeMap[e.ResultCode]
	if !ok {
		return "ldap-other"
	}
	return "ldap-" + strings.ReplaceAll(strings.ToLower(text), " ", "-")
}
