package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func rejected(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Rejected, Op: op, Err: err, Hint: hint}
}

func corrupt(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Corrupt, Op: op, Err: err, Hint: hint}
}

// hintBetween is what to look for where an answer is not one of Okta's.
const hintBetween = "Something on the way answers in Okta's place, or Okta is at fault."

// A refusal is an error that Okta stated, without Okta's words: they may name people.
type refusal struct {
	status int
	code   string // E0000006, invalid_client; "" if none
	taken  bool   // a field has a value that is taken
}

var codeOf = regexp.MustCompile(`^E\d{7}$`)

// Error names the status and the code.
func (r *refusal) Error() string {
	if r.code == "" {
		return fmt.Sprintf("Okta answered %d", r.status)
	}
	return fmt.Sprintf("Okta answered %d (%s)", r.status, r.code)
}

// explain makes the error of a request that Okta refused. renew is what to do where that
// is for the credential.
func explain(sent request, r *refusal, renew string) error {
	class, hint := transport.StatusClass(sent.method, r.status), ""
	switch {
	case r.taken:
		class = connectors.Conflict
	case r.status == http.StatusUnauthorized:
		hint = renew
	case r.code == "E0000006", r.status == http.StatusForbidden:
		hint = "The credential may not do that. Give the administrator or the service app the role Read-Only Administrator, and a service app the scopes of oauth.scopes."
	case r.code == "E0000031":
		hint = "Okta does not understand the expression: check groups.filter."
	case r.code == "E0000015", r.code == "E0000022":
		hint = "This Okta organization does not offer that: check url."
	}
	return &connectors.Error{Class: class, Op: sent.op, Err: r, Hint: hint}
}

// failed makes the error of a request without an answer that can be used.
func failed(ctx context.Context, op string, err error) error {
	var e *connectors.Error
	if errors.As(err, &e) {
		if e.Op == opToken && op != opToken {
			op = opToken + " to " + op
		}
		return &connectors.Error{Class: e.Class, Op: op, Err: e.Err, Hint: e.Hint, After: e.After}
	}
	if ctx.Err() != nil {
		return &connectors.Error{Class: connectors.Transient, Op: op, Err: fmt.Errorf("the time was up: %w", ctx.Err())}
	}
	// The SDK's and the decoder's words can repeat what the answer holds.
	return corrupt(op, errors.New("the answer could not be read"), "Check that url is the address of an Okta organization; if it is, read again.")
}
