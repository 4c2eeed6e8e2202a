package config

import (
	"reflect"
	"slices"
)

// A Kind is what a file is, for the faults that a wrong one has.
type Kind struct {
	Most  int    // how many bytes it may have
	Large string // what to do if it is too large
	Begin string // how an empty one begins
	Top   string // how one begins that is no map
	// refuses says that keys which ask for what cannot be had are answered.
	refuses bool
}

// configuration is the kind of the configuration file.
func configuration() Kind {
	return Kind{
		Most:  maxSize,
		Large: "use patterns in teams in place of one rule for each group",
		Begin: "begin with the sections writer, sources and teams",
		Top:   `begin with "writer:" at the left margin`, refuses: true,
	}
}

func (k Kind) refusal(path, key string) (msg, fix string) {
	if !k.refuses {
		return "", ""
	}
	return refusal(path, key)
}

// A Strict is a file beside the configuration that was read as strictly: no unknown
// key, no wrong type, every fault with its place and what to write instead.
type Strict struct {
	v      *validator
	broken bool // it could not be read at all, and nothing more can be said of it
}

// Decode reads such a file, YAML or JSON, into a struct whose fields have yaml
// tags. What is wrong with it is in Err, together with what is found later.
func Decode(name string, data []byte, kind Kind, into any) *Strict {
	doc, fault := parseDocument(name, data, kind)
	if fault != nil {
		return &Strict{v: &validator{decoder: &decoder{document: &document{name: name}}, found: Faults{*fault}}, broken: true}
	}
	s := &Strict{v: &validator{decoder: &decoder{document: doc, marks: map[string]mark{}}}}
	s.v.structure("", doc.root, reflect.ValueOf(into).Elem())
	return s
}

// Fault notes that the value at path is wrong, as in "people[2].status", unless
// something is known to be wrong there already. An empty path is the whole file.
func (s *Strict) Fault(path, msg, fix string) {
	if !s.broken {
		s.v.add(path, msg, fix)
	}
}

// Given reports whether the file has a value at path.
func (s *Strict) Given(path string) bool { return s.v.given(path) }

// Doubtful reports whether something is known to be wrong with the value at path, such
// as that it stands under a mistyped key.
func (s *Strict) Doubtful(path string) bool { return s.broken || s.v.covered(path) }

// Line returns the line on which the value at path stands.
func (s *Strict) Line(path string) int { return s.v.nearestMark(path).line }

// Err returns all faults in the order of their lines, as Faults, or nil.
func (s *Strict) Err() error {
	all := slices.Concat(s.v.faults, s.v.found)
	if len(all) == 0 {
		return nil
	}
	all.sort()
	return all
}

// Nearest returns the word that a typing error most likely turned into typed, or "".
func Nearest(typed string, words []string) string { return nearest(typed, words) }
