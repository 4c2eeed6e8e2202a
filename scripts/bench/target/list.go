package target

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxPage is how many resources a page has at most.
const maxPage = 1000

// filter is the one form of filter that is understood: attribute eq "value".
type filter struct {
	attribute, value string
}

func parseFilter(text string) (filter, bool) {
	attribute, rest, ok := strings.Cut(strings.TrimSpace(text), " ")
	operator, value, ok2 := strings.Cut(rest, " ")
	var f filter
	if !ok || !ok2 || !strings.EqualFold(operator, "eq") || json.Unmarshal([]byte(value), &f.value) != nil {
		return filter{}, false
	}
	f.attribute = attribute
	return f, true
}

// listUsers answers a listing of users (RFC 7644, section 3.4.2).
func (s *store) listUsers(query url.Values) answer {
	if query.Get("filter") == "" && s.gone == 0 {
		return page(query, len(s.accounts), func(to []byte, i int) []byte { return s.appendUser(to, uint32(i)) }) //nolint:gosec // an index
	}
	found, ok := s.findUsers(query.Get("filter"))
	if !ok {
		return failure(http.StatusBadRequest, "invalidFilter", "only eq is understood")
	}
	return page(query, len(found), func(to []byte, i int) []byte { return s.appendUser(to, found[i]) })
}

// findUsers returns the accounts that match a filter; all for an empty one.
func (s *store) findUsers(text string) ([]uint32, bool) {
	f, ok := parseFilter(text)
	if !ok && text != "" {
		return nil, false
	}
	var found []uint32
	switch strings.ToLower(f.attribute) {
	case "username", "emails.value", "emails": // the one address is the userName
		if i, known := s.byName[strings.ToLower(f.value)]; known {
			found = append(found, i)
		}
	case "id":
		if i, known := s.user(f.value); known {
			found = append(found, i)
		}
	case "externalid", "":
		// Not indexed: to look through a million takes a few milliseconds, and is rare.
		want := appendString([]byte(`"externalId":`), f.value)
		for i := range s.accounts {
			a := &s.accounts[i]
			if a.resource != nil && (text == "" || bytes.Contains(a.resource, want)) {
				found = append(found, uint32(i)) //nolint:gosec // an index
			}
		}
	default:
		return nil, false
	}
	return found, true
}

// listGroups answers a listing of groups.
func (s *store) listGroups(query url.Values) answer {
	all := func(to []byte, i int) []byte { return s.appendGroup(to, uint32(i)) } //nolint:gosec // an index
	if query.Get("filter") == "" {
		return page(query, len(s.teams), all)
	}
	f, ok := parseFilter(query.Get("filter"))
	if !ok || !strings.EqualFold(f.attribute, "displayName") {
		return failure(http.StatusBadRequest, "invalidFilter", "only displayName eq is understood")
	}
	var found []int
	for i := range s.teams {
		if strings.EqualFold(s.teams[i].name, f.value) {
			found = append(found, i)
		}
	}
	return page(query, len(found), func(to []byte, i int) []byte { return all(to, found[i]) })
}

// page answers with a page of so many resources.
func page(query url.Values, total int, show func(to []byte, i int) []byte) answer {
	start := max(1, number(query.Get("startIndex"), 1))
	from := min(start-1, total)
	to := min(from+min(max(0, number(query.Get("count"), maxPage)), maxPage), total)
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":` + strconv.Itoa(total) +
		`,"startIndex":` + strconv.Itoa(start) + `,"itemsPerPage":` + strconv.Itoa(to-from) + `,"Resources":[`)
	for i := from; i < to; i++ {
		if i > from {
			body = append(body, ',')
		}
		body = show(body, i)
	}
	return answer{status: http.StatusOK, body: append(body, `]}`...)}
}

func number(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return otherwise
	}
	return n
}
