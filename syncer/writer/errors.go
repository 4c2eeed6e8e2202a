package writer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// fault is what can be read of an error answer. Its detail may hold personal data
// and is looked at, never shown.
type fault struct {
	scimType string
	detail   string // lower case
}

// readFault understands SCIM errors (RFC 7644, section 3.12) and the envelope of
// Writer's older interface; of anything else it reads nothing.
func readFault(body []byte) fault {
	var e struct {
		ScimType text `json:"scimType"`
		Detail   text `json:"detail"`
		Tpe      text `json:"tpe"`
		Errors   []struct {
			Description text `json:"description"`
			Key         text `json:"key"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &e) != nil {
		return fault{}
	}
	detail := string(e.Detail) + " " + string(e.Tpe)
	for _, one := range e.Errors {
		detail += " " + string(one.Description) + " " + string(one.Key)
	}
	return fault{string(e.ScimType), strings.ToLower(detail)}
}

func (f fault) mentions(words ...string) bool {
	for _, w := range words {
		if strings.Contains(f.detail, w) {
			return true
		}
	}
	return false
}

// failure returns the error that an answer means, or nil for a success.
func failure(in call, a answer) error {
	class := transport.StatusClass(in.method, a.status)
	if class == "" {
		return nil
	}
	f := readFault(a.body)
	e := &connectors.Error{Class: class, Op: in.op, Err: errors.New(describe(a, f))}
	switch {
	case a.status == http.StatusUnauthorized:
		e.Hint = "Writer does not accept the token: copy it again from Writer's SCIM settings into the place that writer.token names."
	case a.status == http.StatusConflict || strings.EqualFold(f.scimType, "uniqueness"):
		e.Class = connectors.Conflict
	case a.status == http.StatusForbidden && in.method != http.MethodGet && refusesOne(f):
		e.Class = connectors.Rejected
		e.Hint = hint(f)
	case a.status == http.StatusForbidden:
		e.Hint = "Writer refuses the token's rights: SCIM may not be part of the subscription, or the token was revoked."
	case class == connectors.NotFound && in.method == http.MethodGet && !looksLikeSCIM(a.body):
		e.Class, e.Hint = connectors.Corrupt, "This is no SCIM endpoint: check writer.url against the endpoint in Writer's SCIM settings."
	case class == connectors.Rejected:
		e.Hint = hint(f)
	}
	return e
}

// refusesOne reports whether a 403 is about one account, and not about the token.
func refusesOne(f fault) bool {
	return f.mentions("domain", "seat", "licen", "limit", "last admin", "owner")
}

// hint says what an admin can do about a refusal that Writer explains.
func hint(f fault) string {
	switch {
	case f.mentions("domain"):
		return "The e-mail's domain is not claimed: claim it in Writer's domain settings."
	case f.mentions("seat", "licen", "limit"):
		return "The subscription has no seat left: free one, or ask Writer for more."
	}
	return ""
}

// describe names status, SCIM type and request id of an answer, and no more.
func describe(a answer, f fault) string {
	s := fmt.Sprintf("Writer answered %d", a.status)
	if text := http.StatusText(a.status); text != "" {
		s += " " + text
	}
	if knownScimType(f.scimType) {
		s += " (" + f.scimType + ")"
	}
	for _, h := range []string{"Action-Id", "X-Request-Id"} {
		if id := a.header.Get(h); id != "" && len(id) <= 64 && !strings.ContainsAny(id, "@ \t") {
			return s + ", request " + id
		}
	}
	return s
}

// knownScimType reports whether s is of RFC 7644, table 9: nothing else of a
// foreign answer is shown.
func knownScimType(s string) bool {
	switch s {
	case "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue", "invalidVers", "sensitive":
		return true
	}
	return false
}

// notSCIM is the error of an answer that claims success and is something else.
func notSCIM(op string, a answer) error {
	e := &connectors.Error{
		Class: connectors.Corrupt, Op: op, Err: fmt.Errorf("Writer's answer (%d) is not SCIM", a.status), //nolint:staticcheck // a name
		Hint: "This is no SCIM endpoint, or a proxy or login page stands before it: check writer.url.",
	}
	if len(a.body) == 0 {
		e.Err = fmt.Errorf("Writer's answer (%d) is empty", a.status) //nolint:staticcheck // a name
		e.Hint = ""
	}
	return e
}

// rejected makes an error of a change that Writer did not take.
func rejected(op, text, hint string) error {
	return &connectors.Error{Class: connectors.Rejected, Op: op, Err: errors.New(text), Hint: hint}
}
