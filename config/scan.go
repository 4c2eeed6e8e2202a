package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// maxDepth is how deep lists and maps may be nested. The parser recurses once for
// each level, and no section needs more than five.
const maxDepth = 32

// maxKeys is how many keys a map may have that are on lines of their own. The time
// that the parser takes grows with their square.
const maxKeys = 1000

// A scanner looks at the tokens before the parser does: for what is refused, and
// for what would keep the parser busy for very long.
type scanner struct {
	flow   int     // brackets and braces that are open
	dashes int     // on this line
	line   int     // of the last token
	blocks []block // maps that are open, from the outside in
}

// A block is a map whose keys are on lines of their own.
type block struct{ column, keys int }

// scan returns the first thing that is refused.
func (d *document) scan(tokens token.Tokens) *Fault {
	var s scanner
	for i, t := range tokens {
		msg, fix := foreign(t.Type)
		switch {
		case msg != "":
		case i > 0 && (t.Type == token.DocumentHeaderType || t.Type == token.DocumentEndType):
			msg, fix = "a second document is not supported", "keep one configuration in one file, and remove the line"
		default:
			msg = s.next(t)
		}
		if msg != "" {
			return d.token(t, msg, fix)
		}
	}
	return nil
}

// foreign names the parts of YAML that are refused.
func foreign(t token.Type) (msg, fix string) {
	switch t {
	case token.AnchorType, token.AliasType, token.MergeKeyType:
		return "anchors, aliases and merge keys are not supported", "write the value out where it is needed; put quotes around a text that begins with & or *"
	case token.TagType:
		return "tags are not supported", "remove the word that begins with !; put quotes around a text that begins with it"
	case token.MappingKeyType:
		return "keys with a question mark are not supported", `write "key: value"`
	case token.DirectiveType:
		return "directives are not supported", "remove the line that begins with %"
	}
	return "", ""
}

// next takes one more token, and says whether it is one too many.
func (s *scanner) next(t *token.Token) string {
	if t.Position.Line != s.line {
		s.line, s.dashes = t.Position.Line, 0
		if s.flow == 0 && t.Type != token.CommentType && s.begin(t) > maxKeys {
			return fmt.Sprintf("the map has more than %d keys", maxKeys)
		}
	}
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		s.flow++
	case token.MappingEndType, token.SequenceEndType:
		s.flow--
	case token.SequenceEntryType:
		s.dashes++
	}
	if s.flow > maxDepth || s.dashes > maxDepth || len(s.blocks) > maxDepth {
		return fmt.Sprintf("lists and maps are nested deeper than %d levels", maxDepth)
	}
	return ""
}

// begin takes the first token of a line, and returns how many keys the map has by
// now that the line belongs to.
func (s *scanner) begin(t *token.Token) int {
	for n := len(s.blocks); n > 0 && s.blocks[n-1].column > t.Position.Column; n = len(s.blocks) {
		s.blocks = s.blocks[:n-1]
	}
	if t.Type == token.SequenceEntryType {
		return 0
	}
	if n := len(s.blocks); n == 0 || s.blocks[n-1].column < t.Position.Column {
		s.blocks = append(s.blocks, block{column: t.Position.Column})
	}
	top := &s.blocks[len(s.blocks)-1]
	top.keys++
	return top.keys
}
