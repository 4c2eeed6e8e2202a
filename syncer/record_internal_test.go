package syncer

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// TestRunRecord takes a run with something in every field through its record.
func TestRunRecord(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	op := plan.Op{Kind: plan.CreateUser, Person: connectors.Ref{Source: "corp", ID: "ann"}, Login: "ann@example.com"}
	run := Run{
		ID: "run-1", Trigger: "schedule", DryRun: true, Started: at, Ended: at.Add(time.Second), Result: ResultHeld, Error: "an error",
		Sources:  []SourceRun{{"corp", true, true, 3, "not read", time.Second, connectors.Size{Users: 1, Groups: 2, Memberships: 3}, 4, 5}},
		Counts:   []Count{{plan.CreateUser, 1, 2, 3, 4, 5}},
		Held:     []plan.Held{{Why: plan.WhyNoEmail, Text: "text", Exit: plan.Fix, WayOut: "next step", Ops: []plan.Op{op}}},
		Warnings: []plan.Warning{{Code: "team-missing", Text: "text"}}, Failures: []apply.Failure{{Op: op, Class: connectors.Conflict, Text: "taken"}},
		Requests: Requests{Reads: 1, Writes: 2, Pace: 3.5}, Verified: true, Base: "b1", More: true, Untold: true,
	}
	record, holds := run.stored()
	back, err := runOf(record)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range holds {
		held, err := plan.HeldOf(h)
		if err != nil {
			t.Fatal(err)
		}
		back.Held = append(back.Held, held)
	}
	if diff := cmp.Diff(run, back); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, result := range Results() {
		record, _ := Run{Result: result}.stored()
		if back, err := runOf(record); err != nil || back.Result != result {
			t.Errorf("result %s: %s, %v", result, back.Result, err)
		}
	}
}

// TestStoredWords: every word that is stored has a number.
func TestStoredWords(t *testing.T) {
	for _, why := range guard.Whys() {
		has(t, store.Why(0), string(why))
	}
	for _, class := range []connectors.Class{
		connectors.Transient, connectors.Throttled, connectors.Rejected, connectors.Conflict, connectors.NotFound, connectors.Denied, connectors.Unknown, connectors.Corrupt,
	} {
		has(t, store.Class(0), string(class))
	}
	for _, result := range []apply.Result{apply.Done, apply.Failed, apply.Skipped} {
		has(t, store.Done(0), string(result))
	}
	has(t, store.Object(0), string(connectors.UserObject), string(connectors.GroupObject))
	has(t, store.Origin(0), string(plan.Created), string(plan.Adopted))
	has(t, store.Standing(0), string(plan.None), string(plan.Live), string(plan.Inactive), string(plan.Deleted))
	has(t, store.Status(0), string(connectors.StatusUnknown), string(connectors.StatusActive), string(connectors.StatusDisabled))
}

func has[E interface {
	Of(word string) (E, bool)
	String() string
}](t *testing.T, e E, words ...string) {
	t.Helper()
	for _, word := range words {
		if n, ok := e.Of(word); !ok || n.String() != word {
			t.Errorf("%q has no number", word)
		}
	}
}
