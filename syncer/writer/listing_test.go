package writer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

// served is a client of a handler, and what was sent to it.
func served(handler http.HandlerFunc) (*writer.Client, *wire) {
	w := &wire{handler: handler}
	return writer.New(writer.Options{HTTP: w, URL: "https://writer.example" + sandbox.BasePath}), w
}

// instead lets a handler answer the requests that it wants to, and the next one all
// others.
func instead(next http.Handler, answers func(http.ResponseWriter, *http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !answers(w, r) {
			next.ServeHTTP(w, r)
		}
	}
}

// rewritten changes the resources that a handler shows.
func rewritten(next http.Handler, method string, change func(resource map[string]any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		var resource map[string]any
		if r.Method == method && json.Unmarshal(body, &resource) == nil {
			change(resource)
			body, _ = json.Marshal(resource)
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}
}

// accounts are resources of a listing.
func accounts(from, n int) string {
	var all []string
	for i := from; i < from+n; i++ {
		all = append(all, fmt.Sprintf(`{"id":"%d","userName":"p%d@example.com"}`, i, i))
	}
	return strings.Join(all, ",")
}

// pages answers each listing of accounts with the page that its cursor or its start
// index names, the first one otherwise, and teams with none.
func pages(pages map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		at := query.Get("cursor")
		if at == "" {
			at = query.Get("startIndex")
		}
		page, known := pages[at]
		switch {
		case strings.HasSuffix(r.URL.Path, "/Groups"):
			page = `{"totalResults":0,"Resources":[]}`
		case !known:
			page = pages["else"]
		}
		if page == "503" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, page)
	}
}

// TestWholeListings: a listing is whole if its end was seen and all that the server
// counts was in it. Whether it is whole or not, what it shows is returned.
func TestWholeListings(t *testing.T) {
	page := func(total string, resources string, more string) string {
		return `{"totalResults":` + total + `,"Resources":[` + resources + `]` + more + `}`
	}
	empty := page("4", "", "")
	tests := []struct {
		name  string
		pages map[string]string
		whole bool
		shows int
		fails bool
	}{
		{"one page", map[string]string{"1": page("2", accounts(0, 2), ""), "else": page("2", "", "")}, true, 2, false},
		{"two pages", map[string]string{"1": page("4", accounts(0, 2), ""), "3": page("4", accounts(2, 2), ""), "else": empty}, true, 4, false},
		{"an end that comes early", map[string]string{"1": page("4", accounts(0, 3), ""), "else": empty}, false, 3, false},
		{"a page that repeats", map[string]string{"else": page("4", accounts(0, 2), "")}, false, 2, false},
		{"a page that repeats, of a server that counts only that", map[string]string{"else": page("2", accounts(0, 2), "")}, false, 2, false},
		{"a count that cannot be", map[string]string{"1": page("2e9", accounts(0, 2), ""), "else": page("2e9", "", "")}, true, 2, false},
		{"a count that is no number", map[string]string{"1": page(`"many"`, accounts(0, 2), ""), "else": page(`"many"`, "", "")}, true, 2, false},
		{"cursors", map[string]string{"1": page("4", accounts(0, 2), `,"nextCursor":"b"`), "b": page("4", accounts(2, 2), "")}, true, 4, false},
		{"cursors, and an end that comes early", map[string]string{"1": page("4", accounts(0, 2), `,"nextCursor":"b"`), "b": page("4", accounts(2, 1), "")}, false, 3, false},
		{"cursors, and an empty page at the end", map[string]string{"1": page("2", accounts(0, 2), `,"nextCursor":"b"`), "b": page("2", "", "")}, true, 2, false},
		{"a page that is not answered", map[string]string{"1": page("4", accounts(0, 2), ""), "else": "503"}, false, 0, true},
		{"the first page is not answered", map[string]string{"else": "503"}, false, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, w := served(pages(tt.pages))
			all, err := c.ReadAll(t.Context())
			if (err != nil) != tt.fails || all.AccountsWhole != tt.whole || len(all.Accounts) != tt.shows {
				t.Errorf("whole %t, %d accounts, %v; want %t, %d", all.AccountsWhole, len(all.Accounts), err, tt.whole, tt.shows)
			}
			if len(w.sent) > 6 {
				t.Errorf("%d requests", len(w.sent))
			}
			for _, line := range w.sent {
				if strings.Contains(line, "filter") || strings.Contains(line, "cursor") && strings.Contains(line, "startIndex") {
					t.Errorf("sent %s", line)
				}
			}
		})
	}
}

// TestResourceThatCannotBeRead: one that the listing has and that nobody can read is not
// taken for one that is not there.
func TestResourceThatCannotBeRead(t *testing.T) {
	for _, broken := range []string{`{"id":{}}`, `{"id":"9","userName":["x"]}`, `7`} {
		page := `{"totalResults":2,"Resources":[` + accounts(0, 2) + `,` + broken + `]}`
		c, _ := served(pages(map[string]string{"1": page, "else": `{"totalResults":2,"Resources":[]}`}))
		if all, err := c.ReadAll(t.Context()); err == nil && all.AccountsWhole {
			t.Errorf("%s: a whole listing of %d", broken, len(all.Accounts))
		}
	}
}

// TestCutLists: a length that several teams have, and none more, is where lists end. A
// team of that length is not known to be whole.
func TestCutLists(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cut   int
		sizes map[string]int
		whole map[string]bool
	}{
		{"two are cut", 10, map[string]int{"Sales": 15, "All": 12, "Few": 4}, map[string]bool{"Sales": false, "All": false, "Few": true}},
		{"one is as long as the cut", 12, map[string]int{"Sales": 15, "All": 12, "Few": 4}, map[string]bool{"Sales": false, "All": false, "Few": true}},
		{"one is longer", 0, map[string]int{"Sales": 10, "All": 10, "More": 11}, map[string]bool{"Sales": true, "All": true, "More": true}},
		{"few of one length", 0, map[string]int{"Sales": 9, "All": 9}, map[string]bool{"Sales": true, "All": true}},
		{"one alone", 10, map[string]int{"Sales": 15, "All": 9}, map[string]bool{"Sales": true, "All": true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrowd(t, sandbox.Quirks{MembersCut: tt.cut}, tt.sizes)
			all, err := c.client.ReadAll(t.Context())
			if err != nil || len(all.Teams) != len(tt.sizes) {
				t.Fatalf("%d teams, %v", len(all.Teams), err)
			}
			for _, team := range all.Teams {
				if team.Whole != tt.whole[team.Name] {
					t.Errorf("%s, with %d members shown: whole %t, want %t", team.Name, len(team.Members), team.Whole, tt.whole[team.Name])
				}
				single, err := c.client.ReadTeam(t.Context(), team.ID)
				if err != nil || single.Whole != tt.whole[team.Name] {
					t.Errorf("%s on its own: whole %t, want %t, %v", team.Name, single.Whole, tt.whole[team.Name], err)
				}
			}
		})
	}
}

// TestSurveyReadsFewTeams: to find out whether any list is longer, only teams are read
// that may have one.
func TestSurveyReadsFewTeams(t *testing.T) {
	sizes := map[string]int{"Sales": 27, "All": 26}
	for i := range 30 {
		sizes[fmt.Sprintf("Small %02d", i)] = 3
	}
	c := newCrowd(t, sandbox.Quirks{}, sizes)
	if said := c.add("Sales", 1); said != "" {
		t.Fatal(said)
	}
	single := slices.DeleteFunc(slices.Clone(c.wire.sent), func(line string) bool { return !strings.HasPrefix(line, "GET "+sandbox.BasePath+"/Groups/") })
	if len(single) > 4 {
		t.Errorf("%d teams were read by themselves", len(single))
	}
}

// TestRefusedFilters: where a filter is refused, the whole listing is looked through;
// where Writer does not answer, it is not.
func TestRefusedFilters(t *testing.T) {
	for status, want := range map[int]connectors.Class{
		http.StatusBadRequest: "", http.StatusNotFound: "",
		http.StatusServiceUnavailable: connectors.Transient, http.StatusTooManyRequests: connectors.Throttled, http.StatusUnauthorized: connectors.Denied,
	} {
		c, w, s := sandboxed(sandbox.Quirks{})
		id := s.Invite("ann@example.com")
		w.handler = instead(w.handler, func(w http.ResponseWriter, r *http.Request) bool {
			if !r.URL.Query().Has("filter") {
				return false
			}
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "{}")
			return true
		})
		found, err := c.FindUser(t.Context(), "ann@example.com")
		if want == "" && (err != nil || string(found.ID) != id) {
			t.Errorf("%d: found %q, %v", status, found.ID, err)
		}
		if want != "" && connectors.ClassOf(err) != want {
			t.Errorf("%d: %v, want class %s", status, err, want)
		}
	}
}

// TestNoEndpoint: an answer of something that is no SCIM endpoint says where to look.
func TestNoEndpoint(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		class  connectors.Class
		hint   bool
	}{
		{http.StatusNotFound, "<html>not found</html>", connectors.Corrupt, true},
		{http.StatusNotFound, `{"detail":"no such team"}`, connectors.NotFound, false},
		{http.StatusBadRequest, "<html>bad</html>", connectors.Rejected, false},
		{http.StatusBadRequest, `{"detail":"bad"}`, connectors.Rejected, false},
		{http.StatusOK, "<html>sign in</html>", connectors.Corrupt, true},
	} {
		_, err := answering(tt.status, "text/html", tt.body).ReadTeam(t.Context(), "7")
		if connectors.ClassOf(err) != tt.class || strings.Contains(fmt.Sprint(err), "writer.url") != tt.hint {
			t.Errorf("%d %s: %v; want class %s, and writer.url named: %t", tt.status, tt.body, err, tt.class, tt.hint)
		}
	}
}

// TestRequestID: the id by which Writer's support finds a request is shown, unless it
// is no id.
func TestRequestID(t *testing.T) {
	for id, shown := range map[string]bool{
		"a-1": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "ann@example.com": false, "two words": false,
	} {
		c, _ := served(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", id)
			w.WriteHeader(http.StatusBadRequest)
		})
		if _, err := c.ReadTeam(t.Context(), "7"); err == nil || strings.Contains(err.Error(), id) != shown {
			t.Errorf("%s: %v; want it shown: %t", id, err, shown)
		}
	}
}
