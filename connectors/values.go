package connectors

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxValue is the longest attribute value that is taken, in bytes. RFC 7643 sets
// none; no name or title is near it, and a hostile one fills no log or file.
const maxValue = 1024

// maxID is the longest ID that is taken, in bytes: it is a key of the state and
// stands in lines that people read.
const maxID = 1024

// maxNames is how many names an object can have. An entry has one or two.
const maxNames = 100

// shownID names a record in a message: by its ID, or by its number where the ID may
// be an e-mail address or is too long to be read.
func shownID(id string, number int) string {
	const most = 64
	if len(id) > most || strings.Contains(id, "@") {
		return fmt.Sprintf("number %d", number)
	}
	return strconv.Quote(id)
}

// checkUser returns u without the attributes that cannot be used, naming the
// first of them in Fault.
func checkUser(u User) User {
	if len(u.Names) > maxNames {
		u.Names = nil
		if u.Fault == "" {
			u.Fault = fmt.Sprintf("has more than %d names", maxNames)
		}
	}
	if fault := valueFault(u.Email); fault != "" && u.Fault == "" {
		u.Fault = "e-mail " + fault
	}
	if u.Email != "" && u.Fault == "" && !ValidEmail(CanonicalEmail(u.Email)) {
		u.Fault = "e-mail is not an ASCII address"
	}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		fault := valueFault(u.Attributes[name])
		if fault == "" {
			continue
		}
		if u.Fault == "" {
			u.Fault = fmt.Sprintf("%s %s", name, fault)
		}
		u.Attributes = maps.Clone(u.Attributes)
		delete(u.Attributes, name)
	}
	return u
}

func checkGroup(g Group) Group {
	g.Names = g.Names[:min(len(g.Names), maxNames)]
	if valueFault(g.Name) != "" {
		g.Name = strings.ToValidUTF8(strings.Map(printable, g.Name[:min(len(g.Name), maxValue)]), "")
	}
	return g
}

func printable(r rune) rune {
	if unicode.IsControl(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

func valueFault(s string) string {
	switch {
	case len(s) > maxValue:
		return fmt.Sprintf("is longer than %d bytes", maxValue)
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "has control characters"
	}
	return ""
}
