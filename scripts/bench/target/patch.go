package target

import (
	"encoding/json"
	"net/http"
	"strings"
)

// operation is one step of a PATCH (RFC 7644, section 3.5.2).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

func parseOperations(body []byte) ([]operation, *answer) {
	var in struct {
		Operations []operation `json:"Operations"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Operations) == 0 {
		out := failure(http.StatusBadRequest, "invalidSyntax", "a PATCH wants operations")
		return nil, &out
	}
	for i := range in.Operations {
		op := &in.Operations[i]
		op.Op = strings.ToLower(op.Op)
		if op.Op != "add" && op.Op != "replace" && op.Op != "remove" {
			out := failure(http.StatusBadRequest, "invalidSyntax", "an operation is add, replace or remove")
			return nil, &out
		}
	}
	return in.Operations, nil
}

// applyTo does the operation to the resource of a user.
func (op operation) applyTo(resource map[string]any) *answer {
	if op.Path == "" {
		values, ok := op.Value.(map[string]any)
		if !ok || op.Op == "remove" {
			out := failure(http.StatusBadRequest, "invalidValue", "an operation without a path wants an object")
			return &out
		}
		for path, value := range values {
			if problem := (operation{op.Op, path, value}).applyTo(resource); problem != nil {
				return problem
			}
		}
		return nil
	}
	parts := pathParts(op.Path)
	if strings.ContainsAny(op.Path, "[]") || len(parts) > 3 {
		out := failure(http.StatusBadRequest, "invalidPath", "this path is not supported")
		return &out
	}
	set(resource, parts, op)
	return nil
}

// pathParts returns the parts of a path. The URN of an extension is one.
func pathParts(path string) []string {
	at := strings.LastIndexByte(path, ':')
	parts := strings.Split(path[at+1:], ".")
	if at > 0 {
		return append([]string{path[:at]}, parts...)
	}
	return parts
}

// set changes a value, and takes away what holds nothing any more.
func set(in map[string]any, parts []string, op operation) {
	name := parts[0]
	if len(parts) > 1 {
		inner, _ := in[name].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		set(inner, parts[1:], op)
		if in[name] = inner; len(inner) == 0 {
			delete(in, name)
		}
		return
	}
	if op.Op == "remove" {
		delete(in, name)
		return
	}
	if have, ok := in[name].([]any); ok && op.Op == "add" {
		if more, ok := op.Value.([]any); ok {
			in[name] = append(have, more...)
			return
		}
	}
	in[name] = op.Value
}
