package config

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"token", "default_team", "url", "page_size", "timeout", "warn", "teams"}
	for typed, want := range map[string]string{
		"tokne": "token", "Token": "token", "default-team": "default_team", "defaultteam": "default_team",
		"ulr": "url", "pagesize": "page_size", "timeuot": "timeout", "warning": "warn", "team": "teams",
		"frobnicate": "", "x": "", "": "", strings.Repeat("token", 1000): "",
	} {
		if got := nearest(typed, words); got != want {
			t.Errorf("%q is near %q, want %q", typed, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"abcd", "acbd", 1}} {
		if got, back := distance(c.a, c.b), distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q are %d and %d apart, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
