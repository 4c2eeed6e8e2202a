package okta

import (
	"context"
	"net/http"
)

// A bearer attaches access tokens. It stands around the transport, whose pin sees to
// it that no request leaves for another origin.
type bearer struct {
	tokens *tokens
	next   http.RoundTripper
}

var _ http.RoundTripper = (*bearer)(nil)

// RoundTrip sends req. A read that is refused with 401 is sent once more with a new
// token: one that was revoked would else be used until its hour is over.
func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == pathOrg {
		return b.next.RoundTrip(req) // anybody may ask
	}
	token, err := b.tokens.get(req.Context())
	if err != nil {
		return nil, closing(req, err)
	}
	resp, err := b.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	b.tokens.drop(token)
	if req.Method != http.MethodGet {
		return resp, nil
	}
	if token, err = b.tokens.get(req.Context()); err != nil {
		_ = resp.Body.Close() // the first answer was judged by its status
		return nil, err
	}
	_ = resp.Body.Close() // as above
	return b.send(req, token)
}

func (b *bearer) send(req *http.Request, token string) (*http.Response, error) {
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", "Bearer "+token)
	resp, err := b.next.RoundTrip(signed)
	if err == nil {
		resp.Request = req // the one without the token: an answer may be dumped
	}
	return resp, err
}

// closing closes the body of a request that is not sent, as RoundTrip must.
func closing(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close() // nothing was read from it: there is nothing to lose
	}
	return err
}

// granted returns the scopes of the token in use, and fetches one if there is none.
func (b *bearer) granted(ctx context.Context) ([]string, error) {
	if _, err := b.tokens.get(ctx); err != nil {
		return nil, err
	}
	return b.tokens.scopes(), nil
}
