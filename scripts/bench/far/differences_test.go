package far_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"writersync/scripts/bench/company"
	"writersync/scripts/bench/far"
	"writersync/scripts/bench/target"
)

// TestMain makes the test binary the target that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == far.Verb {
		if err := far.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestDifferences pushes a company by hand, and then breaks it in every way that the
// comparison is to see.
func TestDifferences(t *testing.T) {
	size, err := company.SizeOf(60)
	if err != nil {
		t.Fatal(err)
	}
	c := company.New(size, 1)
	c.Users[5].Disabled = true
	want := c.Wanted()
	p := newPusher(t, want)
	for _, u := range want.Users {
		p.create(u)
	}
	p.patch("/Users/"+p.ids[5], `{"op":"replace","path":"active","value":false}`)
	for i, team := range want.Teams {
		for _, n := range append(team.Members, 5) { // an inactive member counts for nothing
			p.member("add", i, n)
		}
	}
	if err := far.Differences(t.Context(), p.far, want); err != nil {
		t.Fatalf("what was pushed: %v", err)
	}
	member, ids := want.Teams[0].Members[0], p.ids
	breaks := map[string][2]func(){
		"is called": {
			func() { p.patch("/Users/"+ids[7], `{"op":"replace","path":"displayName","value":"Another"}`) },
			func() {
				p.patch("/Users/"+ids[7], fmt.Sprintf(`{"op":"replace","path":"displayName","value":%q}`, want.Users[7].DisplayName()))
			},
		},
		"has no active account": {
			func() { p.patch("/Users/"+ids[8], `{"op":"replace","path":"active","value":false}`) },
			func() { p.patch("/Users/"+ids[8], `{"op":"replace","path":"active","value":true}`) },
		},
		"is disabled": {
			func() { p.patch("/Users/"+ids[5], `{"op":"replace","path":"active","value":true}`) },
			func() { p.patch("/Users/"+ids[5], `{"op":"replace","path":"active","value":false}`) },
		},
		"has 29 active members": {
			func() { p.member("remove", 0, member) },
			func() { p.member("add", 0, member) },
		},
		"belongs to no user": {
			func() { p.send(http.MethodPost, "/Users", `{"userName":"stranger@example.com"}`) },
			func() { p.patch("/Users/"+p.last, `{"op":"replace","path":"active","value":false}`) },
		},
	}
	for text, b := range breaks {
		b[0]()
		if err := far.Differences(t.Context(), p.far, want); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("want %q, got %v", text, err)
		}
		b[1]()
		if err := far.Differences(t.Context(), p.far, want); err != nil {
			t.Fatalf("%q was put right: %v", text, err)
		}
	}
	more := want
	more.Teams = append(more.Teams, company.Team{Name: "another"})
	if err := far.Differences(t.Context(), p.far, more); err == nil || !strings.Contains(err.Error(), "there is no team") {
		t.Errorf("a team that is missing: %v", err)
	}
	less := want
	less.Teams = less.Teams[1:]
	if err := far.Differences(t.Context(), p.far, less); err == nil || !strings.Contains(err.Error(), "no group's") {
		t.Errorf("a team too many: %v", err)
	}
}

// pusher makes requests by hand.
type pusher struct {
	t     *testing.T
	far   *far.Target
	ids   map[int32]string
	teams []string // ids
	last  string   // the id in the last answer
}

func newPusher(t *testing.T, want company.Wanted) *pusher {
	t.Helper()
	var names []string
	for _, team := range want.Teams {
		names = append(names, team.Name)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := far.Start(context.WithoutCancel(t.Context()), self, names) // it is ended when the test is over
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &pusher{t: t, far: f, ids: map[int32]string{}}
	var listed struct{ Resources []struct{ ID string } }
	if err := json.Unmarshal(p.send(http.MethodGet, "/Groups", ""), &listed); err != nil {
		t.Fatal(err)
	}
	for _, r := range listed.Resources {
		p.teams = append(p.teams, r.ID)
	}
	return p
}

func (p *pusher) send(method, path, body string) []byte {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.far.URL()+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.far.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var raw json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&raw); err != nil || resp.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %s %v %s", method, path, resp.Status, err, raw)
	}
	var made struct{ ID string }
	if err := json.Unmarshal(raw, &made); err != nil {
		p.t.Fatal(err)
	}
	p.last = made.ID
	return raw
}

func (p *pusher) create(u company.User) {
	p.t.Helper()
	p.send(http.MethodPost, "/Users", fmt.Sprintf(`{"userName":%q,"displayName":%q,"active":true}`, u.Email(), u.DisplayName()))
	p.ids[u.Number] = p.last
}

func (p *pusher) patch(path, operation string) {
	p.t.Helper()
	p.send(http.MethodPatch, path, `{"Operations":[`+operation+`]}`)
}

func (p *pusher) member(op string, team int, n int32) {
	p.t.Helper()
	if op == "add" {
		p.patch("/Groups/"+p.teams[team], fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, p.ids[n]))
		return
	}
	p.patch("/Groups/"+p.teams[team], fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, p.ids[n]))
}

// TestTargetOfItsOwn starts a target as a process, uses its controls, and ends it.
func TestTargetOfItsOwn(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := far.Start(t.Context(), self, []string{"Engineering"})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set(t.Context(), target.Mode{Limit: target.Limit{Kind: "leaky"}}); err == nil {
		t.Error("a mode that makes no sense was taken")
	}
	before, err := f.Counts(t.Context())
	if err != nil || before.Received != 0 {
		t.Errorf("before anything was asked: %+v, %v", before, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL()+"/Groups", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: %s", resp.Status)
	}
	after, err := f.Counts(t.Context())
	if err != nil || after.Received < 50 || after.Received > 500 {
		t.Errorf("after one request without a body: %+v, %v", after, err)
	}
	over := make(chan struct{})
	close(over)
	if err := f.Until(t.Context(), over, func(target.Counts) bool { return false }); err == nil {
		t.Error("it was waited for what cannot come")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Counts(context.WithoutCancel(t.Context())); err == nil {
		t.Error("a target that was ended answers")
	}
}
