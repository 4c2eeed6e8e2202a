package expect

import (
	"writersync/config"
)

// File is a file of expectations.
type File struct {
	Expectations []Expectation `yaml:"expectations"`
}

// An Expectation says something of one subject: a person, a team, everyone, or the
// members of a group.
type Expectation struct {
	Person      string   `yaml:"person"` // an e-mail, or source/ID
	In          []string `yaml:"in"`     // teams
	NotIn       []string `yaml:"not_in"` // teams
	Provisioned *bool    `yaml:"provisioned"`

	Team     string   `yaml:"team"`
	AtMost   *int     `yaml:"at_most"` // people
	AtLeast  *int     `yaml:"at_least"`
	Includes []string `yaml:"includes"` // people
	Excludes []string `yaml:"excludes"` // people

	Everyone *Bounds `yaml:"everyone"` // how many people are provisioned in all

	// NobodyOf is the name of a group or a pattern: none of its members is in the
	// team or, without a team, provisioned at all.
	NobodyOf string `yaml:"nobody_of"`

	Because string `yaml:"because"` // what it is good for; shown if it does not hold

	line int
}

// Bounds are how many people there may be.
type Bounds struct {
	AtMost  *int `yaml:"at_most"`
	AtLeast *int `yaml:"at_least"`
}

// fileKind is what a file of expectations is, for its faults.
func fileKind() config.Kind {
	return config.Kind{
		Most: 1 << 20, Large: "say more with fewer expectations: about teams and groups in place of single people",
		Begin: "begin with \"expectations:\" and list what is expected: - {person: ada@example.com, in: [Engineering]}",
		Top:   `begin with "expectations:" at the left margin`,
	}
}

// Parse reads a file of expectations; name stands for it in faults. The error is
// config.Faults.
func Parse(name string, data []byte) (File, error) {
	var f File
	s := config.Decode(name, data, fileKind(), &f)
	validate(s, f.Expectations)
	if err := s.Err(); err != nil {
		return File{}, err
	}
	for i := range f.Expectations {
		f.Expectations[i].line = s.Line(at(i))
	}
	return f, nil
}
