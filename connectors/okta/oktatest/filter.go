package oktatest

import (
	"errors"
	"regexp"
	"strings"
)

var (
	tokenOf   = regexp.MustCompile(`\s*(\(|\)|"(?:[^"\\]|\\.)*"|[A-Za-z_.]+)`)
	errFilter = errors.New("Invalid search criteria") //nolint:staticcheck // Okta's own words
)

// A filter decides about one object, of which value returns the attributes.
type filter func(value func(attribute string) string) bool

// allowed are the attributes that a listing can filter by, and with which operators.
type allowed map[string]string

// parseFilter reads an expression of and, or, parentheses and comparisons.
func parseFilter(text string, may allowed) (filter, error) {
	if text == "" {
		return func(func(string) string) bool { return true }, nil
	}
	p := &filterParser{may: may}
	rest := text
	for strings.TrimSpace(rest) != "" {
		m := tokenOf.FindStringSubmatchIndex(rest)
		if m == nil || m[0] != 0 {
			return nil, errFilter
		}
		p.tokens = append(p.tokens, rest[m[2]:m[3]])
		rest = rest[m[1]:]
	}
	f, err := p.either()
	if err == nil && len(p.tokens) > 0 {
		err = errFilter
	}
	return f, err
}

type filterParser struct {
	tokens []string
	may    allowed
}

func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *filterParser) accept(word string) bool {
	if len(p.tokens) == 0 || p.tokens[0] != word {
		return false
	}
	p.next()
	return true
}

func (p *filterParser) either() (filter, error) {
	left, err := p.both()
	for err == nil && p.accept("or") {
		var right filter
		before := left
		right, err = p.both()
		left = func(v func(string) string) bool { return before(v) || right(v) }
	}
	return left, err
}

func (p *filterParser) both() (filter, error) {
	left, err := p.term()
	for err == nil && p.accept("and") {
		var right filter
		before := left
		right, err = p.term()
		left = func(v func(string) string) bool { return before(v) && right(v) }
	}
	return left, err
}

func (p *filterParser) term() (filter, error) {
	if p.accept("(") {
		f, err := p.either()
		if err == nil && !p.accept(")") {
			err = errFilter
		}
		return f, err
	}
	attribute, op, quoted := p.next(), p.next(), p.next()
	if !strings.Contains(p.may[attribute], op) || op == "" || len(quoted) < 2 || quoted[0] != '"' {
		return nil, errFilter
	}
	want := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
	switch op {
	case "eq":
		return func(v func(string) string) bool { return v(attribute) == want }, nil
	case "gt":
		return func(v func(string) string) bool { return v(attribute) > want }, nil
	}
	return nil, errFilter
}
