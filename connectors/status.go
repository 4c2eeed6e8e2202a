package connectors

import (
	"slices"
	"strings"
)

// Denies reports whether an active user shows a value of the attribute by which, as
// StatusBy of a disabled user has it, a user was disabled. Of an empty one any will do.
func (u User) Denies(by string) bool {
	if u.Status != StatusActive || u.StatusBy == "" {
		return false
	}
	name, _, _ := strings.Cut(by, "=")
	return by == "" || slices.ContainsFunc(strings.Fields(u.StatusBy), func(f string) bool {
		shown, _, _ := strings.Cut(f, "=")
		return shown == name
	})
}
