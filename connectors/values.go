package connectors

import (
	"fmt"
	"maps"
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

// checkUser returns u without the values that cannot be used, which are named in Unusable.
func checkUser(u User) User {
	if len(u.Names) > maxNames {
		u.Names = nil // lists may name the user by any of them
		if u.Fault == "" {
			u.Fault = fmt.Sprintf("has more than %d names", maxNames)
		}
	}
	unusable := maps.Clone(u.Unusable)
	if fault := emailFault(u.Email); fault != "" {
		u.Email, unusable = "", with(unusable, Email, fault)
	}
	faulty := func(a Attribute, value string) bool { return valueFault(value) != "" || unusable[a] != "" }
	for a, value := range u.Attributes {
		if fault := valueFault(value); fault != "" {
			unusable = with(unusable, a, fault)
		}
	}
	if u.Unusable = nil; len(unusable) > 0 {
		u.Unusable, u.Attributes = unusable, maps.Clone(u.Attributes)
		maps.DeleteFunc(u.Attributes, faulty)
	}
	return u
}

func with(unusable map[Attribute]string, a Attribute, fault string) map[Attribute]string {
	if unusable == nil {
		unusable = map[Attribute]string{}
	}
	unusable[a] = fault
	return unusable
}

func emailFault(s string) string {
	if fault := valueFault(s); fault != "" {
		return fault
	}
	if s != "" && !ValidEmail(CanonicalEmail(s)) {
		return "is not an ASCII address"
	}
	return ""
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
