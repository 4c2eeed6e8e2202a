package ldap

import (
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// A Filter is a search filter (RFC 4515) that is known to be well formed. A value
// reaches one only through Equal, which escapes it, so that no value can change
// what a filter means. The zero Filter matches every entry.
type Filter struct{ text string }

// everything is the filter that every entry passes (RFC 4512 section 2.4.1).
const everything = "(objectClass=*)"

// ParseFilter reads a filter that an administrator wrote.
func ParseFilter(text string) (Filter, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Filter{}, errors.New("is empty: write a filter such as " + defaultUsersFilter)
	}
	if text[0] != '(' {
		text = "(" + text + ")"
	}
	if _, err := goldap.CompileFilter(text); err != nil {
		return Filter{}, errors.New("is not a filter of RFC 4515: check its parentheses and operators")
	}
	return Filter{text}, nil
}

// Equal returns the filter that an entry passes if attribute has the value, any
// bytes at all.
func Equal(attribute, value string) (Filter, error) {
	if !validAttribute(attribute) {
		return Filter{}, fmt.Errorf("build filter: %q is not the name of an attribute", attribute)
	}
	return Filter{"(" + attribute + "=" + goldap.EscapeFilter(value) + ")"}, nil
}

// AtLeast returns the filter that an entry passes if attribute has the number or a
// higher one.
func AtLeast(attribute string, least int64) (Filter, error) {
	if !validAttribute(attribute) {
		return Filter{}, fmt.Errorf("build filter: %q is not the name of an attribute", attribute)
	}
	return Filter{fmt.Sprintf("(%s>=%d)", attribute, least)}, nil
}

// All returns the filter that an entry passes if it passes every one of fs.
func All(fs ...Filter) Filter { return join("&", fs) }

// Any returns the filter that an entry passes if it passes one of fs.
func Any(fs ...Filter) Filter { return join("|", fs) }

func join(operator string, fs []Filter) Filter {
	if len(fs) == 1 {
		return fs[0]
	}
	var b strings.Builder
	b.WriteString("(" + operator)
	for _, f := range fs {
		b.WriteString(f.String())
	}
	b.WriteString(")")
	return Filter{b.String()}
}

// String returns the filter as it is sent.
func (f Filter) String() string {
	if f.text == "" {
		return everything
	}
	return f.text
}

// validAttribute reports whether name is an attribute description without options
// (RFC 4512 section 1.4): a short name or a dotted number.
func validAttribute(name string) bool {
	if name == "" {
		return false
	}
	numeric := name[0] >= '0' && name[0] <= '9'
	for i := range len(name) {
		c := name[i]
		digit := c >= '0' && c <= '9'
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		switch {
		case digit, numeric && c == '.':
		case !numeric && letter, !numeric && c == '-' && i > 0:
		default:
			return false
		}
	}
	return true
}
