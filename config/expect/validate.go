package expect

import (
	"fmt"
	"slices"
	"strings"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// A subject is what an expectation can be about, and what can be said of it.
type subject struct {
	key  string
	says []string
	fix  string
}

// subjects are all of them. What stands alone comes last.
func subjects() []subject {
	return []subject{
		{"person", []string{"in", "not_in", "provisioned"}, "write in: [Team], not_in: [Team] or provisioned: false beside it"},
		{"team", []string{"at_most", "at_least", "includes", "excludes", "nobody_of"}, "write at_most, at_least, includes, excludes or nobody_of beside it"},
		{"everyone", nil, ""},
		{"nobody_of", nil, ""},
	}
}

func at(i int) string { return fmt.Sprintf("expectations[%d]", i) }

// checker notes the faults of one expectation.
type checker struct {
	*config.Strict
	path string
}

func (c checker) given(key string) bool      { return c.Given(c.path + "." + key) }
func (c checker) fault(key, msg, fix string) { c.Fault(c.path+"."+key, msg, fix) }

func validate(s *config.Strict, all []Expectation) {
	if len(all) == 0 {
		s.Fault("expectations", "lists nothing, and so nothing would be tested", "list what is expected: - {person: ada@example.com, in: [Engineering]}")
	}
	for i, e := range all {
		c := checker{s, at(i)}
		if sub, ok := c.subject(); ok {
			c.said(sub)
		}
		c.names(e)
		c.bounds("", e.AtMost, e.AtLeast)
		if e.Everyone != nil {
			c.bounds("everyone.", e.Everyone.AtMost, e.Everyone.AtLeast)
			if e.Everyone.AtMost == nil && e.Everyone.AtLeast == nil {
				c.fault("everyone", "says nothing that can be tested", "write everyone: {at_most: 500}")
			}
		}
		c.contradictions(e)
	}
}

// subject returns what the expectation is about: exactly one thing.
func (c checker) subject() (subject, bool) {
	var found []subject
	for _, sub := range subjects() {
		if c.given(sub.key) {
			found = append(found, sub)
		}
	}
	if len(found) == 2 && found[0].key == "team" && found[1].key == "nobody_of" {
		found = found[:1] // nobody of the group is in the team
	}
	switch len(found) {
	case 0:
		for _, sub := range subjects() {
			if c.Doubtful(c.path + "." + sub.key) {
				return subject{}, false
			}
		}
		c.Fault(c.path, "is about nothing", "begin it with person, team, everyone or nobody_of")
	case 1:
		return found[0], true
	default:
		c.fault(found[1].key, "stands beside "+found[0].key, "make it an expectation of its own: begin a line with \"- \"")
	}
	return subject{}, false
}

// said sees that something is said of the subject, and nothing that is said of others.
func (c checker) said(sub subject) {
	says := sub.key == "everyone" || sub.key == "nobody_of"
	for _, other := range subjects() {
		for _, key := range other.says {
			switch own := slices.Contains(sub.says, key); {
			case !c.given(key):
				says = says || (own && c.Doubtful(c.path+"."+key))
			case own:
				says = true
			case key != sub.key:
				c.fault(key, "is said of a "+other.key+", and this is about "+sub.key, wayOut(sub))
			}
		}
	}
	if !says {
		c.Fault(c.path, "says nothing of the "+sub.key, sub.fix)
	}
}

func wayOut(sub subject) string {
	switch sub.key {
	case "everyone":
		return "write everyone: {at_most: 500}"
	case "nobody_of":
		return "remove the key, or add the team that nobody of the group is to be in"
	}
	return "can be said here: " + strings.Join(sub.says, ", ")
}

// names checks what is to be found in a directory.
func (c checker) names(e Expectation) {
	if c.given("person") {
		c.personName("person", e.Person)
	}
	for key, people := range map[string][]string{"includes": e.Includes, "excludes": e.Excludes} {
		c.list(key, people, c.personName)
	}
	for key, teams := range map[string][]string{"in": e.In, "not_in": e.NotIn} {
		c.list(key, teams, c.teamName)
	}
	if c.given("team") {
		c.teamName("team", e.Team)
	}
	if c.given("nobody_of") && strings.TrimSpace(e.NobodyOf) == "" {
		c.fault("nobody_of", "names no group", "write the name of a group, or a pattern such as \"ext-*\"")
	} else if err := plan.ValidatePattern(e.NobodyOf); err != nil {
		c.fault("nobody_of", "is not a pattern: a [ or \\ in it has no end", `write \[ or \\ for the character itself`)
	}
}

func (c checker) list(key string, names []string, check func(key, name string)) {
	if c.given(key) && len(names) == 0 {
		c.fault(key, "is empty, and so nothing would be tested", "name somebody or something, or remove the key")
	}
	for i, name := range names {
		check(fmt.Sprintf("%s[%d]", key, i), name)
	}
}

func (c checker) personName(key, person string) {
	if !connectors.ValidEmail(connectors.CanonicalEmail(person)) && !strings.Contains(person, "/") {
		c.fault(key, "is neither an e-mail nor source/ID", "write ada@example.com, or corp/4711 for somebody who has none")
	}
}

func (c checker) teamName(key, team string) {
	if strings.TrimSpace(team) == "" {
		c.fault(key, "names no team", "")
	}
}

func (c checker) bounds(under string, most, least *int) {
	for key, n := range map[string]*int{"at_most": most, "at_least": least} {
		if n != nil && *n < 0 {
			c.fault(under+key, "must not be less than 0", "")
		}
	}
	if most != nil && least != nil && *least > *most {
		c.fault(under+"at_least", "is more than at_most", "")
	}
}

// contradictions finds what can never hold.
func (c checker) contradictions(e Expectation) {
	for i, team := range e.NotIn {
		if slices.Contains(e.In, team) {
			c.fault(fmt.Sprintf("not_in[%d]", i), "stands in the list in as well", "keep one of them")
		}
	}
	for i, person := range e.Excludes {
		if slices.ContainsFunc(e.Includes, func(p string) bool { return sameName(p, person) }) {
			c.fault(fmt.Sprintf("excludes[%d]", i), "stands in the list includes as well", "keep one of them")
		}
	}
	if e.Provisioned != nil && !*e.Provisioned && len(e.In) > 0 {
		c.fault("provisioned", "is false, and whoever is in a team is provisioned", "keep one of them")
	}
}

func sameName(a, b string) bool { return connectors.CanonicalEmail(a) == connectors.CanonicalEmail(b) }
