package expr

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// A Profile is what a configuration says of people: whom it wants, and what is sent
// of them. It implements plan.Profile.
type Profile struct {
	Include, Exclude *Expression // nil: everybody, nobody
	// Attributes holds what is sent; nil stands for the attribute as the source
	// states it.
	Attributes map[connectors.Attribute]*Expression
}

// text returns what is sent of a person as the attribute. stated is false if the
// source does not state what it takes, or its value cannot be used.
func (p *Profile) text(a connectors.Attribute, source string, u connectors.User) (value string, stated bool, err error) {
	expression := p.Attributes[a]
	if expression == nil {
		value, stated = u.Attributes[a]
		return value, stated, nil
	}
	value, err = expression.Text(source, u)
	if errors.Is(err, ErrNotStated) || errors.Is(err, ErrUnusable) {
		return "", false, nil
	}
	return value, err == nil, err
}

// Sends returns the attributes that are sent of a person. One whose expression asks
// for what the source does not state, or not in a usable form, is left out; an error is any other failure,
// and names the attribute.
func (p *Profile) Sends(source string, u connectors.User) (map[connectors.Attribute]string, error) {
	out := make(map[connectors.Attribute]string, len(p.Attributes))
	for _, a := range slices.Sorted(maps.Keys(p.Attributes)) {
		value, stated, err := p.text(a, source, u)
		if err != nil {
			return nil, fmt.Errorf("people.attributes.%s: %w", a.Word(), err)
		}
		if stated {
			out[a] = value
		}
	}
	return out, nil
}

// Wants returns which expression says that the person is not wanted, and what it looks
// at. An expression that has no result for the person is an error, and so is one that looks
// at an unusable value: it must give no access.
func (p *Profile) Wants(source string, u connectors.User) (against string, looked []connectors.Attribute, err error) {
	if p.Include != nil {
		wanted, err := p.Include.Truth(source, u)
		if err != nil || !wanted {
			return "people.include", p.Include.Uses(), wrap("people.include", err)
		}
	}
	if p.Exclude != nil {
		unwanted, err := p.Exclude.Truth(source, u)
		if err != nil || unwanted {
			return "people.exclude", p.Exclude.Uses(), wrap("people.exclude", err)
		}
	}
	return "", nil, nil
}

func wrap(where string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", where, err)
}

// Needs reports whether anything in the profile looks at the attribute: what
// nothing looks at is not kept.
func (p *Profile) Needs(a connectors.Attribute) bool {
	if _, sent := p.Attributes[a]; sent {
		return true
	}
	return slices.ContainsFunc(p.expressions(), func(e *Expression) bool { return e.looksAt(a) })
}

func (p *Profile) expressions() []*Expression {
	all := append(slices.Collect(maps.Values(p.Attributes)), p.Include, p.Exclude)
	return slices.DeleteFunc(all, func(e *Expression) bool { return e == nil })
}
