package guard_test

import (
	"fmt"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// situation is what is known of ann, who has an account, and of her source.
type situation struct {
	user      *connectors.User // what the source states; nil: nothing
	missing   time.Duration    // since then she is not listed
	file      time.Duration    // the source is a file, in this version since then
	proof     *guard.Proof     // nil: nobody looked
	proves    bool             // the source can be asked about single people
	grouped   bool             // a mapped group holds her
	outFor    time.Duration    // no mapped group holds her since then
	gate      guard.Gate
	protected bool
	unlinked  bool // the account is not ours
}

func annStated(status connectors.Status) *connectors.User {
	return &connectors.User{ID: "ann", Email: mail("ann"), Status: status, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "Ann"}}
}

// decide plans and screens for ann and nine colleagues of hers, who stay.
func decide(t *testing.T, s situation, complete bool) (goes bool, held []plan.Why) {
	t.Helper()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	source := plan.Source{Name: "corp", Proves: s.proves, At: now}
	if s.file > 0 {
		source.Files = [2]time.Time{now.Add(-s.file), now.Add(-s.file)}
	}
	if complete {
		source.Read = plan.InFull
	}
	in := plan.Input{
		Now:     now,
		Policy:  plan.Policy{Deprovision: plan.DeprovisionDeactivate, Grace: time.Hour, Rules: []plan.Rule{{Group: "all", Team: "All"}}},
		Sources: []plan.Source{source},
		Teams:   []plan.Team{{ID: "t", Name: "All"}},
		Feeds:   []plan.Feed{{Group: ref("g"), Team: "t", Rule: "all => All"}},
		Groups:  []plan.Group{{Ref: ref("g"), Name: "all"}},
	}
	ann := plan.Person{Ref: ref("ann"), User: s.user}
	if s.user == nil {
		ann.Gone = now.Add(-s.missing)
	}
	if !s.unlinked {
		ann.Account, ann.Standing = "a-ann", plan.Live
		ann.Link = &plan.Link{Person: ann.Ref, Account: "a-ann", Standing: plan.Live, Origin: plan.Created, Applied: map[connectors.Attribute]string{
			plan.UserName: mail("ann"), connectors.DisplayName: "Ann",
		}}
		if s.outFor > 0 {
			ann.Link.OutSince = now.Add(-s.outFor)
		}
	}
	in.People = []plan.Person{ann}
	if s.grouped {
		in.Groups[0].Members = []uint32{0}
		in.Teams[0].Had = []uint32{0}
	}
	for i := range 9 {
		id := fmt.Sprintf("col%d", i)
		in.People = append(in.People, plan.Person{Ref: ref(id), Account: plan.RemoteID("a-" + id), Standing: plan.Live, Settled: true})
		in.Groups[0].Members = append(in.Groups[0].Members, uint32(i+1)) //nolint:gosec // small
		in.Teams[0].Had = append(in.Teams[0].Had, uint32(i+1))           //nolint:gosec // small
	}
	p, _ := plan.Diff(in)
	ev := calm()
	ev.Sources[0].Proves = s.proves
	ev.TeamSize["t"] = 10
	if s.gate != "" {
		ev.Gate = s.gate
	}
	if s.protected {
		ev.Protected.Emails = map[string]bool{mail("ann"): true}
	}
	if s.proof != nil {
		ev.Proofs[claim("ann")] = *s.proof
	}
	p = screen(p, ev)
	for _, op := range p.Ops {
		goes = goes || op.Kind.RemovesPerson()
	}
	for _, h := range p.Held {
		held = append(held, h.Why)
	}
	return goes, held
}

// TestDecisionTable holds every cell of the removal decision table: whether ann
// loses her account, by the evidence, with a reading that was whole and without.
func TestDecisionTable(t *testing.T) {
	gone := &guard.Proof{Presence: connectors.Absent, Controls: 5}
	tests := []struct {
		evidence   string
		s          situation
		complete   bool   // she loses the account if the reading was whole
		why        string // else: the reason, if ops are held for one
		incomplete bool   // she loses it if it was not
	}{
		{"disabled, read by immutable ID", situation{user: annStated(connectors.StatusDisabled), proves: true, grouped: true}, true, "", false},
		{"absent, not found while others are", situation{proves: true, proof: gone}, true, "", false},
		{"absent, not found, and a control fails", situation{proves: true, proof: &guard.Proof{Presence: connectors.Undecided, Controls: 5}}, false, "unproven", false},
		{"absent, but there when asked for", situation{proves: true, proof: &guard.Proof{Presence: connectors.Present, Controls: 5}}, false, "", false},
		{"absent, and the look-up fails", situation{proves: true, proof: &guard.Proof{Presence: connectors.Undecided, Error: "forbidden"}}, false, "unproven", false},
		{"absent, and not looked up", situation{proves: true}, false, "unproven", false},
		{"absent for long, and still unproven", situation{missing: 9 * time.Hour, proves: true}, false, "unproven", false},
		{"absent, from a source that cannot be asked", situation{}, false, "first-sighting", false},
		{"absent for less than an hour, from a source that cannot be asked", situation{missing: 59 * time.Minute}, false, "first-sighting", false},
		{"absent for an hour, from a source that cannot be asked", situation{missing: time.Hour}, true, "", false},
		{"absent from a file", situation{missing: time.Hour, file: 2 * time.Hour}, false, "first-sighting", false},
		{"absent from a file that was first read now and then", situation{missing: 2 * time.Hour, file: 2 * time.Hour}, false, "first-sighting", false},
		{"absent from a newer file too", situation{missing: 2 * time.Minute, file: time.Minute}, true, "", false},
		{"absent from a file for less than a day", situation{missing: 24*time.Hour - time.Minute, file: 48 * time.Hour}, false, "first-sighting", false},
		{"absent from a file for a day", situation{missing: 24 * time.Hour, file: 48 * time.Hour}, true, "", false},
		{"out of scope after our own change", situation{user: annStated(connectors.StatusActive), proves: true, outFor: time.Hour, gate: guard.GateClosed}, false, "gate", false},
		{"out of scope, first seen", situation{user: annStated(connectors.StatusActive), proves: true}, false, "", false},
		{"out of scope for less than an hour", situation{user: annStated(connectors.StatusActive), proves: true, outFor: 59 * time.Minute}, false, "", false},
		{"out of scope for an hour", situation{user: annStated(connectors.StatusActive), proves: true, outFor: time.Hour}, true, "", false},
		{"in scope", situation{user: annStated(connectors.StatusActive), proves: true, grouped: true}, false, "", false},
		{"an unknown status", situation{user: annStated(connectors.StatusUnknown), proves: true, grouped: true}, false, "status-unknown", false},
		{"disabled, and protected", situation{user: annStated(connectors.StatusDisabled), proves: true, protected: true}, false, "protected", false},
		{"disabled, and not ours", situation{user: annStated(connectors.StatusDisabled), proves: true, unlinked: true}, false, "", false},
		{"absent, and not ours", situation{proves: true, proof: gone, unlinked: true}, false, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.evidence, func(t *testing.T) {
			goes, held := decide(t, tt.s, true)
			if goes != tt.complete {
				t.Errorf("with a whole reading she loses the account: %t, want %t (held: %v)", goes, tt.complete, held)
			}
			if reason := fmt.Sprint(held); tt.why != "" && reason != "["+tt.why+"]" {
				t.Errorf("held for %s, want %s", reason, tt.why)
			}
			if goes, held := decide(t, tt.s, false); goes != tt.incomplete {
				t.Errorf("without one she loses the account: %t, want %t (held: %v)", goes, tt.incomplete, held)
			}
		})
	}
}
