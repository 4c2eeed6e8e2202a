package sandbox

import "strings"

// enterpriseSchema is the extension of RFC 7643, section 4.3; its attributes lie
// below its name.
const enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// splitPath returns the parts of an attribute path. The URN of an extension is a
// part; that of a core schema may stand before any attribute, and is none.
func splitPath(s string) []string {
	for _, schema := range extensions() {
		if strings.EqualFold(s, schema) {
			return []string{schema}
		}
	}
	i := strings.LastIndexByte(s, ':')
	parts := strings.Split(strings.TrimPrefix(s[i+1:], "."), ".")
	for _, schema := range extensions() {
		if i >= 0 && strings.EqualFold(s[:i], schema) {
			return append([]string{schema}, parts...)
		}
	}
	return parts
}

// roleSchema is Writer's own extension, which holds the org role.
const roleSchema = "urn:custom:params:scim:schemas:extension:writer:2.0:User"

func extensions() []string { return []string{enterpriseSchema, roleSchema} }

// find returns the key of m that is name in another case, or name.
func find(m map[string]any, name string) string {
	for key := range m {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return canonical(name)
}

// attributes are the names that resources have, in the case of RFC 7643.
var attributes = []string{ //nolint:gochecknoglobals // a constant table
	"id", "externalId", "userName", "name", "givenName", "middleName", "familyName", "honorificPrefix", "honorificSuffix", "displayName", "title",
	"emails", "phoneNumbers", "locale", "preferredLanguage", "active", "members", "value", "type", "primary",
	enterpriseSchema, roleSchema, "role", "department", "costCenter", "employeeNumber", "manager",
}

// canonical returns the name in the case of RFC 7643, if it is one of those.
func canonical(name string) string {
	for _, a := range attributes {
		if strings.EqualFold(a, name) {
			return a
		}
	}
	return name
}

// lookup returns the value at a path; of a multi-valued attribute, that of each
// element.
func lookup(r map[string]any, path []string) any {
	var v any = r
	for _, part := range path {
		switch node := v.(type) {
		case map[string]any:
			v = node[find(node, part)]
		case []any:
			var all []any
			for _, e := range node {
				if m, ok := e.(map[string]any); ok {
					all = append(all, m[find(m, part)])
				}
			}
			v = all
		default:
			return nil
		}
	}
	return v
}

// elements returns the complex values of v.
func elements(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case map[string]any:
		out = append(out, v)
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// scalars returns the plain values of v; of complex ones, their "value".
func scalars(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var out []any
		for _, e := range v {
			out = append(out, scalars(e)...)
		}
		return out
	case map[string]any:
		return scalars(v["value"])
	}
	return []any{v}
}

func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}
