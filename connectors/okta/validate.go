package okta

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
)

// The bounds of a configuration.
const (
	maxPageSize = 1000
	maxTimeout  = 10 * time.Minute
	minPoll     = 2 * time.Second // as often as the smallest published limit of the System Log allows with room
	maxPoll     = time.Hour
)

var (
	orgIDOf    = regexp.MustCompile(`^00o[0-9A-Za-z]+$`)
	propertyOf = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*$`)
	headerOf   = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z-]*$`)
	stateOf    = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
	scopeOf    = regexp.MustCompile(`^okta(\.[A-Za-z]+)+$`)
)

// faults collects the faults of a configuration.
type faults struct{ errs []error }

func (f *faults) add(path, format string, args ...any) {
	f.errs = append(f.errs, &connectors.FieldError{Path: path, Msg: fmt.Sprintf(format, args...)})
}

// Validate returns every fault at once, each as a *connectors.FieldError.
func (c *Config) Validate() error {
	var f faults
	if err := checkURL(c.URL); err != nil {
		f.add("url", "%v", err)
	}
	if c.OrgID != "" && !orgIDOf.MatchString(c.OrgID) {
		f.add("org_id", "is not the ID of an organization, which begins with 00o: writersync check shows it")
	}
	c.validateCredential(&f)
	c.Groups.validate(&f)
	c.Attributes.validate(&f)
	c.Status.validate(&f)
	c.Events.validate(&f)
	if c.Import.Token.IsSet() && !c.Import.Enabled {
		f.add("import.enabled", "must be true for import.token to be of use; remove the token otherwise")
	}
	c.validateTuning(&f)
	return errors.Join(f.errs...)
}

// checkURL refuses what is more than an origin: the SDK would put a path twice.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return errors.New("is required: https://company.okta.com")
	case err != nil || u.Host == "":
		return errors.New("is not a URL: write https://company.okta.com")
	case u.User != nil:
		return errors.New("must not hold a name or password: use token or oauth")
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "#"):
		return errors.New("must end after the host and port, without a slash: https://company.okta.com")
	case strings.Contains(strings.Split(u.Hostname(), ".")[0], "-admin"):
		return errors.New("is the address of the admin console: write the one without -admin")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("must begin with https://")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *Config) validateCredential(f *faults) {
	o := c.OAuth
	switch {
	case c.Token.IsSet() && o.isSet():
		f.add("token", "cannot be used beside oauth: remove one of them")
		return
	case c.Token.IsSet():
		return
	case !o.isSet():
		f.add("token", "is required, or oauth with a service app")
		return
	}
	if o.ClientID == "" {
		f.add("oauth.client_id", "is required: the client ID of the service app")
	}
	if !o.PrivateKey.IsSet() {
		f.add("oauth.private_key", "is required: a reference to the key of the service app, as PEM")
	}
	if o.KeyID == "" {
		f.add("oauth.key_id", "is required: the ID (kid) that Okta shows for the public key")
	}
	for _, need := range []string{scopeUsers, scopeGroups} {
		if !slices.Contains(o.Scopes, need) {
			f.add("oauth.scopes", "must list %s", need)
		}
	}
	if c.Events.Poll > 0 && !slices.Contains(o.Scopes, scopeLogs) {
		f.add("oauth.scopes", "must list %s, or events.poll must be 0", scopeLogs)
	}
	for i, s := range o.Scopes {
		if !scopeOf.MatchString(s) {
			f.add(fmt.Sprintf("oauth.scopes[%d]", i), "is not the name of a scope, such as %s", scopeUsers)
		}
	}
}

func (g Groups) validate(f *faults) {
	if len(g.Types) == 0 {
		f.add("groups.types", "must list at least one of %s", strings.Join(groupTypes(), ", "))
	}
	for i, kind := range g.Types {
		if !slices.Contains(groupTypes(), kind) {
			f.add(fmt.Sprintf("groups.types[%d]", i), "must be one of %s", strings.Join(groupTypes(), ", "))
		}
	}
	for i, name := range g.Names {
		if _, err := path.Match(name, ""); err != nil || name == "" {
			f.add(fmt.Sprintf("groups.names[%d]", i), `is not a pattern: write a name, with * for any part of it and \ before a [ that is meant`)
		}
	}
	if strings.ContainsFunc(g.Filter, func(r rune) bool { return r < ' ' }) {
		f.add("groups.filter", "must be one line")
	}
}

func (a *Attributes) validate(f *faults) {
	if a.Email == "" {
		f.add("attributes.email", "is required: the property that holds the e-mail address")
	}
	check := func(path, property string) {
		switch {
		case !propertyOf.MatchString(property):
			f.add(path, "is not the name of a property in Okta's profiles: write its variable name")
		case strings.Contains(strings.ToLower(property), "password"):
			f.add(path, "must not be a password: passwords are never read")
		}
	}
	if a.Email != "" {
		check("attributes.email", a.Email)
	}
	named := a.Named()
	for _, attribute := range slices.Sorted(maps.Keys(named)) {
		check("attributes."+attribute.Key(), named[attribute])
	}
}

func (s Statuses) validate(f *faults) {
	if len(s.Active) == 0 {
		f.add("status.active", "must list the states of people who work here, such as ACTIVE")
	}
	for i, state := range s.Active {
		switch {
		case !stateOf.MatchString(state):
			f.add(fmt.Sprintf("status.active[%d]", i), "is not a state of Okta's: they are written like PASSWORD_EXPIRED")
		case state == statusGone:
			f.add(fmt.Sprintf("status.active[%d]", i), "must not be %s: such people have left", statusGone)
		case slices.Contains(s.Disabled, state):
			f.add(fmt.Sprintf("status.active[%d]", i), "is in status.disabled too: remove one of them")
		}
	}
	for i, state := range s.Disabled {
		if !stateOf.MatchString(state) {
			f.add(fmt.Sprintf("status.disabled[%d]", i), "is not a state of Okta's: they are written like SUSPENDED")
		}
	}
}

func (e Events) validate(f *faults) {
	if e.Poll != 0 && (e.Poll < minPoll || e.Poll > maxPoll) {
		f.add("events.poll", "must be from %s to %s, or 0 for never", minPoll, maxPoll)
	}
	if e.HookSecret.IsSet() && !headerOf.MatchString(e.HookHeader) {
		f.add("events.hook_header", "is not the name of a header")
	}
}

func (c *Config) validateTuning(f *faults) {
	if !(c.RateShare > 0 && c.RateShare <= 1) {
		f.add("rate_share", "must be above 0 and at most 1: 0.5 is half of each limit")
	}
	if c.PageSize < 1 || c.PageSize > maxPageSize {
		f.add("page_size", "must be from 1 to %d, is %d", maxPageSize, c.PageSize)
	}
	if c.Timeout <= 0 || c.Timeout > maxTimeout {
		f.add("timeout", "must be above 0 and at most %s, is %s", maxTimeout, c.Timeout)
	}
}
