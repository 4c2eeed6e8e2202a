package ad

import (
	"strings"
	"time"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// maxPageSize is the largest page that a domain controller gives (MaxPageSize), in
// entries. A larger one would be cut silently to this.
const maxPageSize = 1000

// maxTimeout bounds Config.Timeout, so that a typing error does not let a dead
// connection hang for hours.
const maxTimeout = 10 * time.Minute

// Validate returns every fault at once, each as a *connectors.FieldError.
func (c *Config) Validate() error {
	var f connectors.Faults
	server := c.server()
	f.Join(server.ValidateAddress())
	if a := server.Address(); strings.HasSuffix(a, ":3268") || strings.HasSuffix(a, ":3269") {
		f.Add("url", "is a global catalog, which has only a part of each person and not the members of every group: use port 636, or 389 with starttls: true")
	}
	if c.PageSize < 1 || c.PageSize > maxPageSize {
		f.Add("page_size", "must be from 1 to %d, is %d", maxPageSize, c.PageSize)
	}
	if c.Timeout <= 0 || c.Timeout > maxTimeout {
		f.Add("timeout", "must be above 0 and at most %s, is %s", maxTimeout, c.Timeout)
	}
	if c.Poll < time.Second || c.Poll > time.Hour {
		f.Add("poll", "must be from 1s to 1h, is %s", c.Poll)
	}
	c.Bind.validate(&f)
	validateBase(&f, "base", c.Base)
	validateBranch(&f, "users", c.Users)
	validateBranch(&f, "groups", c.Groups)
	f.Join(c.Attributes.Validate())
	return f.Err()
}

func (b Bind) validate(f *connectors.Faults) {
	switch {
	case b.User == "":
		f.Add("bind.user", `is required: an account that may read, such as "writersync@corp.example"`)
	case !strings.Contains(b.User, "@") && !strings.Contains(b.User, `\`):
		if _, err := ldap.ParseName(b.User); err != nil {
			f.Add("bind.user", `must be a user principal name ("writersync@corp.example"), DOMAIN\user or a distinguished name`)
		}
	}
	if !b.Password.IsSet() {
		// RFC 4513 section 5.1.2: a name without a password is an anonymous session
		// that looks like a successful bind.
		f.Add("bind.password", "is required: a domain shows nothing to an anonymous client")
	}
}

func validateBase(f *connectors.Faults, path, base string) {
	if base == "" {
		return
	}
	if _, err := ldap.ParseName(base); err != nil {
		f.Add(path, "is not a distinguished name: %v", err)
	}
}

func validateBranch(f *connectors.Faults, path string, b ldap.Branch) {
	validateBase(f, path+".base", b.Base)
	if _, err := ldap.ParseFilter(b.Filter); err != nil {
		f.Add(path+".filter", "%v", err)
	}
	if b.Scope != ldap.Subtree && b.Scope != ldap.One {
		f.Add(path+".scope", "must be %q or %q, is %q", ldap.Subtree, ldap.One, b.Scope)
	}
}
