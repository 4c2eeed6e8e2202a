package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A mark is a place in the file and what may be shown of it.
type mark struct {
	line, column int    // as in Fault
	text         string // what stands there; empty if it must not be shown
	key          bool   // it is a key, so that a value follows
	offset       int    // where in text the fault is, in characters
}

// plainPrefix is what may stand before a value in block style: indentation,
// dashes and the key. In flow style other values can stand there.
var plainPrefix = regexp.MustCompile(`^\s*(-\s+)*("?[\w.-]+"?:\s+)?$`)

// maxShown is how much of a key or a value is shown, in characters.
const maxShown = 60

// snippet draws the line of m with a caret. It never shows a value other than
// the one that m lets it: a neighbour may be a secret that somebody typed.
func snippet(lines []string, m mark) string {
	if m.line < 1 || m.line > len(lines) {
		return ""
	}
	runes := []rune(lines[m.line-1])
	prefix := string(runes[:min(max(m.column-1, 0), len(runes))])
	if !plainPrefix.MatchString(prefix) {
		prefix = prefix[:len(prefix)-len(strings.TrimLeft(prefix, " \t"))] + "… "
	}
	shown := visible(m.text)
	switch {
	case shown == "":
		shown = "…"
	case m.key:
		shown += ": …"
	}
	prefix = strings.ReplaceAll(visible(prefix), "\t", " ")
	caret := utf8.RuneCountInString(prefix)
	if m.offset < utf8.RuneCountInString(shown) {
		caret += m.offset
	}
	return fmt.Sprintf("%5d | %s%s\n      | %s^", m.line, prefix, shown, strings.Repeat(" ", caret))
}

// visible returns the first line of s, without control characters and not too
// long.
func visible(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.Map(func(r rune) rune {
		if r != '\t' && (!unicode.IsPrint(r) || r == utf8.RuneError) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}
