package config

import (
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"writersync/connectors"
)

// secretForms says how a secret is referred to.
const secretForms = `write {file: /run/secrets/name}, {env: NAME} or {command: [/usr/bin/program, argument]}`

// secret decodes a reference to a secret. No fault shows what stands there: it may
// be the secret itself.
func (d *decoder) secret(path string, n ast.Node, to *connectors.Secret) {
	m := d.marks[path]
	if m.text != "" && !m.key {
		m.text = ""
		d.marks[path] = m
	}
	switch n.Type() {
	case ast.NullType, ast.SequenceType:
		d.wrong(path, n, "a reference to a secret", secretForms)
	case ast.MappingType, ast.MappingValueType:
		d.secretMap(path, n, to)
	default:
		d.secretText(path, n, to)
	}
}

// secretText decodes the short forms file:/path and env:NAME.
func (d *decoder) secretText(path string, n ast.Node, to *connectors.Secret) {
	s, _ := textOf(n)
	form, value, _ := strings.Cut(s, ":")
	switch form {
	case "file", "env":
		d.secretForm(path, form, value, to)
	case "command":
		d.fault(d.marks[path], path, "a command needs its program and arguments as a list", "write {command: [/usr/bin/program, argument]}")
	default:
		d.fault(d.marks[path], path, "holds the secret itself: secrets do not belong into this file",
			"put it into a file that only this user can read, and "+secretForms)
	}
}

func (d *decoder) secretMap(path string, n ast.Node, to *connectors.Secret) {
	m, ok := n.(ast.MapNode)
	if !ok {
		return
	}
	it := m.MapRange()
	if !it.Next() {
		d.fault(d.marks[path], path, "names no secret", secretForms)
		return
	}
	key, _ := textOf(it.Key())
	value := it.Value()
	if it.Next() {
		d.fault(d.marks[path], path, "must have exactly one of the keys file, env and command", secretForms)
		return
	}
	switch key {
	case "file", "env":
		s, ok := textOf(value)
		if !ok {
			d.fault(d.marks[path], path, key+" must be followed by text", secretForms)
			return
		}
		d.secretForm(path, key, s, to)
	case "command":
		d.secretCommand(path, value, to)
	default:
		d.fault(d.marks[path], path, "must have one of the keys file, env and command", secretForms)
	}
}

func (d *decoder) secretForm(path, form, value string, to *connectors.Secret) {
	switch {
	case form == "file" && !filepath.IsAbs(value):
		d.fault(d.marks[path], path, "must name the file from the root", "write a path that begins with /")
	case form == "file":
		*to = fileSecret(filepath.Clean(value))
	case !validEnv(value):
		d.fault(d.marks[path], path, "does not name an environment variable", "write letters, digits and _ alone, without $")
	default:
		*to = envSecret(value)
	}
}

func (d *decoder) secretCommand(path string, n ast.Node, to *connectors.Secret) {
	var argv []string
	list, ok := n.(*ast.SequenceNode)
	if ok {
		for _, item := range list.Values {
			s, isText := textOf(item)
			ok = ok && isText
			argv = append(argv, s)
		}
	}
	switch {
	case !ok || len(argv) == 0:
		d.fault(d.marks[path], path, "command must be a list of texts: no shell reads it", "write {command: [/usr/bin/program, argument]}")
	case !filepath.IsAbs(argv[0]):
		d.fault(d.marks[path], path, "command must name the program from the root", "write a path that begins with /; $PATH is not searched")
	default:
		*to = commandSecret(argv, commandTimeout)
	}
}
