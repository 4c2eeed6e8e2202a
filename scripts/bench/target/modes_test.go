package target

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func listening(t *testing.T) (*Target, string) {
	t.Helper()
	fast := New(testToken)
	fast.AddTeams("Engineering", "Sales")
	far := httptest.NewServer(fast)
	t.Cleanup(far.Close)
	return fast, far.URL
}

// TestSilence holds that a silent target does what it is asked and does not answer.
func TestSilence(t *testing.T) {
	fast, url := listening(t)
	if err := fast.Set(Mode{Trap: 2}); err != nil {
		t.Fatal(err)
	}
	if got := post(t, url, "ada"); got.status != http.StatusCreated {
		t.Errorf("before the trap: %d", got.status)
	}
	for _, name := range []string{"bob", "cid"} {
		if got, err := send(t, http.MethodPost, url+BasePath+"/Users", `{"userName":"`+name+`@example.com"}`); err == nil {
			t.Errorf("%s was answered: %d", name, got.status)
		}
	}
	if got, err := send(t, http.MethodGet, url+BasePath+"/Users", ""); err == nil {
		t.Errorf("a read was answered: %d", got.status)
	}
	if c := fast.Counts(); c.Creates != 3 || !c.Trapped || c.Unanswered < 3 {
		t.Errorf("counted %+v: want three creates and at least three requests without an answer", c)
	}
	if err := fast.Set(Mode{}); err != nil {
		t.Fatal(err)
	}
	if got := post(t, url, "bob"); got.status != http.StatusConflict {
		t.Errorf("bob was there: %d", got.status)
	}
}

// TestHalts holds that a target that halts carries out the write at which it does and
// nothing after it, until it goes on.
func TestHalts(t *testing.T) {
	fast, url := listening(t)
	if err := fast.Set(Mode{Trap: 1, Halt: true}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	answers := make([]error, 4)
	for i := range answers {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+BasePath+"/Users", strings.NewReader(fmt.Sprintf(`{"userName":"u%d@example.com"}`, i)))
			if err == nil {
				var resp *http.Response
				if resp, err = (bearer{}).Do(req); err == nil {
					err = fmt.Errorf("answered %s", resp.Status)
					_ = resp.Body.Close()
				} else {
					err = nil
				}
			}
			answers[i] = err
		})
	}
	for fast.Counts().Waiting < len(answers) {
		runtime.Gosched()
	}
	if c := fast.Counts(); c.Creates != 1 || !c.Trapped || c.Unanswered != 1 {
		t.Errorf("counted %+v: want one create without an answer", c)
	}
	cancel() // the clients are gone
	wg.Wait()
	for fast.Counts().Waiting > 0 {
		runtime.Gosched()
	}
	for _, err := range answers {
		if err != nil {
			t.Error(err)
		}
	}
	if err := fast.Set(Mode{}); err != nil {
		t.Fatal(err)
	}
	if got := post(t, url, "after"); got.status != http.StatusCreated {
		t.Errorf("after it went on: %d", got.status)
	}
	if c := fast.Counts(); c.Creates != 2 {
		t.Errorf("%d creates: what waited was carried out", c.Creates)
	}
}

// TestLatency holds that a request takes at least as long as it should.
func TestLatency(t *testing.T) {
	fast, url := listening(t)
	const latency = 30 * time.Millisecond
	if err := fast.Set(Mode{Latency: Duration(latency)}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	post(t, url, "ada")
	if took := time.Since(began); took < latency {
		t.Errorf("answered after %s", took)
	}
}

// TestControl uses the controls as the bench does.
func TestControl(t *testing.T) {
	fast, url := listening(t)
	near := httptest.NewServer(fast.controls())
	defer near.Close()
	control := func(method, path, body string, into any) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, near.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if into != nil {
			if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
				t.Fatal(err)
			}
		}
		return resp.StatusCode
	}
	if code := control("PUT", "/mode", `{"limit":{"kind":"fixed","requests":1,"window":"1h"}}`, nil); code != http.StatusNoContent {
		t.Errorf("mode: %d", code)
	}
	post(t, url, "ada")
	post(t, url, "bob")
	if code := control("PUT", "/mode", `{"latency":"soon"}`, nil); code != http.StatusBadRequest {
		t.Errorf("a mode that makes no sense: %d", code)
	}
	var c Counts
	control("GET", "/counts", "", &c)
	if c.Creates != 1 || c.Refused != 1 || c.Writes() != 1 || c.ByStatus[http.StatusCreated] != 1 || c.Sent == 0 {
		t.Errorf("counted %+v", c)
	}
	control("DELETE", "/counts", "", nil)
	control("GET", "/counts", "", &c)
	if c.Creates != 0 || c.Refused != 0 {
		t.Errorf("after the reset %+v", c)
	}
	if code := control("POST", "/teams", `["Legal"]`, nil); code != http.StatusNoContent {
		t.Errorf("teams: %d", code)
	}
	var first Held
	control("GET", "/state", "", &first)
	if first.UserName != "ada@example.com" || !first.Active {
		t.Errorf("the first line of the state is %+v", first)
	}
}

// TestFilters asks for users and teams by what the client may ask by.
func TestFilters(t *testing.T) {
	fast, far := listening(t)
	send(t, http.MethodPost, far+BasePath+"/Users", `{"userName":"Ada@example.com","externalId":"E-1"}`)  //nolint:errcheck // looked at below
	send(t, http.MethodPost, far+BasePath+"/Users", `{"userName":"bob@example.com","externalId":"E-10"}`) //nolint:errcheck // as above
	first, second := string(userKind().appendID(nil, 0)), string(userKind().appendID(nil, 1))
	for filter, want := range map[string][]string{
		`userName eq "ADA@example.com"`: {first}, `emails.value eq "bob@example.com"`: {second}, `externalId eq "E-1"`: {first},
		`id eq "` + second + `"`: {second}, `userName eq "none@example.com"`: nil, ``: {first, second},
	} {
		out := fast.store.listUsers(map[string][]string{"filter": {filter}})
		var page struct{ Resources []struct{ ID string } }
		if err := json.Unmarshal(out.body, &page); err != nil {
			t.Fatalf("%s: %v\n%s", filter, err, out.body)
		}
		var got []string
		for _, r := range page.Resources {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s found %v, want %v", filter, got, want)
		}
	}
	for _, bad := range []string{`userName co "a"`, `title eq "x"`, `userName eq x`} {
		got, err := send(t, http.MethodGet, far+BasePath+"/Users?filter="+url.QueryEscape(bad), "")
		if err != nil || got.status != http.StatusBadRequest {
			t.Errorf("%s: %v %v", bad, got, err)
		}
	}
}

// TestOrder holds that the operations of a PATCH are done in their order.
func TestOrder(t *testing.T) {
	fast, far := listening(t)
	post(t, far, "ada")
	post(t, far, "bob")
	ids := []string{string(userKind().appendID(nil, 0)), string(userKind().appendID(nil, 1))}
	team := string(groupKind().appendID(nil, 0))
	add := func(i int) string { return `{"op":"add","path":"members","value":[{"value":"` + ids[i] + `"}]}` }
	remove := func(i int) string { return `{"op":"Remove","path":"members[value eq \"` + ids[i] + `\"]"}` }
	for _, step := range []struct {
		ops  []string
		want []uint32
	}{
		{[]string{add(0), add(1)}, []uint32{0, 1}},
		{[]string{remove(0), add(0), remove(1)}, []uint32{0}},
		{[]string{add(1), remove(1), add(0)}, []uint32{0}},
		{[]string{`{"op":"replace","path":"members","value":[{"value":"` + ids[1] + `"}]}`}, []uint32{1}},
		{[]string{add(0), `{"op":"remove","path":"members"}`}, nil},
		{[]string{`{"op":"add","value":{"members":[{"value":"` + ids[0] + `"}]}}`}, []uint32{0}},
	} {
		got, err := send(t, http.MethodPatch, far+BasePath+"/Groups/"+team, `{"Operations":[`+strings.Join(step.ops, ",")+`]}`)
		if err != nil || got.status != http.StatusOK || !slices.Equal(fast.store.teams[0].members, step.want) {
			t.Errorf("%s: %d %v, members %v; want %v", step.ops, got.status, err, fast.store.teams[0].members, step.want)
		}
	}
}

// TestIDs holds that ids look like UUIDs, and lead back to what they were made of.
func TestIDs(t *testing.T) {
	for _, n := range []uint32{0, 1, 1000, 999_999, 1 << 31} {
		id := string(userKind().appendID(nil, n))
		if back, ok := userKind().index(id); !ok || back != n || len(id) != idLength {
			t.Errorf("%d: %s leads to %d, %t", n, id, back, ok)
		}
		if _, ok := groupKind().index(id); ok {
			t.Errorf("%s is a user and a group", id)
		}
		if _, ok := userKind().index("f" + id[1:]); ok && id[0] != 'f' {
			t.Errorf("another id leads to %d", n)
		}
	}
}

// TestMemory fills in a fiftieth of the largest company, and holds what it takes
// against a fiftieth of 4 GiB.
func TestMemory(t *testing.T) {
	const users, teams, each = 20_000, 1_000, 200
	before := heap()
	fast := New(testToken)
	for i := range teams {
		fast.AddTeams(fmt.Sprintf("team %05d", i))
	}
	for i := range users {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":"%08x-%07d","userName":"someone.%07d@example.com",
			"emails":[{"primary":true,"type":"work","value":"someone.%07d@example.com"}],"name":{"givenName":"Someone","familyName":"Lindqvist"},
			"displayName":"Someone Lindqvist","title":"Head of Logistics","active":true}`, i*7919, i, i, i)
		if out := fast.store.createUser([]byte(body)); out.status != http.StatusCreated {
			t.Fatalf("%d: %s", out.status, out.body)
		}
	}
	for i := range teams {
		members := make([]any, each)
		for j := range members {
			members[j] = map[string]any{"value": string(userKind().appendID(nil, uint32((i*20+j*251)%users)))}
		}
		e := editing{store: &fast.store, members: fast.store.teams[i].members}
		for part := range slices.Chunk(members, 100) {
			if problem := e.apply(operation{Op: "add", Path: "members", Value: part}); problem != nil {
				t.Fatalf("%s", problem.body)
			}
		}
		fast.store.changeGroup(uint32(i), e.members)
	}
	took := heap() - before
	t.Logf("%d MiB for %d users and %d memberships", took>>20, users, teams*each)
	if limit := int64(4<<30) / 50; took > limit {
		t.Errorf("%d users take %d MiB: a million would take more than 4 GiB", users, took>>20)
	}
	if n := len(fast.store.teams[teams-1].members); n != each {
		t.Errorf("the last team has %d members", n)
	}
	runtime.KeepAlive(fast)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
