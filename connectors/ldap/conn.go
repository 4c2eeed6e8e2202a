package ldap

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// A Conn is one connection to a directory, bound and encrypted as its Server says.
// It is for one goroutine. Every call is bounded by the server's timeout and ends
// when its context does; after an error of the network the Conn is of no more use.
type Conn struct {
	server Server
	env    connectors.Env
	wire   *wire
	ldap   *goldap.Conn
}

// A Dialer opens connections to one directory as one identity. It is safe for
// several goroutines.
type Dialer struct {
	server  Server
	env     connectors.Env
	refused refusal
}

// NewDialer returns a dialer for s, which is valid.
func NewDialer(s Server, env connectors.Env) *Dialer {
	return &Dialer{server: s, env: env}
}

// Dial connects, encrypts and binds, in this order. A password that the server
// refused is not sent again for a while: see refusal.
func (d *Dialer) Dial(ctx context.Context) (*Conn, error) {
	password, err := d.password(ctx)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	w, secured, err := d.server.encrypted(ctx)
	if err != nil {
		d.env.Observe.Request(d.env.Name, "unreachable", time.Since(begin))
		return nil, err
	}
	c := &Conn{server: d.server, env: d.env, wire: w, ldap: goldap.NewConn(secured, false)}
	c.ldap.Start()
	if d.server.Bind.DN == "" {
		return c, nil // an LDAP connection is anonymous until a bind (RFC 4511 section 4.2)
	}
	op := d.server.Bind.op()
	err = c.exchange(ctx, op, func() error { return c.ldap.Bind(d.server.Bind.DN, password) })
	if err != nil {
		if connectors.ClassOf(err) == connectors.Denied {
			d.refused.note(password, time.Now())
		}
		c.Close()
		return nil, err
	}
	return c, nil
}

func (d *Dialer) password(ctx context.Context) (string, error) {
	if d.server.Bind.DN == "" {
		return "", nil
	}
	password, err := d.server.Bind.Password.Reveal(ctx)
	if err != nil {
		return "", &connectors.Error{Class: connectors.Denied, Op: "read bind.password", Err: err, Hint: "Provide the password of the bind DN."}
	}
	if d.refused.holds(password, time.Now()) {
		return "", &connectors.Error{
			Class: connectors.Denied, Op: d.server.Bind.op(),
			Err:  fmt.Errorf("the server refused this password less than %s ago", refusedFor),
			Hint: "It is not sent again yet, so that the directory does not lock the account: change the password, or wait.",
		}
	}
	return password, nil
}

// op says as whom, unless that name has the form of an e-mail, as a user principal name
// does: errors name no address.
func (b Bind) op() string {
	if strings.Contains(b.DN, "@") {
		return "bind as bind.dn"
	}
	return "bind as " + b.DN
}

// exchange makes one request and waits for all of its answer.
func (c *Conn) exchange(ctx context.Context, op string, request func() error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	if err := c.wire.arm(c.server.Timeout); err != nil {
		return c.failure(ctx, op, err)
	}
	// The library knows no context: closing the connection is what ends its wait.
	stop := context.AfterFunc(ctx, func() { c.wire.note(c.wire.Close()) })
	begin := time.Now()
	err := request()
	stop()
	c.env.Observe.Request(c.env.Name, c.codeOf(err), time.Since(begin))
	if err != nil {
		return c.failure(ctx, op, err)
	}
	c.wire.disarm()
	return nil
}

// Hurry bounds each further request of this connection by d, if the server's own
// timeout is longer.
func (c *Conn) Hurry(d time.Duration) { c.server.Timeout = min(c.server.Timeout, d) }

// Close closes the connection. It reports nothing: what was read came with its own
// proof, and nothing was written that could be lost.
func (c *Conn) Close() {
	c.wire.note(c.wire.Close()) // first, because the library waits for writes that are under way
	c.wire.note(c.ldap.Close())
}

// refusedFor is how long a refused password is not sent again. Directories lock an
// account after some five refusals in a quarter of an hour; a pass may be due every
// few seconds.
const refusedFor = 10 * time.Minute

// A refusal remembers the last password that the server refused, as a hash.
type refusal struct {
	mu   sync.Mutex
	sum  [sha256.Size]byte
	when time.Time
}

func (r *refusal) note(password string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum, r.when = sha256.Sum256([]byte(password)), now
}

func (r *refusal) holds(password string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Sub(r.when) < refusedFor && r.sum == sha256.Sum256([]byte(password))
}
