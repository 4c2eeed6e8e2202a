package target

import (
	"net/http"
	"slices"
	"strings"
)

// groups answers a request below /Groups. The caller holds the lock.
func (s *store) groups(method, id string, body []byte) answer {
	if method == http.MethodPost || method == http.MethodDelete {
		return failure(http.StatusForbidden, "", "teams are neither created nor deleted through SCIM")
	}
	index, known := s.group(id)
	if !known {
		return failure(http.StatusNotFound, "", "there is no such group")
	}
	switch method {
	case http.MethodGet:
		return answer{status: http.StatusOK, body: s.appendGroup(nil, index)}
	case http.MethodPatch:
		ops, problem := parseOperations(body)
		if problem != nil {
			return *problem
		}
		e := editing{store: s, members: s.teams[index].members}
		for _, op := range ops {
			if problem := e.apply(op); problem != nil {
				return *problem
			}
		}
		e.flush()
		return s.changeGroup(index, e.members)
	case http.MethodPut:
		resource, ok := decode(body)
		if !ok {
			return notJSON()
		}
		members, problem := s.indexes(resource["members"])
		if problem != nil {
			return *problem
		}
		return s.changeGroup(index, members)
	}
	return failure(http.StatusMethodNotAllowed, "", "not supported")
}

func (s *store) changeGroup(index uint32, members []uint32) answer {
	s.teams[index].members = members
	return answer{status: http.StatusOK, body: s.appendGroup(nil, index), done: edit}
}

// indexes returns the sorted accounts that a list of members names.
func (s *store) indexes(value any) ([]uint32, *answer) {
	list, isList := value.([]any)
	if !isList && value != nil {
		list = []any{value}
	}
	out := make([]uint32, 0, len(list))
	for _, one := range list {
		m, _ := one.(map[string]any)
		id, _ := m["value"].(string)
		index, known := s.user(id)
		if !known {
			problem := failure(http.StatusBadRequest, "invalidValue", "a member is not a user")
			return nil, &problem
		}
		out = append(out, index)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// editing is a team whose members are being changed. The list it began with stays as
// it was, so that a PATCH is done whole or not at all.
type editing struct {
	store   *store
	members []uint32
	drop    []uint32 // removals that are not done yet: they are done together
}

func (e *editing) apply(op operation) *answer {
	if op.Path == "" {
		if m, ok := op.Value.(map[string]any); ok {
			op.Path, op.Value = "members", m["members"]
		}
	}
	path, filter, filtered := strings.Cut(op.Path, "[")
	switch {
	case strings.EqualFold(path, "displayName"):
		return nil // the name is that of Writer's admin
	case !strings.EqualFold(path, "members"):
		out := failure(http.StatusBadRequest, "invalidPath", "only members can be changed")
		return &out
	case op.Op == "remove" && filtered:
		f, ok := parseFilter(strings.TrimSuffix(filter, "]"))
		if !ok || !strings.EqualFold(f.attribute, "value") {
			out := failure(http.StatusBadRequest, "invalidFilter", "a member is named by its value")
			return &out
		}
		if index, known := e.store.user(f.value); known {
			e.drop = append(e.drop, index)
		}
		return nil
	case op.Op == "remove":
		e.members, e.drop = nil, nil
		return nil
	}
	e.flush()
	more, problem := e.store.indexes(op.Value)
	if problem != nil {
		return problem
	}
	if op.Op == "replace" {
		e.members = nil
	}
	e.members = merge(e.members, more)
	return nil
}

// flush does the removals.
func (e *editing) flush() {
	if len(e.drop) == 0 {
		return
	}
	slices.Sort(e.drop)
	kept := make([]uint32, 0, len(e.members))
	for _, m := range e.members {
		if _, goes := slices.BinarySearch(e.drop, m); !goes {
			kept = append(kept, m)
		}
	}
	e.members, e.drop = kept, nil
}

// merge returns a new sorted list with what is in either of two.
func merge(a, b []uint32) []uint32 {
	out := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case b[0] < a[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}
