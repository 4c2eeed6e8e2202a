package ldap

import (
	"encoding/hex"
	"errors"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// binaryID marks an ID that is not printable text and is written in hex.
const binaryID = "hex:"

// errOptions is returned for an attribute that comes in parts or variants.
var errOptions = errors.New("the attribute came with options")

// Values returns the values of an attribute, whatever case the server spells its name
// in; options are part of the name.
func Values(e *goldap.Entry, name string) []string { return values(e, name) }

// values returns the values of an attribute, whatever case the server spells its
// name in. Variants with options (cn;lang-de) are other attributes.
func values(e *goldap.Entry, name string) []string {
	if name == "" {
		return nil
	}
	for _, a := range e.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Values
		}
	}
	return nil
}

// wholeValues is values for a list that counts only if it is whole. A list that
// comes with options ("member;range=0-1499") is an error: the rest of it is
// elsewhere.
func wholeValues(e *goldap.Entry, name string) ([]string, error) {
	for _, a := range e.Attributes {
		kind, _, optioned := strings.Cut(a.Name, ";")
		if optioned && strings.EqualFold(kind, name) {
			return nil, errOptions
		}
	}
	return values(e, name), nil
}

// first returns the first value, "" if there is none.
func first(vs []string) string {
	if len(vs) == 0 {
		return ""
	}
	return vs[0]
}

// encodeID makes text of an ID value: itself if it is printable ASCII, else its
// bytes in hex. Different values never give the same text.
func encodeID(value string) string {
	if strings.HasPrefix(value, binaryID) || strings.ContainsFunc(value, unprintable) {
		return binaryID + hex.EncodeToString([]byte(value))
	}
	return value
}

// decodeID is the inverse of encodeID.
func decodeID(id string) (string, error) {
	text, binary := strings.CutPrefix(id, binaryID)
	if !binary {
		return id, nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return "", errors.New("decode ID: malformed hex")
	}
	return string(raw), nil
}

func unprintable(r rune) bool { return r <= ' ' || r >= 0x7f }
