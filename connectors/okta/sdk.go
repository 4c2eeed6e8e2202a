package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"

	"writersync/connectors"
)

// A client speaks to one organization through the SDK. What the SDK does by itself is
// turned off, or made good by what is around it; TestDefects has the list.
type client struct {
	sdk   *okta.Client
	renew string // what to do where the credential is not accepted
}

// newClient sets every field that the SDK would otherwise fill from ~/.okta/okta.yaml
// or from OKTA_CLIENT_*. The credential is none of them: the transport attaches it.
func newClient(origin string, rt http.RoundTripper) (*client, error) {
	hc := &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	_, sdk, err := okta.NewClient(context.Background(),
		okta.WithOrgUrl(origin), okta.WithAuthorizationMode("SSWS"), okta.WithToken("attached-by-the-transport"),
		okta.WithClientId(""), okta.WithScopes(nil), okta.WithPrivateKey(""), okta.WithPrivateKeyId(""),
		okta.WithPrivateKeySigner(nil), okta.WithClientAssertion(""),
		okta.WithCache(false), okta.WithCacheManager(nil), okta.WithCacheTtl(0), okta.WithCacheTti(0),
		okta.WithConnectionTimeout(0), okta.WithRequestTimeout(0), okta.WithRateLimitMaxRetries(0), okta.WithRateLimitMaxBackOff(0),
		okta.WithProxyHost(""), okta.WithProxyPort(0), okta.WithProxyUsername(""), okta.WithProxyPassword(""),
		okta.WithUserAgentExtra("writersync"),
		okta.WithTestingDisableHttpsCheck(true), // whether http may be is decided by the configuration
		okta.WithHttpClientPtr(hc),
	)
	if err != nil {
		return nil, fmt.Errorf("set up Okta's SDK: %w", err)
	}
	return &client{sdk: sdk}, nil
}

// An answer is what came with the data.
type answer struct {
	date time.Time // on the server's clock; zero if it names none
	self bool      // it names itself, as every page of a listing does
	next string    // the path and query of the next page; "" if there is none
}

// lean asks that people come without their credentials, which is what nobody here may
// see, and faster where a directory behind Okta keeps them.
const lean = `application/json; okta-response="omitCredentials,omitCredentialsLinks,omitTransitioningToStatus"`

// read fetches one document into what into points at.
func (c *client) read(ctx context.Context, op, path string, into any) (answer, error) {
	return c.call(ctx, request{op: op, method: http.MethodGet, path: path}, into)
}

// A request is one to be sent.
type request struct {
	op           string // what it is for, in an error
	method, path string
	body         any // nil: none
}

// call sends one request. Whatever the SDK makes of the answer, a panic too, becomes an
// error with a class.
func (c *client) call(ctx context.Context, r request, into any) (a answer, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = corrupt(r.op, errors.New("the SDK broke on the answer"), "Report this as a fault, with Okta's address.")
		}
	}()
	exec := c.sdk.CloneRequestExecutor()
	req, err := exec.NewRequest(r.method, r.path, r.body)
	if err != nil {
		return answer{}, failed(ctx, r.op, err)
	}
	if r.method == http.MethodGet && strings.HasPrefix(r.path, pathUsers) {
		req.Header.Set("Content-Type", lean)
	}
	resp, err := exec.Do(ctx, req, into)
	if err != nil {
		return answer{}, c.judge(ctx, r, resp, err)
	}
	a.next, a.self = resp.NextPage, resp.Self != ""
	if date, dateErr := http.ParseTime(resp.Header.Get("Date")); dateErr == nil {
		a.date = date
	}
	return a, nil
}

// judge makes an error of what the SDK says went wrong.
func (c *client) judge(ctx context.Context, sent request, resp *okta.Response, err error) error {
	var stated *okta.Error
	if !errors.As(err, &stated) || resp == nil || resp.Response == nil {
		return failed(ctx, sent.op, err)
	}
	r := &refusal{status: resp.StatusCode}
	if codeOf.MatchString(stated.ErrorCode) {
		r.code = stated.ErrorCode
	}
	for _, cause := range stated.ErrorCauses {
		text, _ := cause["errorSummary"].(string)
		r.taken = r.taken || strings.Contains(text, "already exists")
	}
	return explain(sent, r, c.renew)
}

// maxPages bounds a listing: at 200 a page it is more people than Okta holds.
const maxPages = 100_000

// each hands every record of a listing to visit, page by page, and returns what came
// with the first page, with the earliest time that any of them tells. A page that was
// there before, one that does not name itself, as where its links were lost on the way,
// a link to another listing and a record that is none are errors.
func each[T any](ctx context.Context, c *client, op, first string, visit func(T) error) (answer, error) {
	var began answer
	seen := map[string]struct{}{}
	for path, n := first, 0; path != ""; n++ {
		if _, again := seen[path]; again || n == maxPages {
			return began, corrupt(op, errors.New("the link to the next page leads back"), "Read again; if that does not help, ask Okta's support.")
		}
		seen[path] = struct{}{}
		var page []*T
		a, err := c.read(ctx, op, path, &page)
		if err != nil {
			return began, err
		}
		if n == 0 {
			began = a
		}
		if !a.self {
			return began, corrupt(op, errors.New("a page has no link to itself"), "Something on the way takes the Link headers out of Okta's answers, and with them the way to the next page: let them pass.")
		}
		began.date = earliest(began.date, a.date)
		for _, item := range page {
			if item == nil {
				return began, corrupt(op, errors.New("a record is null"), hintBetween)
			}
			if err = visit(*item); err != nil {
				return began, err
			}
		}
		if path = a.next; path != "" && !sameListing(first, path) {
			return began, corrupt(op, errors.New("the link to the next page leads to another listing"), hintBetween)
		}
	}
	return began, nil
}

// earliest returns the earlier of two times, of which each may be none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// sameListing reports whether both paths are those of one listing.
func sameListing(a, b string) bool {
	one, _, _ := strings.Cut(a, "?")
	other, _, _ := strings.Cut(b, "?")
	return one == other
}

// at returns a path with a query, of pairs of names and values; empty values are left
// out.
func at(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// The kinds of record, as the SDK reads them.
type (
	oktaUser  = okta.User
	oktaGroup = okta.Group
	oktaEvent = okta.LogEvent
)

// notFound reports whether err says that an object asked for by ID is not there.
func notFound(err error) bool { return connectors.ClassOf(err) == connectors.NotFound }
