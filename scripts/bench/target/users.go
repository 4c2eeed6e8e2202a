package target

import (
	"encoding/json"
	"net/http"
	"strings"
)

// users answers a request below /Users. The caller holds the lock.
func (s *store) users(method, id string, body []byte) answer {
	if method == http.MethodPost && id == "" {
		return s.createUser(body)
	}
	index, known := s.user(id)
	if !known {
		return failure(http.StatusNotFound, "", "there is no such user")
	}
	switch method {
	case http.MethodGet:
		return answer{status: http.StatusOK, body: s.appendUser(nil, index)}
	case http.MethodPut:
		resource, ok := decode(body)
		if !ok {
			return notJSON()
		}
		return s.changeUser(index, resource)
	case http.MethodPatch:
		ops, problem := parseOperations(body)
		if problem != nil {
			return *problem
		}
		var resource map[string]any
		if err := json.Unmarshal(s.accounts[index].resource, &resource); err != nil {
			return failure(http.StatusInternalServerError, "", err.Error())
		}
		for _, op := range ops {
			if problem := op.applyTo(resource); problem != nil {
				return *problem
			}
		}
		return s.changeUser(index, resource)
	case http.MethodDelete:
		s.remove(index)
		return answer{status: http.StatusNoContent, done: remove}
	}
	return failure(http.StatusMethodNotAllowed, "", "not supported")
}

func notJSON() answer {
	return failure(http.StatusBadRequest, "invalidSyntax", "the body is no JSON object")
}

func (s *store) createUser(body []byte) answer {
	resource, ok := decode(body)
	if !ok {
		return notJSON()
	}
	if problem := s.nameProblem(resource, uint32(len(s.accounts))); problem != nil { //nolint:gosec // indexes are 32 bits wide
		return *problem
	}
	index := uint32(len(s.accounts)) //nolint:gosec // as above
	if err := s.put(index, resource); err != nil {
		return failure(http.StatusInternalServerError, "", err.Error())
	}
	return answer{status: http.StatusCreated, body: s.appendUser(nil, index), done: create}
}

// changeUser makes an account what the resource says.
func (s *store) changeUser(index uint32, resource map[string]any) answer {
	if problem := s.nameProblem(resource, index); problem != nil {
		return *problem
	}
	was := s.accounts[index].active
	if err := s.put(index, resource); err != nil {
		return failure(http.StatusInternalServerError, "", err.Error())
	}
	out := answer{status: http.StatusOK, body: s.appendUser(nil, index), done: update}
	switch now := s.accounts[index].active; {
	case was && !now:
		out.done = deactivate
	case !was && now:
		out.done = reactivate
	}
	return out
}

// nameProblem answers a resource whose userName is missing, or is that of another
// account.
func (s *store) nameProblem(resource map[string]any, index uint32) *answer {
	name, _ := resource["userName"].(string)
	if name == "" {
		out := failure(http.StatusBadRequest, "invalidValue", "userName is required")
		return &out
	}
	if holder, taken := s.byName[strings.ToLower(name)]; taken && holder != index {
		out := failure(http.StatusConflict, "uniqueness", "another user has that userName")
		return &out
	}
	return nil
}
