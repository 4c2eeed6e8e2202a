package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"writersync/config"
	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/sample"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// odd is a company, a Writer with quirks, and everything between them but the
// clock, which a test turns.
type odd struct {
	t       *testing.T
	now     time.Time
	company *sample.Company
	writer  *sandbox.Server
	store   *state.DB
	policy  plan.Policy
	left    map[string]bool // e-mails of those who left
}

func newOdd(t *testing.T, q sandbox.Quirks) *odd {
	t.Helper()
	writer, err := sandbox.Listen(t.Context(), 0, sandbox.New(sandbox.Options{
		Token: testSecret, Teams: demoTeams(), DefaultTeam: "Everyone", Quirks: q,
	}))
	if err != nil {
		t.Fatal(err)
	}
	o := &odd{
		t: t, now: time.Now(), company: sample.New(), writer: writer, left: map[string]bool{},
		policy: plan.Policy{Rules: demoRules(), DefaultTeam: "Everyone", Deprovision: plan.DeprovisionDeactivate},
	}
	o.store, err = state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: func() time.Time { return o.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
		if err := o.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

const testSecret = "canary-of-the-quirks"

// pass makes a pass, twenty minutes after the one before.
func (o *odd) pass(r syncer.Request) (syncer.Outcome, error) {
	o.t.Helper()
	o.now = o.now.Add(20 * time.Minute)
	cfg := config.Default()
	cfg.Writer.URL, cfg.Writer.Pace = o.writer.URL(), config.Pace{Start: 60000, Max: 60000}
	cfg.Writer.Token = connectors.NewSecret("test", func(context.Context) (string, error) { return testSecret, nil })
	client, err := dialWriter(cfg, unobserved{})
	if err != nil {
		o.t.Fatal(err)
	}
	if r.DryRun {
		client = client.ReadOnly()
	}
	out, err := syncer.New(syncer.Options{
		Sources: []syncer.Source{{Name: "sample", Connector: o.company}}, Store: o.store, Target: writerOf(cfg, client), Policy: o.policy,
		Protected: guard.Protected{Listed: true}, Base: "quirks", Slice: cfg.Slice, Concurrency: cfg.Writer.Concurrency,
		Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler),
	}).Run(o.t.Context(), r)
	return out, err
}

// settle makes passes until one does nothing and leaves nothing to wait for, and
// returns the last. The holds of the given reasons are approved.
func (o *odd) settle(most int, approve ...plan.Why) (passes int, last syncer.Outcome, err error) {
	o.t.Helper()
	for passes = 1; passes <= most; passes++ {
		last, err = o.pass(syncer.Request{Trigger: "test"})
		if err == nil && last.Run.Result == syncer.ResultDone && len(last.Plan.Ops) == 0 {
			return passes, last, nil
		}
		for _, h := range last.Plan.Held {
			if h.Exit == plan.Approve && slices.Contains(approve, h.Why) {
				if _, err := syncer.Approve(o.t.Context(), o.store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "test", At: o.now}); err != nil {
					o.t.Fatal(err)
				}
			}
		}
	}
	return most, last, err
}

// oracle returns the directory, as the connector states it.
func (o *odd) oracle() syncertest.Directory {
	o.t.Helper()
	all := &connectortest.Collect{}
	if _, err := o.company.Read(o.t.Context(), connectors.NewReading("sample", all)); err != nil {
		o.t.Fatal(err)
	}
	d := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	for _, u := range all.Users {
		d.People[u.ID] = syncertest.Person{Email: u.Email, DisplayName: u.Attributes[connectors.DisplayName]}
	}
	names := map[string]string{}
	for _, g := range all.Groups {
		names[g.ID] = g.Name
	}
	for _, g := range all.Groups {
		group := syncertest.Group{Members: g.Members}
		for _, id := range g.Groups {
			group.Nested = append(group.Nested, names[id])
		}
		d.Groups[g.Name] = group
	}
	return d
}

// wrong returns what must not be, whatever the quirk: duplicates and removals of
// people who did not leave.
func (o *odd) wrong() []string {
	duplicates, removals := syncertest.Wrongs(o.writer.Ledger(), o.left)
	return append(duplicates, removals...)
}

func (o *odd) differences() []string {
	rules := map[string]string{}
	for _, r := range o.policy.Rules {
		rules[r.Group] = r.Team
	}
	return syncertest.Differences(o.oracle(), rules, o.writer.State())
}

// live is the life of a company with Writer: a first push; then a joiner, one more
// whom somebody invited by hand, a mover, a leaver, a rename and an e-mail change;
// and in the end a full look at Writer.
func (o *odd) live() (passes int, last syncer.Outcome, err error) {
	o.t.Helper()
	const most = 10
	if passes, last, err = o.settle(most, guard.WhyGate); passes == most {
		return passes, last, err
	}
	o.company.Hire("Uma", "Castor", "engineering")
	o.writer.Invite(o.company.Hire("Vito", "Castor", "design"))
	o.company.Move("bela.ahlberg@example.com", "sales")
	o.company.Leave("cira.ahlberg@example.com")
	o.left["cira.ahlberg@example.com"] = true
	o.company.Rename("dario.ahlberg@example.com", "Ahlberg-Olin")
	o.company.Readdress("edda.ahlberg@example.com", "edda.olin@example.com")
	days, last, err := o.settle(most, guard.WhyDelete)
	if days < most {
		if last, err = o.pass(syncer.Request{Trigger: "test", Verify: true}); err == nil && len(last.Plan.Ops) > 0 {
			err = fmt.Errorf("a full look at Writer finds something to do: %s", last.Plan)
		}
	}
	return passes + days, last, err
}

// said is all that an admin is told of an outcome.
func said(last syncer.Outcome, err error) string {
	var parts []string
	if err != nil {
		parts = append(parts, err.Error())
	}
	for _, h := range last.Plan.Held {
		parts = append(parts, fmt.Sprintf("%s: %s. %s", h.Why, h.Text, h.WayOut))
	}
	for _, f := range last.Run.Failures {
		parts = append(parts, f.Text)
	}
	for _, w := range last.Run.Warnings {
		parts = append(parts, w.Text)
	}
	return strings.Join(parts, " | ")
}

// refusals are the quirks with which there is no living, and the way out that must
// be named.
func refusals() map[string]string {
	return map[string]string{
		"redirect":           "Write the final address in url",
		"token-revoked":      "copy it again from Writer's SCIM settings",
		"no-seats":           "no seat left",
		"unclaimed-domain":   "claim it in Writer's domain settings",
		"deactivate-ignored": "set `deprovision: delete`, or `none`",
		"email-fixed":        "Change the address in Writer's admin panel",
	}
}

// TestQuirks lives with every quirk of the stand-in Writer, one at a time. Nobody
// is created twice or wrongly removed with any of them; all converge but those that
// leave no way, and these name the way out.
func TestQuirks(t *testing.T) {
	type row struct{ quirk, outcome string }
	var mu sync.Mutex
	var rows []row
	t.Run("each", func(t *testing.T) {
		for _, quirk := range append(sandbox.AllQuirks(), sandbox.Quirk{Name: "none", Set: func(*sandbox.Quirks) {}}) {
			t.Run(quirk.Name, func(t *testing.T) {
				t.Parallel()
				var q sandbox.Quirks
				quirk.Set(&q)
				o := newOdd(t, q)
				if q.DeleteGone {
					o.policy.Deprovision = plan.DeprovisionDelete
				}
				passes, last, err := o.live()
				outcome := fmt.Sprintf("converges in %d passes", passes)
				differs, wrong := o.differences(), o.wrong()
				switch way, may := refusals()[quirk.Name]; {
				case len(wrong) > 0:
					t.Errorf("created twice or wrongly removed: %v", wrong)
				case may && !strings.Contains(said(last, err), way):
					t.Errorf("does not name the way out %q: %s", way, said(last, err))
				case may:
					outcome = "refuses: " + said(last, err)
				case err != nil || last.Run.Result != syncer.ResultDone || len(differs) > 0:
					t.Errorf("does not converge: result %s, %s\n%s", last.Run.Result, said(last, err), strings.Join(differs[:min(len(differs), 10)], "\n"))
				}
				if strings.Contains(said(last, err), testSecret) {
					t.Error("the token is shown")
				}
				mu.Lock()
				defer mu.Unlock()
				rows = append(rows, row{quirk.Name, outcome})
			})
		}
	})
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.quirk, b.quirk) })
	for _, r := range rows {
		fmt.Fprintf(tw, "%s\t%.150s\n", r.quirk, r.outcome)
	}
	if err := tw.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("quirk -> outcome\n%s", b.String())
}

// TestHiddenAccount hires somebody whose address an account holds that SCIM does
// not show: the person is held, with the way out, and Writer is not hammered. Once
// the account is gone the person gets one.
func TestHiddenAccount(t *testing.T) {
	for name, q := range map[string]sandbox.Quirks{
		"409": {}, "409 without a type": {ConflictNoType: true}, "400": {ConflictAs400: true}, "500": {ConflictAs500: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOdd(t, q)
			if passes, last, err := o.settle(5, guard.WhyGate); passes == 5 {
				t.Fatalf("no first push: %s", said(last, err))
			}
			mail := o.company.Hire("Uma", "Castor", "engineering")
			o.writer.Invite(mail)
			o.writer.Hide(mail)
			before := o.writer.Counts().ByMethod["POST"]
			_, last, err := o.settle(12)
			if creates := o.writer.Counts().ByMethod["POST"] - before; creates == 0 || creates > 9 {
				t.Errorf("%d attempts to create in four hours", creates)
			}
			if what := said(last, err); !strings.Contains(what, "hidden-account") && !strings.Contains(what, "backoff") && !strings.Contains(what, "no account shows") {
				t.Errorf("nothing says why the person waits: %q", what)
			}
			o.writer.Delete(mail)
			o.now = o.now.Add(6 * time.Hour)
			if passes, last, err := o.settle(5); passes == 5 || len(o.differences()) > 0 {
				t.Errorf("after the account is gone: %s\n%v", said(last, err), o.differences())
			}
		})
	}
}
