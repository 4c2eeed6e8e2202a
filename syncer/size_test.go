package syncer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// TestSmallCompany: a company of a thousand, with ten memberships for each person, that
// was read, approved and pushed has a small state.
func TestSmallCompany(t *testing.T) {
	const people, groups, most = 1000, 50, 4 << 20
	var teams []string
	for i := range groups {
		teams = append(teams, fmt.Sprintf("group %05d", i))
	}
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	writer := applytest.New(teams...)
	s := syncer.New(syncer.Options{
		Sources: []syncer.Source{{Name: "crowd", Connector: crowd(people)}}, Store: store, Target: writer,
		Policy:    plan.Policy{Everyone: true, Rules: []plan.Rule{{Group: "group *", Team: "{name}"}}, Deprovision: plan.DeprovisionDeactivate},
		Protected: guard.Protected{Listed: true}, Base: "crowd", Concurrency: 8, Now: time.Now,
	})
	size := func(when string) {
		t.Helper()
		info, err := os.Stat(store.Path())
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d KiB", when, info.Size()>>10)
		if info.Size() > most {
			t.Errorf("%s, the state of %d people takes %d bytes, want at most %d", when, people, info.Size(), most)
		}
	}
	pass := func() syncer.Run {
		t.Helper()
		out, err := s.Run(t.Context(), syncer.Request{Trigger: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return out.Run
	}
	for _, h := range pass().Held {
		if _, err := syncer.Approve(t.Context(), store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "test", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	size("read and approved")
	pass()
	size("pushed")
	if last := pass(); last.Result != syncer.ResultDone || len(writer.Accounts()) != people {
		t.Errorf("%s, with %d accounts of %d", last.Result, len(writer.Accounts()), people)
	}
	size("in the end")
}
