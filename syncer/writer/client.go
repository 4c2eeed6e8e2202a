package writer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"writersync/connectors"
	"writersync/connectors/transport"
	"writersync/syncer/apply"
)

// A Doer sends requests; transport.Client is one. Its errors are of type
// *connectors.Error.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Update is how an account or a team is changed.
type Update string

// The ways to change an account or a team.
const (
	Auto  Update = "auto"  // PATCH, and PUT once Writer says that it does not support it
	Patch Update = "patch" // PATCH alone
	Put   Update = "put"   // PUT of what was read, with the changes in it
)

// Options are the settings of a Client.
type Options struct {
	HTTP     Doer
	URL      string // base URL of the SCIM endpoint
	Update   Update // Auto if empty
	PageSize int    // of listings; 100 if 0
	// Role is the path of the org role in Writer's extension; empty: it is not read.
	Role connectors.Attribute
}

// maxMembers is how many members one edit of a team carries at first. Writer
// documents no limit; other servers refuse more than a hundred.
const maxMembers = 100

// A Client speaks to one Writer organization. Its methods may be called from
// several goroutines.
type Client struct {
	http     Doer
	base     string
	pageSize int
	update   Update
	role     connectors.Attribute

	mu          sync.Mutex
	usePut      bool // PATCH was found unsupported
	bareActive  bool // active is taken only without a path
	members     int  // members an edit carries now
	removalSeen bool // a removal was seen to remove what it named and nothing else
	shown       shown
	putStopped  error // why no list of members is written any more
}

var (
	_ apply.Target = (*Client)(nil)
	_ apply.Reader = (*Client)(nil)
)

// New returns a client. It makes no request.
func New(o Options) *Client {
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	if o.Update == "" {
		o.Update = Auto
	}
	return &Client{
		http: o.HTTP, base: strings.TrimRight(strings.TrimSpace(o.URL), "/"), pageSize: o.PageSize, update: o.Update, role: o.Role,
		usePut: o.Update == Put, members: maxMembers, shown: newShown(),
	}
}

// MaxMembers implements apply.Target. It shrinks when Writer refuses an edit for
// its size.
func (c *Client) MaxMembers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.members
}

// call is one request.
type call struct {
	op     string // for errors: "create account"
	method string
	path   string // below the base; segments escaped
	query  url.Values
	body   any // encoded as JSON; nil: none
}

// answer is what came back, with a body that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

const scimJSON = "application/scim+json"

// do sends a call and reads the whole answer. An answer of any status is no
// error; see failure.
func (c *Client) do(ctx context.Context, in call) (answer, error) {
	req, err := c.request(ctx, in)
	if err != nil {
		return answer{}, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, named(in.op, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return answer{}, named(in.op, err)
	}
	return answer{resp.StatusCode, resp.Header, body}, nil
}

func (c *Client) request(ctx context.Context, in call) (*http.Request, error) {
	target := c.base + in.path
	if len(in.query) > 0 {
		// url.Values writes a space as "+", which some servers take for itself.
		target += "?" + strings.ReplaceAll(in.query.Encode(), "+", "%20")
	}
	var body io.Reader
	if in.body != nil {
		data, err := json.Marshal(in.body)
		if err != nil {
			return nil, fmt.Errorf("%s: encode request: %w", in.op, err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, in.method, target, body)
	if err != nil {
		return nil, &connectors.Error{Class: connectors.Rejected, Op: in.op, Err: errors.New("the address cannot be used"), Hint: "Correct writer.url."}
	}
	req.Header.Set("Accept", scimJSON+", application/json;q=0.9")
	req.Header.Set("User-Agent", "writersync")
	if body != nil {
		req.Header.Set("Content-Type", scimJSON)
	}
	return req, nil
}

// named puts what was being done in front of a transport error.
func named(op string, err error) error {
	var e *connectors.Error
	if errors.As(transport.Redact(err), &e) {
		clone := *e
		clone.Op = op
		return &clone
	}
	return &connectors.Error{Class: connectors.Transient, Op: op, Err: err}
}

// idPath returns the path of one resource.
func idPath(kind, id string) string { return "/" + kind + "/" + url.PathEscape(id) }
