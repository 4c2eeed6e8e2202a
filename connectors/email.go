package connectors

import "strings"

// CanonicalEmail returns the form in which e-mail addresses are compared: space
// around it trimmed and ASCII letters lower-cased. Nothing else is folded: "+"
// and dots are kept, and no letter outside ASCII is mapped, because such foldings
// make two mailboxes look like one.
func CanonicalEmail(s string) string {
	s = strings.Trim(s, " \t\r\n")
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

// ValidEmail reports whether s, in canonical form, can be an account's address:
// printable ASCII, one "@" with text on both sides, at most 254 bytes (RFC 5321).
func ValidEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > 254 || strings.Contains(domain, "@") {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
