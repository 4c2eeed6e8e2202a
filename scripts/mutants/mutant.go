package main

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one file with one range of bytes replaced.
type mutant struct {
	file       string // absolute
	source     []byte // of the file as it is
	start, end int    // what is replaced, as offsets in source
	with       string
	dropped    bool // a statement is left out, and with it perhaps the only use of a variable
}

// apply returns the changed file.
func (m mutant) apply() []byte {
	return slices.Concat(m.source[:m.start], []byte(m.with), m.source[m.end:])
}

// line returns the number of the first changed line.
func (m mutant) line() int { return bytes.Count(m.source[:m.start], []byte("\n")) + 1 }

// describe returns the place of the mutant, relative to root, and its line with
// [-what is replaced-]{+what replaces it+}.
func (m mutant) describe(root string) string {
	name, err := filepath.Rel(root, m.file)
	if err != nil {
		name = m.file
	}
	before := m.source[bytes.LastIndexByte(m.source[:m.start], '\n')+1 : m.start]
	after, _, _ := bytes.Cut(m.source[m.end:], []byte("\n"))
	line := string(before) + fenced("[-", oneLine(m.source[m.start:m.end]), "-]") + fenced("{+", m.with, "+}") + string(after)
	return fmt.Sprintf("%s:%d: %s", filepath.ToSlash(name), m.line(), strings.TrimSpace(line))
}

func fenced(open, text, end string) string {
	if text == "" {
		return ""
	}
	return open + text + end
}

// maxShown is how much of what is replaced a description shows, in bytes.
const maxShown = 160

// oneLine joins lines, and cuts a long text.
func oneLine(text []byte) string {
	line := strings.Join(strings.Fields(string(text)), " ")
	if len(line) > maxShown {
		line = strings.ToValidUTF8(line[:maxShown], "") + " …"
	}
	return line
}

// compare orders mutants by their place.
func (m mutant) compare(other mutant) int {
	return cmp.Or(
		cmp.Compare(m.file, other.file), cmp.Compare(m.start, other.start), cmp.Compare(m.end, other.end), cmp.Compare(m.with, other.with),
	)
}

func (m mutant) equal(other mutant) bool { return m.compare(other) == 0 }
