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

// Validate returns every fault at once, each as a *connectors.FieldError.
func (c *Config) Validate() error {
	var f connectors.Faults
	if err := checkURL(c.URL); err != nil {
		f.Add("url", "%v", err)
	}
	if c.OrgID != "" && !orgIDOf.MatchString(c.OrgID) {
		f.Add("org_id", "is not the ID of an organization, which begins with 00o: writersync check shows it")
	}
	c.validateCredential(&f)
	c.Groups.validate(&f)
	c.Attributes.validate(&f)
	c.Status.validate(&f)
	c.Events.validate(&f)
	if c.Import.Token.IsSet() && !c.Import.Enabled {
		f.Add("import.enabled", "must be true for import.token to be of use; remove the token otherwise")
	}
	c.validateTuning(&f)
	return f.Err()
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

func (c *Config) validateCredential(f *connectors.Faults) {
	o := c.OAuth
	switch {
	case c.Token.IsSet() && o.isSet():
		f.Add("token", "cannot be used beside oauth: remove one of them")
		return
	case c.Token.IsSet():
		return
	case !o.isSet():
		f.Add("token", "is required, or oauth with a service app")
		return
	}
	if o.ClientID == "" {
		f.Add("oauth.client_id", "is required: the client ID of the service app")
	}
	if !o.PrivateKey.IsSet() {
		f.Add("oauth.private_key", "is required: a reference to the key of the service app, as PEM")
	}
	if o.KeyID == "" {
		f.Add("oauth.key_id", "is required: the ID (kid) that Okta shows for the public key")
	}
	for _, need := range []string{scopeUsers, scopeGroups} {
		if !slices.Contains(o.Scopes, need) {
			f.Add("oauth.scopes", "must list %s", need)
		}
	}
	if c.Events.Poll > 0 && !slices.Contains(o.Scopes, scopeLogs) {
		f.Add("oauth.scopes", "must list %s, or events.poll must be 0", scopeLogs)
	}
	for i, s := range o.Scopes {
		if !scopeOf.MatchString(s) {
			f.Add(fmt.Sprintf("oauth.scopes[%d]", i), "is not the name of a scope, such as %s", scopeUsers)
		}
	}
}

func (g Groups) validate(f *connectors.Faults) {
	if len(g.Types) == 0 {
		f.Add("groups.types", "must list at least one of %s", strings.Join(groupTypes(), ", "))
	}
	for i, kind := range g.Types {
		if !slices.Contains(groupTypes(), kind) {
			f.Add(fmt.Sprintf("groups.types[%d]", i), "must be one of %s", strings.Join(groupTypes(), ", "))
		}
	}
	for i, name := range g.Names {
		if _, err := path.Match(name, ""); err != nil || name == "" {
			f.Add(fmt.Sprintf("groups.names[%d]", i), `is not a pattern: write a name, with * for any part of it and \ before a [ that is meant`)
		}
	}
	if strings.ContainsFunc(g.Filter, func(r rune) bool { return r < ' ' }) {
		f.Add("groups.filter", "must be one line")
	}
}

func (a *Attributes) validate(f *connectors.Faults) {
	if a.Email == "" {
		f.Add("attributes.email", "is required: the property that holds the e-mail address")
	}
	check := func(path, property string) {
		switch {
		case !propertyOf.MatchString(property):
			f.Add(path, "is not the name of a property in Okta's profiles: write its variable name")
		case strings.Contains(strings.ToLower(property), "password"):
			f.Add(path, "must not be a password: passwords are never read")
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

func (s Statuses) validate(f *connectors.Faults) {
	if len(s.Active) == 0 {
		f.Add("status.active", "must list the states of people who work here, such as ACTIVE")
	}
	for i, state := range s.Active {
		switch {
		case !stateOf.MatchString(state):
			f.Add(fmt.Sprintf("status.active[%d]", i), "is not a state of Okta's: they are written like PASSWORD_EXPIRED")
		case state == statusGone:
			f.Add(fmt.Sprintf("status.active[%d]", i), "must not be %s: such people have left", statusGone)
		case slices.Contains(s.Disabled, state):
			f.Add(fmt.Sprintf("status.active[%d]", i), "is in status.disabled too: remove one of them")
		}
	}
	for i, state := range s.Disabled {
		if !stateOf.MatchString(state) {
			f.Add(fmt.Sprintf("status.disabled[%d]", i), "is not a state of Okta's: they are written like SUSPENDED")
		}
	}
}

func (e Events) validate(f *connectors.Faults) {
	if e.Poll != 0 && (e.Poll < minPoll || e.Poll > maxPoll) {
		f.Add("events.poll", "must be from %s to %s, or 0 for never", minPoll, maxPoll)
	}
	if e.HookSecret.IsSet() && !headerOf.MatchString(e.HookHeader) {
		f.Add("events.hook_header", "is not the name of a header")
	}
}

func (c *Config) validateTuning(f *connectors.Faults) {
	if !(c.RateShare > 0 && c.RateShare <= 1) {
		f.Add("rate_share", "must be above 0 and at most 1: 0.5 is half of each limit")
	}
	if c.PageSize < 1 || c.PageSize > maxPageSize {
		f.Add("page_size", "must be from 1 to %d, is %d", maxPageSize, c.PageSize)
	}
	if c.Timeout <= 0 || c.Timeout > maxTimeout {
		f.Add("timeout", "must be above 0 and at most %s, is %s", maxTimeout, c.Timeout)
	}
}
