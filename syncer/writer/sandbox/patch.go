package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// patchError is a refusal of a PATCH, with its scimType.
type patchError struct {
	scimType, detail string
}

func (e *patchError) Error() string { return e.detail }

func refuse(scimType, format string, args ...any) error {
	return &patchError{scimType, fmt.Sprintf(format, args...)}
}

// patchReply is the answer to a PATCH that is refused.
func patchReply(err error) reply {
	if p, ok := err.(*patchError); ok { //nolint:errorlint // made above, never wrapped
		return failure(http.StatusBadRequest, p.scimType, p.detail)
	}
	return failure(http.StatusBadRequest, "invalidSyntax", err.Error())
}

// operation is one step of a PATCH (RFC 7644, section 3.5.2).
type operation struct {
	op    string // lower case
	path  target
	bare  bool // no path was given
	value any
}

// target is a parsed path: attr, attr.sub, attr[filter], attr[filter].sub; below an
// extension also attr.sub.deep.
type target struct {
	attr      string
	filter    filter
	sub, deep string
}

// parsePatch understands the body of a PATCH.
func parsePatch(body map[string]any) ([]operation, error) {
	raw, ok := body[find(body, "Operations")].([]any)
	if !ok || len(raw) == 0 {
		return nil, refuse("invalidSyntax", "a PATCH wants at least one operation")
	}
	ops := make([]operation, 0, len(raw))
	for _, r := range raw {
		m, ok := r.(map[string]any)
		if !ok {
			return nil, refuse("invalidSyntax", "an operation is an object")
		}
		op := operation{op: strings.ToLower(str(m[find(m, "op")])), value: m[find(m, "value")]}
		if !slices.Contains([]string{"add", "remove", "replace"}, op.op) {
			return nil, refuse("invalidSyntax", "an operation is add, remove or replace")
		}
		path := str(m[find(m, "path")])
		if op.bare = path == ""; !op.bare {
			var err error
			if op.path, err = parseTarget(path); err != nil {
				return nil, err
			}
		}
		if op.bare && op.op == "remove" {
			return nil, refuse("noTarget", "a removal wants a path")
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func parseTarget(path string) (target, error) {
	before, rest, filtered := strings.Cut(path, "[")
	parts := splitPath(before)
	t := target{attr: canonical(parts[0])}
	if len(parts) > 1 {
		t.sub = canonical(parts[1])
	}
	if len(parts) > 2 && t.attr == enterpriseSchema {
		t.deep, parts = canonical(parts[2]), append(parts[:2], parts[3:]...)
	}
	if len(parts) > 2 || t.attr == "" {
		return target{}, refuse("invalidPath", "the path has too many parts")
	}
	if !filtered {
		return t, nil
	}
	end := strings.LastIndexByte(rest, ']')
	if end < 0 || t.sub != "" {
		return target{}, refuse("invalidPath", "the path's filter is not closed")
	}
	f, err := parseFilter(rest[:end], false)
	if err != nil {
		return target{}, refuse("invalidFilter", "%v", err)
	}
	t.filter = f
	if sub := strings.TrimPrefix(rest[end+1:], "."); sub != "" {
		t.sub = canonical(sub)
	}
	return t, nil
}

// applyPatch returns the resource after the operations, in order and all or
// nothing; the one given stays as it was.
func applyPatch(resource map[string]any, ops []operation) (map[string]any, error) {
	out, err := clone(resource)
	if err != nil {
		return nil, err
	}
	for _, op := range ops {
		if !op.bare {
			if err := applyOne(out, op.op, op.path, op.value); err != nil {
				return nil, err
			}
			continue
		}
		values, ok := op.value.(map[string]any)
		if !ok {
			return nil, refuse("invalidValue", "an operation without a path wants an object")
		}
		for name, value := range values {
			t, err := parseTarget(name)
			if err == nil {
				err = applyOne(out, op.op, t, value)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func clone(resource map[string]any) (map[string]any, error) {
	data, err := json.Marshal(resource)
	if err != nil {
		return nil, fmt.Errorf("copy resource: %w", err)
	}
	var out map[string]any
	err = json.Unmarshal(data, &out)
	return out, err
}

// multiValued reports whether an attribute is a list.
func multiValued(attr string) bool {
	return attr == "emails" || attr == "phoneNumbers" || attr == "members"
}

func applyOne(r map[string]any, op string, t target, value any) error {
	switch {
	case t.attr == "id" || t.attr == "meta":
		return refuse("mutability", "%s is read only", t.attr)
	case t.filter != nil:
		return applyFiltered(r, op, t, value)
	case t.sub != "" && multiValued(t.attr):
		for _, e := range elements(r[t.attr]) {
			set(e, op, t.sub, value)
		}
		return nil
	case t.sub != "":
		applyBelow(r, op, t, value)
		return nil
	case multiValued(t.attr):
		return applyList(r, op, t.attr, value)
	}
	if m, ok := value.(map[string]any); ok && op != "remove" {
		old, _ := r[t.attr].(map[string]any)
		if old == nil {
			old = map[string]any{}
		}
		for name, v := range m {
			old[canonical(name)] = v
		}
		r[t.attr] = old
		return nil
	}
	set(r, op, t.attr, value)
	return nil
}

// applyBelow changes a part of a complex attribute, which goes with its last part.
func applyBelow(r map[string]any, op string, t target, value any) {
	m, _ := r[t.attr].(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	if t.deep != "" {
		value = map[string]any{t.deep: value} // manager is nothing without its value
	}
	set(m, op, t.sub, value)
	if r[t.attr] = m; len(m) == 0 {
		delete(r, t.attr)
	}
}

func set(m map[string]any, op, name string, value any) {
	if op == "remove" {
		delete(m, name)
		return
	}
	m[name] = value
}

// applyList adds to, replaces or removes from a list. To remove without a filter
// removes all, unless values are named, as some clients do.
func applyList(r map[string]any, op, attr string, value any) error {
	list, _ := r[attr].([]any)
	given, isList := value.([]any)
	if m, ok := value.(map[string]any); ok {
		given, isList = []any{m}, true
	}
	switch {
	case op == "remove":
		delete(r, attr) // RFC 7644, section 3.5.2.2: no filter, so all values go
		return nil
	case !isList:
		return refuse("invalidValue", "%s is a list", attr)
	case op == "replace":
		list = nil
	}
	for _, v := range given {
		m, ok := v.(map[string]any)
		if !ok {
			return refuse("invalidValue", "%s holds objects", attr)
		}
		if !slices.ContainsFunc(elements(list), func(e map[string]any) bool { return e["value"] == m["value"] }) {
			list = append(list, m)
		}
	}
	r[attr] = list
	return nil
}

// applyFiltered changes the elements of a list that match.
func applyFiltered(r map[string]any, op string, t target, value any) error {
	list, _ := r[t.attr].([]any)
	var kept []any
	matched := 0
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok || !t.filter(m) {
			kept = append(kept, e)
			continue
		}
		matched++
		switch {
		case op == "remove" && t.sub == "":
			continue
		case t.sub != "":
			set(m, op, t.sub, value)
		default:
			for name, v := range first(value) {
				m[canonical(name)] = v
			}
		}
		kept = append(kept, m)
	}
	if matched == 0 && op == "replace" {
		return refuse("noTarget", "nothing matches the path's filter")
	}
	r[t.attr] = kept
	return nil
}

func first(value any) map[string]any {
	if all := elements(value); len(all) > 0 {
		return all[0]
	}
	return nil
}
