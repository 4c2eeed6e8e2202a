package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
)

// token is a word, a value or a mark of a filter (RFC 7644, section 3.4.2.2).
type token struct {
	text  string
	value any  // of a literal
	lit   bool // it is a literal
}

// lex cuts a filter into tokens. Marks are ( ) [ ] and a dot that follows ].
func lex(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ':
			i++
		case strings.IndexByte("()[]", c) >= 0:
			out = append(out, token{text: string(c)})
			i++
		case c == '"':
			end := endOfString(s, i)
			if end < 0 {
				return nil, fmt.Errorf("a string does not end")
			}
			var v string
			if err := json.Unmarshal([]byte(s[i:end]), &v); err != nil {
				return nil, fmt.Errorf("a string is not JSON")
			}
			out = append(out, token{value: v, lit: true})
			i = end
		default:
			end := i
			for end < len(s) && strings.IndexByte(` ()[]"`, s[end]) < 0 {
				end++
			}
			out = append(out, word(s[i:end]))
			i = end
		}
	}
	return out, nil
}

// endOfString returns the index behind the string that begins at i, or -1.
func endOfString(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return -1
}

// word is true, false, null, a number, or a name.
func word(s string) token {
	var v any
	if json.Unmarshal([]byte(s), &v) == nil {
		return token{text: s, value: v, lit: true}
	}
	return token{text: s}
}
