package okta

import (
	"net/http"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// pace is how fast requests leave before any limit is known, in requests a minute.
// The share of the organization's limits is what bounds them.
const pace = 6000

// A wire is the way to one organization with one credential.
type wire struct {
	*client
	bearer *bearer // nil with an API token
	close  []func()
}

// dial puts together the way for a credential. base takes the place of the network in
// tests. It makes no request.
func dial(c Config, env connectors.Env, write bool, base http.RoundTripper) (*wire, error) {
	o := transport.Options{
		Target: env.Name, URL: c.URL, CAFile: c.TLS.CAFile, Proxy: c.Proxy, Timeout: c.Timeout,
		Pace: transport.Pace{Start: pace, Max: pace}, Observe: env.Observe, Base: base,
		Share: c.RateShare, Bucket: bucketOf, Budget: c.budget,
	}
	w := &wire{}
	var rt http.RoundTripper
	if !c.OAuth.isSet() {
		o.Token, o.Scheme = c.Token, "SSWS"
		if write && c.Import.Token.IsSet() {
			o.Token = c.Import.Token
		}
	} else {
		forTokens, err := transport.New(o)
		if err != nil {
			return nil, err
		}
		oauth := c.OAuth
		if write {
			oauth.Scopes = append(slices.Clone(oauth.Scopes), importScopes()...)
		}
		w.bearer = &bearer{tokens: &tokens{origin: c.URL, oauth: oauth, http: forTokens}}
		w.close = append(w.close, forTokens.Close)
	}
	o.ReadOnly = !write
	t, err := transport.New(o)
	if err != nil {
		return nil, err
	}
	w.close = append(w.close, t.Close)
	rt = t.HTTP().Transport
	if w.bearer == nil {
		o.Token = connectors.Secret{}
		open, err := transport.New(o)
		if err != nil {
			return nil, err
		}
		w.close = append(w.close, open.Close)
		rt = &introduction{open: open.HTTP().Transport, next: rt}
	}
	if w.bearer != nil {
		w.bearer.next = rt
		rt = w.bearer
	}
	if w.client, err = newClient(c.URL, &screen{next: rt}); err != nil {
		return nil, err
	}
	w.renew = renewal(c, write)
	return w, nil
}

// An introduction asks whose organization it is without the credential: anybody may
// ask, and before the answer nobody knows who would be shown it.
type introduction struct{ open, next http.RoundTripper }

var _ http.RoundTripper = (*introduction)(nil)

// RoundTrip sends req.
func (i *introduction) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == pathOrg {
		bare := req.Clone(req.Context())
		bare.Header.Del("Authorization") // the SDK's own, which is none
		return i.open.RoundTrip(bare)
	}
	return i.next.RoundTrip(req)
}

// bucketOf names the limit that a request counts against: Okta has one for each
// endpoint, whatever object it is about.
func bucketOf(req *http.Request) string {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/") // api v1 groups ID users ID
	for _, i := range []int{3, 5} {
		if len(parts) > i {
			parts[i] = ""
		}
	}
	return strings.Join(parts, "/")
}

// Close closes the idle connections.
func (w *wire) Close() error {
	for _, f := range w.close {
		f()
	}
	return nil
}
