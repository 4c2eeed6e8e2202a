package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"writersync/config"
	"writersync/connectors"
	"writersync/connectors/sample"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/writer/sandbox"
)

// sent is a request as Writer got it.
type sent struct {
	method, path, auth string
	body               map[string]any
}

// promised is the demo's company in front of a stand-in Writer that writes down what
// it is sent.
type promised struct {
	t       *testing.T
	company *sample.Company
	writer  *sandbox.Sandbox
	url     string
	store   *state.DB
	policy  plan.Policy
	now     time.Time

	mu   sync.Mutex
	sent []sent
}

func newPromised(t *testing.T) *promised {
	t.Helper()
	p := &promised{
		t: t, company: sample.New(), now: time.Now(),
		policy: plan.Policy{Rules: demoRules(), DefaultTeam: "Everyone", Deprovision: plan.DeprovisionDeactivate},
		writer: sandbox.New(sandbox.Options{Token: testSecret, Teams: demoTeams(), DefaultTeam: "Everyone"}),
	}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.url = server.URL + sandbox.BasePath
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	p.store = store
	return p
}

func (p *promised) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s := sent{method: r.Method, path: strings.TrimPrefix(r.URL.Path, sandbox.BasePath), auth: r.Header.Get("Authorization")}
	_ = json.Unmarshal(body, &s.body) // a GET has none
	p.mu.Lock()
	p.sent = append(p.sent, s)
	p.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.writer.ServeHTTP(w, r)
}

func (p *promised) pass() syncer.Outcome {
	p.t.Helper()
	p.now = p.now.Add(10 * time.Minute)
	cfg := config.Default()
	cfg.Writer.URL, cfg.Writer.Pace = p.url, config.Pace{Start: 60000, Max: 60000}
	cfg.Writer.Token = connectors.NewSecret("test", func(context.Context) (string, error) { return testSecret, nil })
	client, err := dialWriter(cfg, unobserved{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer client.Close()
	out, err := syncer.New(syncer.Options{
		Sources: []syncer.Source{{Name: "sample", Connector: p.company}}, Store: p.store, Target: writerOf(cfg, client), Policy: p.policy,
		Protected: guard.Protected{Listed: true}, Base: "promised", Slice: cfg.Slice, Concurrency: cfg.Writer.Concurrency,
		Now: func() time.Time { return p.now }, Log: slog.New(slog.DiscardHandler),
	}).Run(p.t.Context(), syncer.Request{Trigger: "test"})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// push makes passes until nothing is left to do, with the approvals that a first plan
// asks for.
func (p *promised) push() syncer.Outcome {
	p.t.Helper()
	for range 6 {
		out := p.pass()
		if len(out.Plan.Ops) == 0 && out.Run.Result == syncer.ResultDone {
			return out
		}
		for _, h := range out.Plan.Held {
			if h.Why == guard.WhyGate {
				if _, err := syncer.Approve(p.t.Context(), p.store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "test", At: p.now}); err != nil {
					p.t.Fatal(err)
				}
			}
		}
	}
	return p.pass()
}

// was returns the requests of a method below a path.
func (p *promised) was(method, path string) []sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.sent), func(s sent) bool { return s.method != method || !strings.HasPrefix(s.path, path) })
}

func (p *promised) account(mail string) (sandbox.Account, bool) {
	all := p.writer.State().Accounts
	i := slices.IndexFunc(all, func(a sandbox.Account) bool { return a.Email == mail })
	if i < 0 {
		return sandbox.Account{}, false
	}
	return all[i], true
}

func (p *promised) team(name string) []string {
	all := p.writer.State().Teams
	i := slices.IndexFunc(all, func(t sandbox.Team) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return all[i].Members
}

// TestPush: groups go to teams, and people become their members.
func TestPush(t *testing.T) {
	p := newPromised(t)
	p.push()
	if n := len(p.team("Engineering")); n != 18 {
		t.Errorf("Engineering has %d members, want 18", n)
	}
	if n := len(p.team("Writing")); n != 19 {
		t.Errorf("Writing has %d members, want the 19 of the groups nested in its own", n)
	}
	if n := len(p.writer.State().Accounts); n != 60 {
		t.Errorf("%d accounts, want 60", n)
	}
}

// TestUpdateInPlace: what changes of a person changes in the account they have.
func TestUpdateInPlace(t *testing.T) {
	p := newPromised(t)
	p.push()
	before, _ := p.account("dario.ahlberg@example.com")
	p.company.Rename("dario.ahlberg@example.com", "Ahlberg-Olin")
	p.company.Readdress("dario.ahlberg@example.com", "dario.ahlberg-olin@example.com")
	p.push()
	after, ok := p.account("dario.ahlberg-olin@example.com")
	if !ok || after.ID != before.ID || after.FamilyName != "Ahlberg-Olin" {
		t.Errorf("%+v became %+v", before, after)
	}
}

// TestDeactivateAndReturn: who leaves is deactivated, and who comes back has the same
// account, active, with the teams of now.
func TestDeactivateAndReturn(t *testing.T) {
	p := newPromised(t)
	p.push()
	before, _ := p.account("gita.ahlberg@example.com")
	back := p.company.Suspend("gita.ahlberg@example.com")
	p.push()
	if gone, ok := p.account("gita.ahlberg@example.com"); !ok || gone.Active {
		t.Errorf("who left is %+v", gone)
	}
	back()
	p.push()
	after, ok := p.account("gita.ahlberg@example.com")
	if !ok || !after.Active || after.ID != before.ID || !slices.Contains(p.team("Engineering"), after.Email) {
		t.Errorf("who came back is %+v", after)
	}
	if n := len(p.was(http.MethodDelete, "/")); n > 0 {
		t.Errorf("%d requests deleted something", n)
	}
}

// TestNoPassword: nothing that is sent names a password.
func TestNoPassword(t *testing.T) {
	p := newPromised(t)
	p.push()
	for _, s := range append(p.was(http.MethodPost, "/"), p.was(http.MethodPatch, "/")...) {
		text, err := json.Marshal(s.body)
		if err != nil || strings.Contains(strings.ToLower(string(text)), "password") {
			t.Errorf("%s %s names a password: %v", s.method, s.path, err)
		}
	}
}

// TestTeamsAreLinked: no team is made, deleted or renamed. A mapped team that does not
// exist is named for an admin to create, and linked once it is there.
func TestTeamsAreLinked(t *testing.T) {
	p := newPromised(t)
	p.policy.Rules = append(p.policy.Rules, plan.Rule{Group: "legal", Team: "Counsel"})
	out := p.push()
	if !slices.ContainsFunc(out.Run.Warnings, func(w plan.Warning) bool { return strings.Contains(w.Text, `team "Counsel" does not exist in Writer`) }) {
		t.Errorf("the missing team is not named: %v", out.Run.Warnings)
	}
	p.writer.AddTeam("Counsel")
	p.push()
	if n := len(p.team("Counsel")); n != 3 {
		t.Errorf("Counsel has %d members once it exists, want 3", n)
	}
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPut} {
		if n := len(p.was(method, "/Groups")); n > 0 {
			t.Errorf("%d requests %s a team", n, method)
		}
	}
	for _, s := range p.was(http.MethodPatch, "/Groups") {
		if text, err := json.Marshal(s.body); err != nil || strings.Contains(string(text), "displayName") {
			t.Errorf("a team is renamed: %s %v", text, err)
		}
	}
}

// TestEmailIsTheIdentifier: userName and the one address are the same string, in lower
// case, and an account that is there already is matched by it.
func TestEmailIsTheIdentifier(t *testing.T) {
	p := newPromised(t)
	p.writer.Invite("Ada.Ahlberg@example.com")
	p.push()
	for _, s := range p.was(http.MethodPost, "/Users") {
		mails, _ := s.body["emails"].([]any)
		first, _ := mails[0].(map[string]any)
		if name, _ := s.body["userName"].(string); len(mails) != 1 || first["value"] != name || strings.ToLower(name) != name {
			t.Errorf("userName %v, e-mails %v", s.body["userName"], mails)
		}
	}
	if n := len(p.writer.State().Accounts); n != 60 {
		t.Errorf("%d accounts: the one that was there was not matched", n)
	}
}

// TestBearerToken: every request carries the organization's token, and goes to the one
// endpoint.
func TestBearerToken(t *testing.T) {
	p := newPromised(t)
	p.push()
	for _, s := range p.was(http.MethodGet, "/") {
		if s.auth != "Bearer "+testSecret {
			t.Fatalf("%s %s came with %q", s.method, s.path, s.auth)
		}
	}
	if config.Default().Writer.URL != "https://app.writer.com/api/scim/v2" {
		t.Errorf("the endpoint is %s by default", config.Default().Writer.URL)
	}
}

// TestDefaultTeam: new accounts stay in the team that Writer puts them into, unless a
// rule maps it.
func TestDefaultTeam(t *testing.T) {
	p := newPromised(t)
	p.push()
	p.company.Move("bela.ahlberg@example.com", "sales")
	p.push()
	if n := len(p.team("Everyone")); n != 60 {
		t.Errorf("the default team has %d members, want everybody", n)
	}
}

// TestWholeOrganization: without any group, everybody in the directory is provisioned
// if that is the scope.
func TestWholeOrganization(t *testing.T) {
	p := newPromised(t)
	p.policy.Rules, p.policy.Everyone = nil, true
	p.push()
	if n := len(p.writer.State().Accounts); n != 60 {
		t.Errorf("%d accounts, want 60", n)
	}
}
