package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

var update = flag.Bool("update", false, "write the expected texts anew")

// moment is what a golden cannot know.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d|\d\d:\d\d(:\d\d)? \(\d+[smh] ago\)|\b[0-9a-f]{12}\b|\b\d{4} in Writer`)

// TestExplainDemo asks about each kind of person of the demo's company, at the end of
// its story, and about its teams.
func TestExplainDemo(t *testing.T) {
	var story bytes.Buffer
	a := &app{clock: clockwork.NewRealClock(), stdio: stdio{out: &story, err: &story}, output: "text"}
	d, err := a.newDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	d.concurrency = 1 // so that things happen in one order
	if err := d.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, ask := range []struct{ kind, name string }{
		{"a person like most", "gita.ahlberg@example.com"},
		{"in a team through a nested group", "sample/person-021"},
		{"a joiner", "uma.castor@example.com"},
		{"a mover", "bela.ahlberg@example.com"},
		{"a leaver", "cira.ahlberg@example.com"},
		{"with another name and e-mail, and lost with half of the directory", "dario.ahlberg-olin@example.com"},
		{"by the immutable ID", "sample/person-009"},
		{"a team", "Writing"},
		{"a team by the group that feeds it", "engineering"},
	} {
		x, err := d.engine.Explain(t.Context(), ask.name)
		if err != nil {
			t.Errorf("%s: %v", ask.kind, err)
			continue
		}
		fmt.Fprintf(&out, "== %s\n", ask.kind)
		writeExplanation(&out, x)
		fmt.Fprintln(&out)
	}
	if _, err := d.engine.Explain(t.Context(), "nobody@example.com"); err == nil {
		t.Error("somebody is found who does not exist")
	}
	path := filepath.Join("testdata", "explain.golden")
	got := moment.ReplaceAll(out.Bytes(), []byte("#"))
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run `go test ./cmd/writersync -run ExplainDemo -update` (-want +got):\n%s", diff)
	}
}

// TestExplainAccount: what an admin did to an account in Writer is said of it, not what
// the ledger made of it before; and so is that it may go.
func TestExplainAccount(t *testing.T) {
	since := time.Date(2026, 3, 2, 9, 0, 0, 0, time.Local)
	link := &plan.Link{Account: "1004", Standing: plan.Live, Origin: plan.Created}
	held := func(why plan.Why) []syncer.HeldPart { return []syncer.HeldPart{{Held: plan.Held{Why: why}}} }
	for _, tt := range []struct {
		name  string
		facts syncer.PersonFacts
		want  string
	}{
		{"live", syncer.PersonFacts{Link: link, InScope: true}, "1004 in Writer, live, made by us"},
		{"deleted there", syncer.PersonFacts{Link: link, Held: held(plan.WhyAccountMissing)}, "1004 in Writer, deleted there and not by us, made by us"},
		{"deactivated there", syncer.PersonFacts{Link: link, Held: held(plan.WhyDeactivatedThere)}, "1004 in Writer, deactivated there and not by us, made by us"},
		{
			"e-mail not stated any more",
			syncer.PersonFacts{InScope: true, Stated: &connectors.User{Status: connectors.StatusActive}, Link: &plan.Link{
				Account: "1004", Standing: plan.Live, Origin: plan.Created, Applied: map[connectors.Attribute]string{plan.UserName: "ann@example.com"},
			}},
			"1004 in Writer, live, made by us\ne-mail in Writer: ann@example.com; the directory states none any more, and the account keeps it",
		},
		{
			"disabled, and without one",
			syncer.PersonFacts{InScope: true, Stated: &connectors.User{Status: connectors.StatusDisabled}},
			"none in Writer by us: the directory says that the person is disabled",
		},
		{
			"out of scope, and without one",
			syncer.PersonFacts{Stated: &connectors.User{Status: connectors.StatusActive}},
			"none in Writer by us: the person is not in scope",
		},
		{"gone, and without one", syncer.PersonFacts{}, "none in Writer by us: the directory does not state the person any more"},
		{"without one yet", syncer.PersonFacts{InScope: true, Stated: &connectors.User{Status: connectors.StatusActive}}, "none in Writer by us"},
		{
			"out of scope",
			syncer.PersonFacts{Link: link, OutSince: since, Ends: since.Add(time.Hour)},
			"1004 in Writer, live, made by us\nout of scope since 2026-03-02 09:00: after 2026-03-02 10:00 `deprovision` says what becomes of the account, unless the user is in scope again",
		},
		{
			"out of scope, and in a team still",
			syncer.PersonFacts{Link: link, OutSince: since},
			"1004 in Writer, live, made by us\nout of scope since 2026-03-02 09:00: the account ends `people.grace` after its memberships were removed",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Join(accountLines(tt.facts), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExplainClosedGate: while the gate is closed the next pass does nothing, whatever is
// planned.
func TestExplainClosedGate(t *testing.T) {
	create := plan.Op{Kind: plan.CreateUser, Person: connectors.Ref{Source: "corp", ID: "7"}}
	for _, tt := range []struct {
		gate    guard.Gate
		planned []plan.Op
		want    string
	}{
		{guard.GateOpen, nil, "nothing to do, if the directory and Writer stay as they were read"},
		{guard.GateClosed, nil, "the gate is closed: nothing is done for anybody until a plan is approved (see `writersync status`)"},
		{
			guard.GateClosed,
			[]plan.Op{create},
			"the gate is closed: nothing is done for anybody until a plan is approved (see `writersync status`)\nof such a plan, for this person:\n  + create corp/7",
		},
	} {
		got := strings.Join(plannedLines(syncer.PersonFacts{Planned: tt.planned}, tt.gate), "\n")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("gate %s (-want +got):\n%s", tt.gate, diff)
		}
	}
}

// TestExplainReading: after a ring, a record is as old as the ring.
func TestExplainReading(t *testing.T) {
	now := time.Now()
	r := syncer.Record{Ref: connectors.Ref{Source: "corp", ID: "7"}, Read: now.Add(-50 * time.Minute), Followed: now.Add(-10 * time.Minute), Stated: &connectors.User{Status: connectors.StatusActive}}
	if line := recordLine(r, now); !strings.Contains(line, "(50m ago), its changes") || !strings.Contains(line, "(10m ago): active") {
		t.Error(line)
	}
	if r.Followed = now.Add(-time.Hour); strings.Contains(recordLine(r, now), "changes") {
		t.Errorf("changes of before the whole reading: %s", recordLine(r, now))
	}
}
