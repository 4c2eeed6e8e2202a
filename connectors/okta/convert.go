package okta

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"writersync/connectors"
)

// The paths of the interface.
const (
	pathUsers  = "/api/v1/users"
	pathGroups = "/api/v1/groups"
	pathLogs   = "/api/v1/logs"
	pathOrg    = "/.well-known/okta-organization"
)

// statusGone is the state of people who have left, and who stay in Okta until they are
// deleted.
const statusGone = "DEPROVISIONED"

// The types of groups.
const (
	typeOkta    = "OKTA_GROUP"
	typeApp     = "APP_GROUP"
	typeBuiltIn = "BUILT_IN"
)

func groupTypes() []string { return []string{typeOkta, typeApp, typeBuiltIn} }

// A translator makes users of Okta's people.
type translator struct {
	attributes map[connectors.Attribute]string
	email      string
	status     Statuses
	unknown    map[string]int // states that are in neither list, and how many people have them
}

func newTranslator(c *Config) *translator {
	return &translator{attributes: c.Attributes.Named(), email: c.Attributes.Email, status: c.Status, unknown: map[string]int{}}
}

func (t *translator) user(u oktaUser) connectors.User {
	out := connectors.User{ID: u.Id, Status: t.state(u.Status), Attributes: map[connectors.Attribute]string{}}
	if out.Status != connectors.StatusUnknown {
		out.StatusBy = "status=" + u.Status
	}
	if u.Profile == nil {
		out.Fault = "the person has no profile"
		return out
	}
	profile := *u.Profile
	out.Unusable = map[connectors.Attribute]string{}
	var ok bool
	if out.Email, ok = text(profile[t.email]); !ok {
		out.Unusable[connectors.Email] = notText
	}
	for attribute, property := range t.attributes {
		value, stated := profile[property]
		if !stated {
			continue
		}
		s, ok := text(value)
		switch {
		case !ok:
			out.Unusable[attribute] = notText
		case attribute != connectors.Manager || s == "" || userIDOf.MatchString(s):
			out.Attributes[attribute] = s
		}
	}
	return out
}

const notText = "is an object, not a value"

// state maps a state of Okta's. One that is in neither list is unknown: a state that
// Okta adds, or a transitional one.
func (t *translator) state(s string) connectors.Status {
	switch {
	case slices.Contains(t.status.Active, s):
		return connectors.StatusActive
	case slices.Contains(t.status.Disabled, s), s == statusGone:
		return connectors.StatusDisabled
	}
	if !stateOf.MatchString(s) || len(s) > 40 || len(t.unknown) > 20 {
		s = "OTHER"
	}
	t.unknown[s]++
	return connectors.StatusUnknown
}

var userIDOf = regexp.MustCompile(`^00u[0-9A-Za-z]{8,}$`)

// text returns a value of a profile as text: a list as its members with commas. A null
// says that there is none.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			s, ok := text(item)
			if !ok {
				return "", false
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), true
	}
	return "", false
}

// uncounted is the number of members of a group of which Okta states none.
const uncounted = -1

// membersOf returns how many members Okta counts in a group.
func membersOf(g oktaGroup) int {
	embedded, _ := g.Embedded.(map[string]any)
	stats, _ := embedded["stats"].(map[string]any)
	n, ok := stats["usersCount"].(float64)
	if !ok || n < 0 || n > 1e9 {
		return uncounted
	}
	return int(n)
}

func nameOf(g oktaGroup) string {
	if g.Profile == nil {
		return ""
	}
	return g.Profile.Name
}
