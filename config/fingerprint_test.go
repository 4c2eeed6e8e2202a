package config_test

import (
	"strings"
	"testing"
)

const base = `writer: {token: env:T, default_team: Everyone}
sources:
  - {name: corp, type: ldap, url: ldaps://a, users: {base: b}}
  - {name: hr, type: file, path: /p}
teams:
  - {group: a, team: A}
  - {group: b, team: B}
`

// TestIdentity shows what changes the identity, and what does not.
func TestIdentity(t *testing.T) {
	want := `writer "https://app.writer.com/api/scim/v2"
default-team "Everyone"
scope "mapped-groups"
deprovision "deactivate"
include ""
exclude ""
exclude-groups
send "displayName" "familyName" "givenName" "title"
precedence "corp"
precedence "hr"
drift "repair" "repair" "report" "report"
rule "a" "A"
rule "b" "B"
source "corp" "ldap" "deactivate" "ldap ldaps://a b "
source "hr" "file" "deactivate" "file /p"
`
	if got := parse(t, base).Identity(); got != want {
		t.Fatalf("identity is\n%s\nwant\n%s", got, want)
	}
	for _, same := range []string{
		base + "slice: 3m\nprotected: []\nlog: {level: debug}\nschedule: {every: 1m}\n",
		base + "deprovision: deactivate\npeople: {scope: mapped-groups}\n",
		base + "people: {grace: 2h}\n",
		base + "people: {send: [title, displayName, givenName, familyName]}\n",
		strings.Replace(base, "type: file,", "type: file, deprovision: deactivate,", 1),
		strings.Replace(base, "token:", "url: https://APP.writer.com/api/scim/v2/, concurrency: 2, token:", 1),
		strings.Replace(base, "env:T", "file:/t", 1),
		strings.Replace(base, "  - {group: a, team: A}\n  - {group: b, team: B}\n", "  - {group: b, team: B}\n  - {group: a, team: A}\n", 1),
		strings.Replace(base, "users:", "page_size: 3, users:", 1),
	} {
		if got := parse(t, same).Identity(); got != want {
			t.Errorf("identity is\n%s\nfor\n%s", got, same)
		}
	}
	for _, other := range []string{
		base + "deprovision: none\n",
		base + "people: {scope: everyone}\n",
		base + "  - {group: c, team: C}\n",
		strings.Replace(base, "team: A", "team: Z", 1),
		strings.Replace(base, "team: A", "team: A, direct: true", 1),
		strings.Replace(base, "team: A", "team: A, exclusive: true", 1),
		strings.Replace(base, "team: A", "team: A, source: hr", 1),
		strings.Replace(base, "group: a,", "id: a,", 1),
		strings.Replace(base, "type: file,", "type: file, deprovision: none,", 1),
		base + "drift: {members: report}\n",
		base + "people: {join: email}\n",
		base + "people: {send: [displayName]}\n",
		base + "people: {exclude_groups: [contractors]}\n",
		base + "people: {include: has(user.title)}\n",
		base + "people: {exclude: has(user.title)}\n",
		base + "people: {attributes: {title: user.title + \"!\"}}\n",
		strings.Replace(base, "default_team: Everyone", "default_team: All", 1),
		strings.Replace(base, "token:", "url: https://eu.writer.com/api/scim/v2, token:", 1),
		strings.Replace(base, "name: hr", "name: staff", 1),
		strings.Replace(base, "base: b", "base: c", 1),
		strings.Replace(base, "  - {name: hr, type: file, path: /p}\n", "", 1),
	} {
		if parse(t, other).Identity() == want {
			t.Errorf("the identity is the same for\n%s", other)
		}
	}
}
