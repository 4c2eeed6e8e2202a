package expect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Fixture is a small directory, written down: sources by name.
type Fixture struct {
	Sources map[string]Source `yaml:"sources" json:"sources"`
}

// A Source is what one source states.
type Source struct {
	People []Person `yaml:"people" json:"people"`
	Groups []Group  `yaml:"groups" json:"groups,omitempty"`
}

// A Person is one person of a source.
type Person struct {
	ID        string `yaml:"id" json:"id,omitempty"` // unset: the e-mail
	Email     string `yaml:"email" json:"email,omitempty"`
	Status    string `yaml:"status" json:"status,omitempty"` // active, disabled or unknown; unset: active
	Container string `yaml:"container" json:"container,omitempty"`
	// Attributes are by their words, or as extra.NAME.
	Attributes map[string]string `yaml:"attributes" json:"attributes,omitempty"`
}

// A Group is one group of a source.
type Group struct {
	ID      string   `yaml:"id" json:"id,omitempty"` // unset: the name
	Name    string   `yaml:"name" json:"name"`
	Members []string `yaml:"members" json:"members,omitempty"` // people, by ID or e-mail
	Groups  []string `yaml:"groups" json:"groups,omitempty"`   // groups nested in it, by ID or name
}

// key is what the person is known by.
func (p Person) key() string {
	if p.ID != "" {
		return p.ID
	}
	return connectors.CanonicalEmail(p.Email)
}

func (g Group) key() string {
	if g.ID != "" {
		return g.ID
	}
	return g.Name
}

// unknownStatus is the word for a status that is neither active nor disabled.
const unknownStatus = "unknown"

func fixtureKind() config.Kind {
	return config.Kind{
		Most: 32 << 20, Large: "test the snapshot itself, without --fixture",
		Begin: "begin with \"sources:\", and below it the name of a source with its people and groups",
		Top:   `begin with "sources:" at the left margin`,
	}
}

// ParseFixture reads a fixture, YAML or JSON; name stands for it in faults. It may
// have the sources of those names. The error is config.Faults.
func ParseFixture(name string, data []byte, sources []string) (Fixture, error) {
	var f Fixture
	c := fixtureChecker{config.Decode(name, data, fixtureKind(), &f)}
	if len(f.Sources) == 0 {
		c.Fault("sources", "has no source, and so nobody would be tested", "write the name of a source, and below it people: and groups:")
	}
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		path := "sources." + name
		if !slices.Contains(sources, name) {
			c.Fault(path, "is no source of the configuration", hint(name, sources))
		}
		c.source(path, f.Sources[name])
	}
	return f, c.Err()
}

type fixtureChecker struct{ *config.Strict }

func (c fixtureChecker) source(path string, s Source) {
	if len(s.People) == 0 {
		c.Fault(path+".people", "has nobody", "write at least one person: - {email: ada@example.com}")
	}
	people := newNames()
	for i, p := range s.People {
		at := fmt.Sprintf("%s.people[%d]", path, i)
		c.person(at, p)
		if !people.add(p.key(), connectors.CanonicalEmail(p.Email)) {
			c.Fault(at, "is known by the ID of somebody before", "give each person an id of their own")
		}
	}
	groups := newNames()
	for i, g := range s.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, i)
		if strings.TrimSpace(g.Name) == "" {
			c.Fault(at+".name", "is required", "rules know groups by their names")
		}
		if !groups.add(g.key(), g.Name) {
			c.Fault(at, "is known by the ID of a group before", "give each group an id of its own")
		}
	}
	for i, g := range s.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, i)
		for j, m := range g.Members {
			c.refer(fmt.Sprintf("%s.members[%d]", at, j), "person", m, people)
		}
		for j, n := range g.Groups {
			c.refer(fmt.Sprintf("%s.groups[%d]", at, j), "group", n, groups)
		}
	}
}

func (c fixtureChecker) person(at string, p Person) {
	if p.key() == "" {
		c.Fault(at, "has neither an id nor an email", "write at least one of them")
	}
	switch p.Status {
	case "", string(connectors.StatusActive), string(connectors.StatusDisabled), unknownStatus:
	default:
		c.Fault(at+".status", "must be active, disabled or unknown", "")
	}
	for _, word := range slices.Sorted(maps.Keys(p.Attributes)) {
		if _, ok := attribute(word); !ok {
			c.Fault(at+".attributes."+word, "is no attribute", hint(word, connectors.AttributeWords())+"; what only expressions see is extra.NAME")
		}
	}
}

func (c fixtureChecker) refer(at, kind, name string, known *names) {
	switch found := known.find(kind == "person", name); {
	case len(found) == 0:
		c.Fault(at, "names no "+kind+" of this source", hint(name, known.all()))
	case len(found) > 1:
		c.Fault(at, "may be any of several, with the ids "+strings.Join(found, ", "), "write the id of the one that is meant")
	}
}

func hint(typed string, known []string) string {
	if near := config.Nearest(typed, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(known) == 0 {
		return "there is none"
	}
	if len(known) > 20 {
		known = append(slices.Clone(known[:20]), "…")
	}
	return "known: " + strings.Join(known, ", ")
}

// attribute returns the attribute of a word, or of extra.NAME.
func attribute(word string) (connectors.Attribute, bool) {
	if name, extra := connectors.Attribute(word).IsExtra(); extra {
		return connectors.Extra(name), name != ""
	}
	return connectors.AttributeNamed(word)
}

// names find objects of a source by ID or, if none has it, by a name.
type names struct {
	keys  map[string]bool
	named map[string][]string // keys
}

func newNames() *names { return &names{keys: map[string]bool{}, named: map[string][]string{}} }

// add takes an object in, unless its key is taken.
func (n *names) add(key, name string) bool {
	if key == "" || n.keys[key] {
		return key == "" // that it has none was said
	}
	n.keys[key] = true
	if name != "" && name != key {
		n.named[name] = append(n.named[name], key)
	}
	return true
}

// find returns the keys of what is called so.
func (n *names) find(isMail bool, text string) []string {
	if n.keys[text] {
		return []string{text}
	}
	if isMail {
		text = connectors.CanonicalEmail(text)
	}
	if n.keys[text] {
		return []string{text}
	}
	return n.named[text]
}

// all returns what people are likely to call them.
func (n *names) all() []string {
	out, named := slices.Collect(maps.Keys(n.named)), map[string]bool{}
	for _, keys := range n.named {
		for _, key := range keys {
			named[key] = true
		}
	}
	for key := range n.keys {
		if !named[key] {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// Input returns the fixture as a plan sees a directory that was read under the policy.
func (f Fixture) Input(policy plan.Policy) plan.Input {
	in := plan.Input{Policy: policy}
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		in.Sources = append(in.Sources, plan.Source{Name: name, Read: plan.InFull})
		f.Sources[name].into(&in, name)
	}
	return in
}
