package writer

import (
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// enterprise is the extension of RFC 7643, section 4.3, on the wire.
type enterprise struct {
	Department     text `json:"department"`
	CostCenter     text `json:"costCenter"`
	EmployeeNumber text `json:"employeeNumber"`
	Manager        *struct {
		Value text `json:"value"`
	} `json:"manager"`
}

func (e *enterprise) into(a plan.Account) {
	if e == nil {
		return
	}
	setAttribute(a, connectors.Department, e.Department)
	setAttribute(a, connectors.CostCenter, e.CostCenter)
	setAttribute(a, connectors.EmployeeNumber, e.EmployeeNumber)
	if e.Manager != nil {
		setAttribute(a, connectors.Manager, e.Manager.Value)
	}
}

// phone is one phone number (RFC 7643, section 4.1.2).
type phone struct {
	Value text `json:"value"`
	Type  text `json:"type"`
}

// workPhone returns the number that a person is reached by at work: the one of that
// type, or the only one.
func workPhone(all []phone) text {
	for _, p := range all {
		if strings.EqualFold(string(p.Type), "work") {
			return p.Value
		}
	}
	if len(all) == 1 {
		return all[0].Value
	}
	return ""
}

func phones(value string) []map[string]any { return []map[string]any{{"value": value, "type": "work"}} }

// extended splits the path of an attribute of an extension: its schema, and where it
// is there.
func extended(a connectors.Attribute) (schema, path string, ok bool) {
	if !strings.HasPrefix(string(a), "urn:") {
		return "", "", false
	}
	at := strings.LastIndexByte(string(a), ':')
	return string(a)[:at], string(a)[at+1:], true
}

// attributeOperation is the step of a PATCH that gives an attribute a value, or
// takes it. A phone number replaces the whole list, as an address does: servers
// disagree on what replaces one that is not there.
func attributeOperation(c plan.Change) operation {
	path, value := string(c.Attribute), any(c.New)
	if c.Attribute == connectors.Phone {
		path, value = "phoneNumbers", phones(c.New)
	}
	if c.New == "" {
		return operation{Op: "remove", Path: path}
	}
	return operation{"replace", path, value}
}

// setAttributeIn puts an attribute into the body of a POST or PUT, or takes it out.
func setAttributeIn(body map[string]any, name connectors.Attribute, value string) {
	switch schema, path, isExtended := extended(name); {
	case name == connectors.Phone:
		put(body, "phoneNumbers", phones(value), value != "")
	case isExtended:
		setNested(body, schema, path, value)
		addSchema(body, schema)
	default:
		outer, inner, nested := strings.Cut(string(name), ".")
		if nested {
			setNested(body, outer, inner, value)
			return
		}
		put(body, outer, value, value != "")
	}
}

// addSchema names a schema in a body, once.
func addSchema(body map[string]any, schema string) {
	schemas := []string{userSchema}
	switch have := body["schemas"].(type) {
	case []string:
		schemas = have
	case []any:
		schemas = nil
		for _, s := range have {
			if name, ok := s.(string); ok {
				schemas = append(schemas, name)
			}
		}
	}
	if !slices.Contains(schemas, schema) {
		schemas = append(slices.Clone(schemas), schema)
	}
	body["schemas"] = schemas
}

// setNested puts a value below an attribute; path may have a further part.
func setNested(body map[string]any, outer, path, value string) {
	inner, _ := body[outer].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	if first, second, deeper := strings.Cut(path, "."); deeper {
		put(inner, first, map[string]any{second: value}, value != "")
	} else {
		put(inner, path, value, value != "")
	}
	put(body, outer, inner, len(inner) > 0)
}

func put(m map[string]any, key string, value any, there bool) {
	if !there {
		delete(m, key)
		return
	}
	m[key] = value
}
