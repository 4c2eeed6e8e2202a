package okta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/okta/okta-sdk-golang/v2/okta"

	"writersync/connectors"
)

// The words of what Check looks at.
const (
	whatOrganization = "organization"
	whatCredential   = "credential"
	whatScopes       = "scopes"
	whatRole         = "role"
	whatPeople       = "people"
	whatAttributes   = "attributes"
	whatGroups       = "groups"
	whatLog          = "system log"
	whatStates       = "states"
)

// Check looks whose organization it is, whether the credential is good, and whether it
// may read what is needed and no more.
func (c *Connector) Check(ctx context.Context) ([]connectors.Finding, error) {
	var out []connectors.Finding
	add := func(what string, ok bool, format string, args ...any) {
		out = append(out, connectors.Finding{What: what, OK: ok, Text: fmt.Sprintf(format, args...)})
	}
	org, _, err := c.organization(ctx)
	var e *connectors.Error
	switch {
	case err != nil && errors.As(err, &e) && e.Class == connectors.Rejected:
		add(whatOrganization, false, "%v", err)
		return out, nil
	case err != nil:
		return nil, err
	case c.config.OrgID == "":
		add(whatOrganization, true, "%s; write org_id: %s, so that no other is ever read", org, org)
	default:
		add(whatOrganization, true, "%s, as configured", org)
	}
	if !c.checkCredential(ctx, add) {
		return out, nil
	}
	c.checkLists(ctx, add)
	if c.way.bearer == nil {
		c.checkRole(ctx, add)
	}
	if m := c.remembered(); m != nil && len(m.unknown) > 0 {
		for _, state := range slices.Sorted(maps.Keys(m.unknown)) {
			add(whatStates, false, "%d people are in the state %s, of which nothing is known: they are left as they are; list it in status.active or status.disabled", m.unknown[state], state)
		}
	}
	return out, ctx.Err()
}

type adder func(what string, ok bool, format string, args ...any)

// checkCredential reports whether anything can be asked at all.
func (c *Connector) checkCredential(ctx context.Context, add adder) bool {
	if c.way.bearer == nil {
		var me oktaUser
		if _, err := c.way.read(ctx, "ask whose token it is", pathUsers+"/me", &me); err != nil && !isRefusal(err, 403) && !notFound(err) {
			add(whatCredential, false, "%v", err)
			return false
		}
		add(whatCredential, true, "the API token is accepted")
		return true
	}
	granted, err := c.way.bearer.granted(ctx)
	if err != nil {
		add(whatCredential, false, "%v", err)
		return false
	}
	add(whatCredential, true, "the service app gets access tokens")
	c.checkScopes(granted, add)
	return true
}

// checkScopes says whether the granted scopes are those that are needed.
func (c *Connector) checkScopes(granted []string, add adder) {
	var wide, missing []string
	for _, scope := range granted {
		if !slices.Contains(c.needed(), scope) && !c.demanded(scope) {
			wide = append(wide, scope)
		}
	}
	for _, scope := range c.needed() {
		if len(granted) > 0 && !slices.Contains(granted, scope) {
			missing = append(missing, scope)
		}
	}
	switch {
	case len(missing) > 0:
		add(whatScopes, false, "the access token lacks %s: grant it to the service app and list it in oauth.scopes", strings.Join(missing, ", "))
	case len(wide) > 0:
		add(whatScopes, false, "the access token may more than is needed: take %s from oauth.scopes, and from the service app", strings.Join(wide, ", "))
	default:
		add(whatScopes, true, "%s, and no more", strings.Join(granted, ", "))
	}
}

// needed are the scopes that reading takes, as configured.
func (c *Connector) needed() []string {
	out := []string{scopeUsers, scopeGroups}
	if c.looksAtLog() {
		out = append(out, scopeLogs)
	}
	return out
}

// looksAtLog reports whether the System Log is read: for a watch, and for what it leads to.
func (c *Connector) looksAtLog() bool { return c.watched && c.config.Events.Poll > 0 }

// demanded reports whether the configuration must list the scope, although it is not
// needed while nobody watches.
func (c *Connector) demanded(scope string) bool {
	return scope == scopeLogs && c.config.Events.Poll > 0
}

// checkLists asks for the beginning of each list that a reading needs.
func (c *Connector) checkLists(ctx context.Context, add adder) {
	c.checkPeople(ctx, add)
	s := c.newSweep(nil)
	if n, err := s.everybody(ctx); err != nil {
		add(whatGroups, false, "%v", err)
	} else {
		add(whatGroups, true, "can be listed; Okta counts %d people", n)
	}
	if !c.looksAtLog() {
		return
	}
	var events []*oktaEvent
	if _, err := c.way.read(ctx, "read the System Log", at(pathLogs, "limit", "1"), &events); err != nil {
		add(whatLog, false, "%v", hinted(err))
	} else {
		add(whatLog, true, "can be read")
	}
}

// checkRole looks whether an API token is of somebody who may too much. Not everybody
// may look.
func (c *Connector) checkRole(ctx context.Context, add adder) {
	var me oktaUser
	if _, err := c.way.read(ctx, "ask whose token it is", pathUsers+"/me", &me); err != nil || me.Id == "" {
		add(whatRole, true, "Okta does not say whose token it is; it should be of a Read-Only Administrator")
		return
	}
	var roles []*okta.Role
	if _, err := c.way.read(ctx, "ask for the roles of the token's owner", pathUsers+"/"+me.Id+"/roles", &roles); err != nil {
		add(whatRole, true, "Okta does not show the roles of the token's owner; it should be a Read-Only Administrator")
		return
	}
	var wide []string
	for _, role := range roles {
		if role != nil && stateOf.MatchString(role.Type) && role.Type != "READ_ONLY_ADMIN" {
			wide = append(wide, role.Type)
		}
	}
	if len(wide) > 0 {
		add(whatRole, false, "the token's owner has the role %s: make a token of somebody who is a Read-Only Administrator and nothing else", strings.Join(wide, ", "))
		return
	}
	add(whatRole, true, "the token's owner is a Read-Only Administrator")
}

func isRefusal(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}
