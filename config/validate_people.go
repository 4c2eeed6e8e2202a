package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/config/expr"
	"writersync/connectors"
)

// Profile compiles what the file says of people. A file that Load returned
// compiles.
func (c *Config) Profile() (*expr.Profile, error) {
	compiler, err := expr.NewCompiler()
	if err != nil {
		return nil, err
	}
	p := &expr.Profile{Attributes: map[connectors.Attribute]*expr.Expression{}}
	for _, word := range c.People.Send {
		if attribute, ok := connectors.AttributeNamed(word); ok {
			p.Attributes[attribute] = nil
		}
	}
	for word, text := range c.People.Attributes {
		attribute, ok := connectors.AttributeNamed(word)
		if !ok {
			return nil, fmt.Errorf("people.attributes.%s: is no attribute", word)
		}
		if p.Attributes[attribute], err = compiler.Text(text); err != nil {
			return nil, fmt.Errorf("people.attributes.%s: %w", word, err)
		}
	}
	for text, to := range map[*string]**expr.Expression{&c.People.Include: &p.Include, &c.People.Exclude: &p.Exclude} {
		if *text == "" {
			continue
		}
		if *to, err = compiler.Truth(*text); err != nil {
			return nil, fmt.Errorf("people: %w", err)
		}
	}
	return p, nil
}

// expressions checks every expression, and the names of attributes.
func (v *validator) expressions(p People) {
	compiler, err := expr.NewCompiler()
	if err != nil {
		v.add("people", err.Error(), "report this as a fault of the program")
		return
	}
	for path, text := range map[string]string{"people.include": p.Include, "people.exclude": p.Exclude} {
		if v.given(path) {
			e, err := compiler.Truth(text)
			v.expression(path, err)
			v.extras(path, e)
		}
	}
	for _, word := range slices.Sorted(maps.Keys(p.Attributes)) {
		path := join("people.attributes", word)
		if v.attributeWord(path, word) {
			e, err := compiler.Text(p.Attributes[word])
			v.expression(path, err)
			v.extras(path, e)
		}
	}
	for i, word := range p.Send {
		v.attributeWord(fmt.Sprintf("people.send[%d]", i), word)
	}
	v.join(p)
	for i, pattern := range p.ExcludeGroups {
		v.group(fmt.Sprintf("people.exclude_groups[%d]", i), pattern)
	}
}

// JoinBy returns the attribute that people of several sources are joined by;
// plan.UserName, which is the e-mail, as "userName". Empty: they are not.
func (p People) JoinBy() (connectors.Attribute, bool) {
	if p.Join == "" || p.Join == "email" {
		return connectors.Attribute(strings.Replace(p.Join, "email", "userName", 1)), true
	}
	if name, extra := strings.CutPrefix(p.Join, "extra."); extra && name != "" {
		return connectors.Extra(name), true
	}
	return connectors.AttributeNamed(p.Join)
}

// join checks what makes people of several sources one.
func (v *validator) join(p People) {
	if _, ok := p.JoinBy(); !ok {
		v.add("people.join", "is nothing that people can be joined by", "write email, an attribute such as employeeNumber, or extra.NAME")
	}
	if name, extra := strings.CutPrefix(p.Join, "extra."); extra {
		v.extra("people.join", name)
	}
	if p.Join != "" && len(v.config.Sources) < 2 {
		v.add("people.join", "has nothing to join, since there is one source", "remove the key")
	}
	switch _, known := v.config.Source(p.Authority); {
	case p.Authority == "":
	case !known:
		v.add("people.authority", "names no source of this file", "write the name of one of the sources")
	case p.Join == "":
		v.add("people.authority", "decides nothing without people.join", "add people.join, or remove the key")
	}
}

// extras checks that some source states each extra attribute that an expression names.
func (v *validator) extras(path string, e *expr.Expression) {
	if e == nil {
		return
	}
	for _, a := range e.Uses() {
		if name, extra := a.IsExtra(); extra && name != "*" {
			v.extra(path, name)
		}
	}
}

// extra checks that some source states an extra attribute. A connector that does not
// say which ones it states may state any.
func (v *validator) extra(path, name string) {
	var all []string
	for _, s := range v.config.Sources {
		of, says := s.Config.(interface{ Extras() []string })
		if !says {
			return
		}
		all = append(all, of.Extras()...)
	}
	if slices.Contains(all, name) {
		return
	}
	fix := "name it in a source: attributes.extra of ldap, columns.extra of a file"
	if near := nearest(name, all); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	v.add(path, fmt.Sprintf("looks at extra.%s, which no source states", visible(name)), fix)
}

// expression notes what is wrong with an expression, where in it that is.
func (v *validator) expression(path string, err error) {
	var e *expr.Error
	if err == nil || v.covered(path) || len(v.found) >= maxFaults {
		return
	}
	if !errors.As(err, &e) {
		v.add(path, err.Error(), "")
		return
	}
	m, msg, fix := v.nearestMark(path), e.Msg, ""
	if name, ok := strings.CutPrefix(msg, "user has no field "); ok {
		name, _, _ = strings.Cut(name, ";")
		if near := nearest(name, expr.FieldNames()); near != "" {
			msg, fix = "user has no field "+visible(name), fmt.Sprintf("did you mean user.%s?", near)
		}
	}
	if e.Line == 1 {
		m.offset = e.Column - 1
	} else {
		msg = fmt.Sprintf("line %d of it: %s", e.Line, msg)
	}
	v.found = append(v.found, v.at(m, path, msg, fix))
}

func (v *validator) attributeWord(path, word string) bool {
	if _, ok := connectors.AttributeNamed(word); ok {
		return true
	}
	if msg, fix := refusal("people.attributes", word); msg != "" {
		v.add(path, msg, fix)
		return false
	}
	fix := "known: " + strings.Join(connectors.AttributeWords(), ", ")
	switch near := nearest(word, connectors.AttributeWords()); {
	case word == "email" || word == "userName" || word == "emails":
		fix = "the e-mail is what the source's own attributes.email says: Writer knows people by it, and both names of it change together"
	case near != "":
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	v.add(path, "is no attribute that can be sent", fix)
	return false
}
