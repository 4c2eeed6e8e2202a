package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxSize is the largest file that is read, in bytes: ten thousand rules fit.
const maxSize = 1 << 20

// A document is the text of a configuration file as a tree.
type document struct {
	name  string
	kind  Kind
	lines []string
	root  ast.Node // a map
}

// parseDocument turns text into a tree of maps, lists and scalars. What makes
// YAML larger than its text, or leaves it open which line a value comes from
// (anchors, aliases, merge keys, tags, further documents), is refused.
func parseDocument(name string, data []byte, kind Kind) (*document, *Fault) {
	d := &document{name: name, kind: kind}
	switch {
	case len(data) > kind.Most:
		return nil, d.whole(fmt.Sprintf("is larger than %d MiB", kind.Most>>20), kind.Large)
	case !utf8.Valid(data):
		return nil, d.whole("is not UTF-8 text", "save it as UTF-8")
	}
	text := strings.TrimPrefix(string(data), "\ufeff") // some editors begin a file with it
	d.lines = strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	tokens := lexer.Tokenize(text)
	if fault := d.scan(tokens); fault != nil {
		return nil, fault
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // repeated keys are found later, all of them
	if err != nil {
		return nil, d.syntax(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return nil, d.whole("is empty", kind.Begin)
	}
	d.root = file.Docs[0].Body
	if _, ok := d.root.(ast.MapNode); !ok {
		m := markOf(d.root)
		m.text = "" // it may be anything, such as a secret in a file of its own
		f := d.at(m, "", "the file is not a map of sections", kind.Top)
		return nil, &f
	}
	return d, nil
}

func (d *document) whole(msg, fix string) *Fault {
	return &Fault{File: d.name, Msg: msg, Fix: fix}
}

func (d *document) token(t *token.Token, msg, fix string) *Fault {
	f := d.at(mark{line: t.Position.Line, column: t.Position.Column}, "", msg, fix)
	return &f
}

func (d *document) at(m mark, path, msg, fix string) Fault {
	if m.offset > 0 && strings.ContainsAny(m.text[:min(1, len(m.text))], `"'`) {
		m.offset++ // the quote before it
	}
	return Fault{
		File: d.name, Line: m.line, Column: m.column + m.offset, Path: path,
		Msg: msg, Fix: fix, Snippet: snippet(d.lines, m),
	}
}

// syntax translates an error of the parser. Its own excerpt of the file is left
// out: a secret may stand in it.
func (d *document) syntax(err error) *Fault {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return d.whole("is not YAML", "look for a missing colon, quote or bracket")
	}
	fix := "look for a missing colon, space, quote or bracket on this line and the one before"
	if strings.ContainsRune(e.GetMessage(), '\t') || strings.Contains(e.GetMessage(), "tab character") {
		return d.token(e.GetToken(), "is indented with a tab", "indent with spaces")
	}
	return d.token(e.GetToken(), "is not YAML: "+visible(e.GetMessage()), fix)
}

// markOf returns the place of a value. A map or list in block style is where its
// first key or dash is.
func markOf(n ast.Node) mark {
	t := n.GetToken()
	switch n := n.(type) {
	case ast.MapNode:
		if it := n.MapRange(); t.Type == token.MappingValueType && it.Next() {
			t = it.Key().GetToken()
		}
		return mark{line: t.Position.Line, column: t.Position.Column}
	case *ast.SequenceNode:
		return mark{line: t.Position.Line, column: t.Position.Column}
	}
	m := mark{line: t.Position.Line, column: t.Position.Column, text: strings.TrimSpace(t.Origin)}
	if strings.Contains(m.text, "@") || (strings.Contains(m.text, "://") && strings.ContainsAny(m.text, "?#;")) {
		m.text = "" // an e-mail address, or a URL with a password or a token in it
	}
	return m
}
