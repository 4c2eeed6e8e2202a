package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// A filter decides whether a resource matches.
type filter func(resource map[string]any) bool

// parseFilter understands the whole grammar of RFC 7644, section 3.4.2.2. exact
// makes every comparison of strings care for case, which the standard leaves to
// the attribute.
func parseFilter(s string, exact bool) (filter, error) {
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, exact: exact}
	f, err := p.or(0)
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q was not expected", p.tokens[0].text)
	}
	return f, err
}

type parser struct {
	tokens []token
	exact  bool
}

// maxDepth bounds nesting, so that a hostile filter ends.
const maxDepth = 50

func (p *parser) is(text string) bool {
	return len(p.tokens) > 0 && !p.tokens[0].lit && strings.EqualFold(p.tokens[0].text, text)
}

func (p *parser) take(text string) bool {
	if !p.is(text) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser) or(depth int) (filter, error) {
	return p.chain("or", depth, p.and, func(a, b bool) bool { return a || b })
}

func (p *parser) and(depth int) (filter, error) {
	return p.chain("and", depth, p.single, func(a, b bool) bool { return a && b })
}

func (p *parser) chain(word string, depth int, part func(int) (filter, error), join func(a, b bool) bool) (filter, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the filter is nested too deeply")
	}
	left, err := part(depth)
	for err == nil && p.take(word) {
		var right filter
		first := left
		if right, err = part(depth); err == nil {
			left = func(r map[string]any) bool { return join(first(r), right(r)) }
		}
	}
	return left, err
}

func (p *parser) single(depth int) (filter, error) {
	switch {
	case p.take("not"):
		if !p.is("(") {
			return nil, fmt.Errorf("not wants a parenthesis")
		}
		inner, err := p.single(depth + 1)
		if err != nil {
			return nil, err
		}
		return func(r map[string]any) bool { return !inner(r) }, nil
	case p.take("("):
		inner, err := p.or(depth + 1)
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return inner, err
	}
	return p.attribute(depth)
}

func (p *parser) attribute(depth int) (filter, error) {
	if len(p.tokens) == 0 || p.tokens[0].text == "" {
		return nil, fmt.Errorf("an attribute was expected")
	}
	path := splitPath(p.tokens[0].text)
	p.tokens = p.tokens[1:]
	if p.take("[") {
		inner, err := p.or(depth + 1)
		if err == nil && !p.take("]") {
			err = fmt.Errorf("a bracket is not closed")
		}
		return func(r map[string]any) bool {
			return slices.ContainsFunc(elements(lookup(r, path)), func(e map[string]any) bool { return inner(e) })
		}, err
	}
	if p.take("pr") {
		return func(r map[string]any) bool { return present(lookup(r, path)) }, nil
	}
	return p.comparison(path)
}

func (p *parser) comparison(path []string) (filter, error) {
	if len(p.tokens) < 2 || !p.tokens[1].lit {
		return nil, fmt.Errorf("an operator and a value were expected")
	}
	op, value := strings.ToLower(p.tokens[0].text), p.tokens[1].value
	compare, ok := operators[op]
	if !ok {
		return nil, fmt.Errorf("%q is no operator", op)
	}
	p.tokens = p.tokens[2:]
	exact := p.exact || caseExact(path)
	return func(r map[string]any) bool {
		found := slices.ContainsFunc(scalars(lookup(r, path)), func(v any) bool {
			return compare(fold(v, exact), fold(value, exact))
		})
		if op == "ne" {
			return !slices.ContainsFunc(scalars(lookup(r, path)), func(v any) bool { return fold(v, exact) == fold(value, exact) })
		}
		return found
	}, nil
}

// operators compare an attribute's value with that of the filter.
var operators = map[string]func(have, want any) bool{ //nolint:gochecknoglobals // a constant table
	"eq": func(a, b any) bool { return a == b },
	"ne": func(a, b any) bool { return a != b },
	"co": func(a, b any) bool { return strings.Contains(str(a), str(b)) },
	"sw": func(a, b any) bool { return strings.HasPrefix(str(a), str(b)) },
	"ew": func(a, b any) bool { return strings.HasSuffix(str(a), str(b)) },
	"gt": func(a, b any) bool { return order(a, b) > 0 },
	"ge": func(a, b any) bool { return order(a, b) >= 0 },
	"lt": func(a, b any) bool { return order(a, b) < 0 },
	"le": func(a, b any) bool { return order(a, b) <= 0 },
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func order(a, b any) int {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return int(min(1, max(-1, (x-y)*1e9)))
	}
	return strings.Compare(str(a), str(b))
}

func fold(v any, exact bool) any {
	if s, ok := v.(string); ok && !exact {
		return strings.ToLower(s)
	}
	return v
}

// caseExact reports whether an attribute's strings are compared with case (RFC
// 7643, sections 3.1 and 4): ids are.
func caseExact(path []string) bool {
	switch last := strings.ToLower(path[len(path)-1]); last {
	case "id", "externalid":
		return true
	case "value":
		return strings.EqualFold(path[0], "members") || len(path) == 1
	}
	return false
}
