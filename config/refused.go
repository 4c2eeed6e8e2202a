package config

import (
	"slices"
	"strings"
)

// A refused key asks for what cannot be had. It is answered, not merely unknown.
type refused struct {
	keys     []string
	at       func(section string) bool // where the key can only mean this
	msg, fix string
}

func anywhere(string) bool { return true }

func inLimits(section string) bool { return section == "limits" }

// outsideSources leaves the keys of connectors to them.
func outsideSources(section string) bool { return !strings.HasPrefix(section, "sources[") }

// inMapping holds where attributes are mapped, and outside of sources; elsewhere
// in a source, a password is a credential that stands in the wrong place.
func inMapping(section string) bool {
	return outsideSources(section) || strings.HasSuffix(section, ".attributes")
}

// refusals lists the keys that people try, with the answers. A key that a
// section or a connector does know is never looked up here.
func refusals() []refused {
	const noLimits = "the limits on removals cannot be turned off or loosened"
	const approve = "remove the key; a larger set of removals waits, and goes ahead once `writersync approve` lets it"
	return []refused{
		{
			keys: []string{"create_team", "create_teams", "delete_team", "delete_teams", "auto_create_teams", "prune_teams"},
			at:   outsideSources,
			msg:  "Writer does not support creating or deleting teams over SCIM",
			fix:  "create the team in Writer and it is linked on the next pass",
		},
		{
			keys: []string{"password", "passwords", "password_sync", "sync_password", "sync_passwords"},
			at:   inMapping,
			msg:  "Writer does not support synchronizing passwords; people sign in through SAML SSO",
			fix:  "remove the key",
		},
		{
			keys: []string{"role", "roles", "team_role", "team_admin", "team_admins", "teamadmin", "admin", "admins"},
			at:   outsideSources,
			msg:  "Writer does not support setting the team admin role over SCIM",
			fix:  "remove the key, and make people team admins in Writer",
		},
		{
			keys: []string{"off", "disable", "disabled", "enable", "enabled", "force"},
			at:   inLimits, msg: noLimits, fix: approve,
		},
		{
			keys: []string{"max_deletes", "max_delete_percent", "no_limits", "ignore_limits"},
			at:   outsideSources, msg: noLimits, fix: approve,
		},
		{
			keys: []string{"insecure", "insecure_skip_verify", "skip_verify", "tls_skip_verify", "verify_tls", "verify_ssl", "tls_verify"},
			at:   anywhere,
			msg:  "certificates are always verified",
			fix:  "remove the key, and name the authority that signed the certificate in ca_file",
		},
		{
			keys: []string{"everyone"},
			at:   outsideSources,
			msg:  "is not a key but a scope",
			fix:  "write people: {scope: everyone}",
		},
	}
}

// refusal answers an unknown key of a section, or returns nothing.
func refusal(section, key string) (msg, fix string) {
	key = strings.ReplaceAll(strings.ToLower(key), "-", "_")
	for _, r := range refusals() {
		if r.at(section) && slices.Contains(r.keys, key) {
			return r.msg, r.fix
		}
	}
	return "", ""
}
