package okta

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"writersync/connectors"
)

// A screen stands between the SDK and the transport. It turns into errors what the SDK
// would take for an empty list or follow without a look, and shows it the rest in the
// one form that it can read.
type screen struct {
	next http.RoundTripper
}

var _ http.RoundTripper = (*screen)(nil)

// RoundTrip sends req.
func (s *screen) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, opaque(err)
	}
	if resp.StatusCode/100 != 2 && resp.StatusCode != http.StatusNotModified {
		return resp, nil
	}
	if err = s.check(req, resp); err != nil {
		_ = resp.Body.Close() // the answer is refused: nothing in it matters
		return nil, err
	}
	return resp, nil
}

func (s *screen) check(req *http.Request, resp *http.Response) error {
	if req.Method == http.MethodGet {
		if err := whole(resp); err != nil {
			return corrupt("read the answer", err, hintBetween)
		}
	}
	links, err := splitLinks(req.URL, resp.Header["Link"])
	if err != nil {
		return corrupt("read the links to the next page", err, "Write in url the address that Okta itself uses for this organization.")
	}
	delete(resp.Header, "Link")
	if len(links) > 0 {
		resp.Header["Link"] = links
	}
	return nil
}

// opaque hides io.EOF, on which the SDK would repeat a request at once and for ever.
func opaque(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	return &connectors.Error{Class: connectors.Transient, Op: "send a request", Err: errors.New("the connection broke before a whole answer came")}
}

var errNothing = errors.New("success was answered, and no JSON with it")

// whole sees that a read has an answer: JSON that is neither empty nor null.
func whole(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("a read was answered with status %d", resp.StatusCode)
	}
	const most = 512 // of white space
	r := bufio.NewReaderSize(resp.Body, most)
	head, err := r.Peek(most)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '[' && head[0] != '{' {
		return errNothing
	}
	resp.Body = &peeked{Reader: r, Closer: resp.Body}
	return nil
}

// peeked is a body of which a part was looked at.
type peeked struct {
	io.Reader
	io.Closer
}

// splitLinks returns one header value for each link, as RFC 8288 lets a proxy fold
// them into one. A link to another origin, or one that is none, is an error.
func splitLinks(from *url.URL, headers []string) ([]string, error) {
	var out []string
	for _, rest := range headers {
		for strings.TrimLeft(rest, ", \t") != "" {
			rest = strings.TrimLeft(rest, ", \t")
			address, after, ok := strings.Cut(strings.TrimPrefix(rest, "<"), ">")
			if !ok || !strings.HasPrefix(rest, "<") {
				return nil, errors.New("a link is not one")
			}
			params := after
			if i := strings.Index(after, ",<"); i >= 0 {
				params, rest = after[:i], after[i:]
			} else if i := strings.Index(after, ", <"); i >= 0 {
				params, rest = after[:i], after[i:]
			} else {
				rest = ""
			}
			to, err := from.Parse(address)
			if err != nil || to.Opaque != "" {
				return nil, errors.New("a link has an address that is none")
			}
			if to.Scheme != from.Scheme || !strings.EqualFold(to.Host, from.Host) {
				return nil, errors.New("a link leads to another server")
			}
			out = append(out, "<"+to.String()+">"+params)
		}
	}
	return out, nil
}
