package okta

import (
	"fmt"
	"strings"
)

// renewal says what to do where Okta does not accept the credential: which one it is, where
// a new one is made, and where it is written. It stands in the log line of a pass that
// failed, which is all that somebody may see at night.
func renewal(c Config, write bool) string {
	if c.OAuth.isSet() {
		return fmt.Sprintf("The service app %s is not accepted any more: see in the Admin Console, Applications, that it is active and that its public keys have the one with the ID %s, "+
			"whose private key is read from %s (oauth.private_key).", c.OAuth.ClientID, c.OAuth.KeyID, c.OAuth.PrivateKey)
	}
	key, token, role := "token", c.Token, "Read-Only Administrator"
	if write && c.Import.Token.IsSet() {
		key, token, role = "import.token", c.Import.Token, "an administrator who may make people and groups"
	}
	return fmt.Sprintf("The API token that is read from %s (%s) was revoked, or has ended: after 30 days without use, or with the administrator who made it. "+
		"Sign in as %s, make a new one in the Admin Console, Security, API, Tokens, and put it in that place: the next pass reads it%s.",
		token, key, role, restart(token.String()))
}

// restart adds what a reference to a variable takes.
func restart(ref string) string {
	if strings.HasPrefix(ref, "env:") {
		return " after a restart"
	}
	return ""
}
