package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

// maxPage is how many resources a page has at most, without a quirk.
const maxPage = 200

func (s *Sandbox) listUsers(r *http.Request) reply {
	var all []map[string]any
	for _, id := range sortedIDs(s.accounts) {
		if a := s.accounts[id]; !a.hidden && !a.notYet() {
			all = append(all, s.showUser(a))
		}
	}
	return s.list(r, all)
}

func (s *Sandbox) listGroups(r *http.Request) reply {
	var all []map[string]any
	for _, id := range sortedIDs(s.teams) {
		all = append(all, s.showGroup(s.teams[id], true))
	}
	return s.list(r, all)
}

// sortedIDs gives listings a stable order: that of creation.
func sortedIDs[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

// list answers with a page of what matches (RFC 7644, section 3.4.2).
func (s *Sandbox) list(r *http.Request, all []map[string]any) reply {
	query := r.URL.Query()
	if f := query.Get("filter"); f != "" && !s.quirks.FilterIgnored {
		match, err := parseFilter(f, s.quirks.FilterCaseExact)
		if err != nil {
			return failure(http.StatusBadRequest, "invalidFilter", err.Error())
		}
		all = slices.DeleteFunc(all, func(r map[string]any) bool { return !match(r) })
	}
	start, shown := s.page(all, number(query.Get("startIndex"), 1), number(query.Get("count"), maxPage))
	body := map[string]any{"schemas": []any{listSchema}, "totalResults": len(all), "startIndex": start, "itemsPerPage": len(shown)}
	switch {
	case s.quirks.TotalTooLow:
		body["totalResults"] = len(shown)
	case s.quirks.TotalTooHigh:
		body["totalResults"] = len(all) + 1
	}
	resources := make([]any, 0, len(shown))
	for _, r := range shown {
		resources = append(resources, selected(r, query.Get("attributes"), query.Get("excludedAttributes")))
	}
	if len(resources) > 0 || !s.quirks.NoResources {
		body["Resources"] = resources
	}
	return reply{status: http.StatusOK, body: body}
}

// page returns what of all a page shows, and the index it begins at.
func (s *Sandbox) page(all []map[string]any, start, count int) (int, []map[string]any) {
	start, count = max(1, start), min(max(0, count), maxPage)
	overlap := s.quirks.OverlappingPages && start > 1
	if overlap {
		start--
	}
	if s.quirks.PageCap > 0 {
		count = min(count, s.quirks.PageCap)
	}
	from := min(start-1, len(all))
	shown := all[from:min(from+count, len(all))]
	if overlap && len(shown) == 1 {
		shown = nil // only what was shown before is left
	}
	return start, shown
}

func number(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}

// selected returns the attributes asked for (RFC 7644, section 3.9); the id is
// always among them.
func selected(r map[string]any, only, without string) map[string]any {
	out := map[string]any{}
	for name, value := range r {
		if (only == "" || named(only, name) || name == "id" || name == "schemas") && !named(without, name) {
			out[name] = value
		}
	}
	return out
}

func named(list, name string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(part string) bool {
		return strings.EqualFold(splitPath(strings.TrimSpace(part))[0], name)
	})
}

// describe answers discovery (RFC 7644, section 4).
func describe(kind string) reply {
	if kind == "ServiceProviderConfig" {
		return reply{status: http.StatusOK, body: map[string]any{
			"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
			"patch":   map[string]any{"supported": true}, "bulk": map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
			"filter": map[string]any{"supported": true, "maxResults": maxPage}, "changePassword": map[string]any{"supported": false},
			"sort": map[string]any{"supported": false}, "etag": map[string]any{"supported": false},
			"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Bearer token", "description": "the organization's token"}},
		}}
	}
	var resources []any
	for _, one := range []struct{ name, schema string }{{"User", userSchema}, {"Group", groupSchema}} {
		resources = append(resources, map[string]any{"id": one.name, "name": one.name, "endpoint": "/" + one.name + "s", "schema": one.schema})
	}
	return reply{status: http.StatusOK, body: map[string]any{"schemas": []any{listSchema}, "totalResults": len(resources), "Resources": resources}}
}
