package transport

import (
	"fmt"
	"net/http"
	"strings"

	"writersync/connectors"
)

// An authorizer attaches the credential. It stands inside the pin, and reads the
// secret for every attempt, so that a rotated one counts at once.
type authorizer struct {
	token  connectors.Secret
	scheme string
	next   http.RoundTripper
}

var _ http.RoundTripper = (*authorizer)(nil)

// RoundTrip sends req with an Authorization header of its own; one that the
// caller had set is replaced.
func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := a.token.Reveal(req.Context())
	if err == nil && strings.ContainsFunc(token, notToken) {
		err = fmt.Errorf("the secret %s has a space, line break or non-ASCII character in it", a.token)
	}
	if err != nil {
		closeBody(req)
		return nil, a.refusal(req, err)
	}
	// RoundTrip must not change the caller's request.
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", a.scheme+" "+token)
	resp, err := a.next.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	resp.Request = req // the one without the token: an answer may be dumped
	return resp, nil
}

func (a *authorizer) refusal(req *http.Request, err error) error {
	if req.Context().Err() != nil {
		return fail(req, connectors.Transient, &fault{
			code: codeCredential, text: fmt.Sprintf("the secret %s was not read in time", a.token), firm: true, err: req.Context().Err(),
		})
	}
	return fail(req, connectors.Denied, &fault{
		code: codeCredential, text: err.Error(), err: err,
		hint: "Nothing was sent. Put the token, and nothing else, where the configuration says.",
	})
}

// notToken reports whether r cannot stand in a credential. RFC 6750 allows less;
// this is what would break the header or come from a bad paste.
func notToken(r rune) bool { return r <= ' ' || r >= 0x7f }
