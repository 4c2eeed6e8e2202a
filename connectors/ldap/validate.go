package ldap

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"writersync/connectors"
)

// maxPageSize is the largest page that is asked for, in entries. Servers that
// limit pages do so at 1000 or 2000.
const maxPageSize = 10000

// maxTimeout bounds Server.Timeout, so that a typing error does not let a dead
// connection hang for hours.
const maxTimeout = 10 * time.Minute

// Validate returns every fault at once, each as a *connectors.FieldError.
func (c *Config) Validate() error {
	var f connectors.Faults
	c.validateServer(&f)
	c.Users.validate(&f, "users")
	switch {
	case c.Users.Base == "":
		f.Add("users.base", `is required: the entry below which people stand, such as "ou=people,dc=example,dc=com"`)
	case c.Groups.Base != "":
		c.Groups.validate(&f, "groups")
	case c.Groups.Filter != defaultGroupsFilter || c.Groups.Scope != Subtree:
		f.Add("groups.base", "is required when groups.filter or groups.scope is set; remove them to read people only")
	}
	c.Attributes.validate(&f)
	c.validateImport(&f)
	return f.Err()
}

func (s *Server) validateServer(f *connectors.Faults) {
	s.validateAddress(f)
	if s.PageSize < 1 || s.PageSize > maxPageSize {
		f.Add("page_size", "must be from 1 to %d, is %d", maxPageSize, s.PageSize)
	}
	if s.Timeout <= 0 || s.Timeout > maxTimeout {
		f.Add("timeout", "must be above 0 and at most %s, is %s", maxTimeout, s.Timeout)
	}
	if s.Poll < time.Second || s.Poll > time.Hour {
		f.Add("poll", "must be from 1s to 1h, is %s", s.Poll)
	}
	s.Bind.validate(f, "bind", "remove both to read anonymously")
}

// ValidateAddress returns the faults of the url and of its encryption, each as a
// *connectors.FieldError.
func (s *Server) ValidateAddress() error {
	var f connectors.Faults
	s.validateAddress(&f)
	return f.Err()
}

// Address returns the host and port that the url names, "" if it names none.
func (s *Server) Address() string {
	a, err := parseAddress(s.URL)
	if err != nil {
		return ""
	}
	return a.hostport
}

func (s *Server) validateAddress(f *connectors.Faults) {
	if s.URL == "" {
		f.Add("url", `is required: "ldaps://host" or "ldap://host" with starttls: true`)
		return
	}
	a, err := parseAddress(s.URL)
	if err != nil {
		f.Add("url", "%v", err)
		return
	}
	if a.tls && s.StartTLS {
		f.Add("starttls", "cannot be used with ldaps://, which is encrypted from the start: remove one of them")
	}
	encrypted := a.tls || s.StartTLS
	if s.Bind.Password.IsSet() && s.exposes(a) {
		f.Add("url", exposed)
	}
	if !encrypted && s.TLS != (TLS{}) {
		f.Add("tls", "has no effect on a connection without TLS: use ldaps:// or starttls: true")
	}
}

// exposed is what is wrong with an url over which a password would be sent.
const exposed = "would send the password over the network in clear text: use ldaps://, or starttls: true, " +
	"or allow_plaintext: true if the network itself is encrypted"

// exposes reports whether a password would be read by whoever is on the way.
func (s *Server) exposes(a address) bool {
	return !a.tls && !s.StartTLS && !s.AllowPlaintext && !a.loopback()
}

func (b *Branch) validate(f *connectors.Faults, path string) {
	if b.Base != "" {
		if _, err := ParseName(b.Base); err != nil {
			f.Add(path+".base", "is not a distinguished name: %v", err)
		}
	}
	if _, err := ParseFilter(b.Filter); err != nil {
		f.Add(path+".filter", "%v", err)
	}
	if b.Scope != Subtree && b.Scope != One {
		f.Add(path+".scope", "must be %q or %q, is %q", Subtree, One, b.Scope)
	}
}

func (a *Attributes) validate(f *connectors.Faults) {
	if a.ID == "" {
		f.Add("attributes.id", `is required: "auto", or the name of an immutable, unique attribute`)
	}
	a.Profile.validate(f)
	checkNames(f, []namedAttribute{{"attributes.id", a.ID}, {"attributes.disabled.attribute", a.Disabled.Attribute}})
	if d := a.Disabled; d.Attribute == "" && len(d.Values)+len(d.Active) > 0 {
		f.Add("attributes.disabled.attribute", "is required with attributes.disabled.values")
	} else if d.Attribute != "" && len(d.Values) == 0 {
		f.Add("attributes.disabled.values", "must list the values of %s that mean disabled", d.Attribute)
	}
}

// An address is where a server listens.
type address struct {
	host     string // without the port, for TLS
	hostport string
	tls      bool // from the first byte
}

// parseAddress reads an LDAP URL that names a server and nothing else: bases and
// filters of RFC 4516 have their own fields.
func parseAddress(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, errors.New(`is not a URL: write "ldaps://host" or "ldap://host:389"`)
	}
	a := address{host: u.Hostname(), tls: u.Scheme == "ldaps"}
	port := u.Port()
	switch {
	case u.Scheme != "ldap" && u.Scheme != "ldaps":
		return address{}, fmt.Errorf("must start with ldaps:// or ldap://, not with %q", u.Scheme)
	case a.host == "":
		return address{}, errors.New("names no host")
	case u.User != nil:
		return address{}, errors.New("must not hold a name or password: use bind")
	case (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "":
		return address{}, errors.New("must end after the host and port: use users.base and users.filter for the rest")
	case port == "" && a.tls:
		port = "636"
	case port == "":
		port = "389"
	}
	a.hostport = net.JoinHostPort(a.host, port)
	return a, nil
}

func (a address) loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return a.host == "localhost" || (err == nil && ip.IsLoopback())
}
