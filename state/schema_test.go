package state_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// older unpacks a file that an earlier version wrote.
func older(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	must(t, err)
	defer func() { must(t, f.Close()) }()
	r, err := gzip.NewReader(f)
	must(t, err)
	data, err := io.ReadAll(r)
	must(t, err)
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

// TestFromSchema2 opens a file of schema 2 that has a record of every kind: all of it is
// there, and a copy from before is kept. A step of a few records is as good as a large one.
func TestFromSchema2(t *testing.T) {
	for _, step := range []int{0, 1} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			path := older(t, "schema-2.db.gz")
			db := openWith(t, path, state.Options{Step: step, Now: statetest.NewClock().Now})
			must(t, db.Check(t.Context()))
			must(t, state.Check(t.Context(), path+".schema-2"))
			must(t, db.View(t.Context(), func(tx syncer.Reader) error {
				return errors.Join(peopleOf2(t, tx), recordsOf2(t, tx), decisionsOf2(t, tx))
			}))
			open, err := db.Unsettled(t.Context())
			must(t, err)
			if len(open) != 1 || len(open[0].Ops) != 2 || open[0].Ops[0].Kind != plan.AddMember || open[0].Ops[1].Reason.Claims[0].Ref != statetest.Ref("cid") {
				t.Errorf("open intents: %+v", open)
			}
			done := apply.Settled{Intent: open[0], Outcomes: []apply.Outcome{statetest.DoneOf(open[0].Ops[0]), statetest.DoneOf(open[0].Ops[1])}}
			_, err = db.Advance(t.Context(), []apply.Settled{done}, nil)
			must(t, err)
			// The second op is the one that was approved: it was let through.
			must(t, db.View(t.Context(), func(tx syncer.Reader) error {
				approvals, err := tx.Approvals(statetest.Start().Add(time.Hour))
				if len(approvals) != 1 || approvals[0].Left != 0 {
					t.Errorf("approved still: %+v", approvals)
				}
				return err
			}))
			must(t, db.Check(t.Context()))
		})
	}
}

func peopleOf2(t *testing.T, tx syncer.Reader) error {
	in, err := tx.Load()
	if err != nil {
		return err
	}
	all := make([]uint32, len(in.People))
	for i := range all {
		all[i] = uint32(i)
	}
	if err := tx.Fill(&in, all); err != nil {
		return err
	}
	var got []string
	for _, p := range in.People {
		line := fmt.Sprintf("%s %s", p.Ref, p.Standing)
		if !p.Gone.IsZero() {
			line += " gone since " + p.Gone.UTC().Format(time.RFC3339)
		}
		if p.User != nil {
			line += fmt.Sprintf(", %s %q", p.User.Email, p.User.Status)
		}
		if p.Link != nil {
			line += fmt.Sprintf(", %s %s", p.Link.Account, p.Link.Origin)
		}
		got = append(got, line)
	}
	for _, team := range in.Teams {
		got = append(got, fmt.Sprintf("team %s %s had %v, of inactive accounts %v", team.ID, team.Name, team.Had, team.Dormant))
	}
	for _, feed := range in.Feeds {
		got = append(got, fmt.Sprintf("feed %s %s %s", feed.Group, feed.Team, feed.Rule))
	}
	for user, is := range in.Joins {
		got = append(got, fmt.Sprintf("%s is %s", user, is))
	}
	for _, i := range in.Imported {
		got = append(got, fmt.Sprintf("imported %s %s of %s %s", i.Kind, i.Ref, i.From, i.Name))
	}
	for _, r := range in.Retries {
		got = append(got, fmt.Sprintf("retry %q %d %s %s %s", r.Key, r.Attempts, r.Class, r.Text, r.Account))
	}
	golden(t, "people", got)
	return nil
}

func recordsOf2(t *testing.T, tx syncer.Reader) error {
	runs, err := tx.Runs(9)
	if err != nil {
		return err
	}
	events, err := tx.Events(99, func(store.Event) bool { return true })
	if err != nil {
		return err
	}
	removals, err := tx.Removals(time.Time{})
	if err != nil {
		return err
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprintf("%+v", r))
	}
	for _, e := range events {
		got = append(got, fmt.Sprintf("%+v", e))
	}
	for _, r := range removals {
		got = append(got, fmt.Sprintf("%+v", r))
	}
	golden(t, "records", got)
	return nil
}

func decisionsOf2(t *testing.T, tx syncer.Reader) error {
	control, err := tx.Control()
	if err != nil {
		return err
	}
	held, err := tx.Holds()
	if err != nil {
		return err
	}
	approvals, err := tx.Approvals(statetest.Start().Add(time.Hour))
	if err != nil {
		return err
	}
	open, err := tx.Approved(statetest.Start().Add(time.Hour))
	if err != nil {
		return err
	}
	sources, err := tx.Sources()
	if err != nil {
		return err
	}
	golden(t, "decisions", []string{
		fmt.Sprintf("%+v", control), fmt.Sprintf("%+v", held), fmt.Sprintf("%+v", approvals), fmt.Sprint(len(open)), fmt.Sprintf("%+v", sources),
	})
	back, err := plan.HeldOf(held[0])
	if err != nil || back.Hash() != plan.Hash(approvals[0].Hold) || !open[string(back.Ops[0].Hash())] {
		t.Errorf("the approval is not of the hold: %v, %v", err, approvals)
	}
	return nil
}

// golden compares lines with those of a file.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "schema-2."+name+".golden")
	if os.Getenv("UPDATE") != "" {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// brokenOlder is a file of an older schema with one record whose checksum differs, in a
// bucket, which may be one in others.
func brokenOlder(t *testing.T, file string, bucket ...string) string {
	t.Helper()
	path := older(t, file)
	b, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, b.Update(func(tx *bolt.Tx) error {
		in := tx.Bucket([]byte(bucket[0]))
		for _, name := range bucket[1:] {
			in = in.Bucket([]byte(name))
		}
		key, value := in.Cursor().First()
		value = append([]byte{}, value...)
		value[len(value)-1] ^= 1
		return in.Put(key, value)
	}))
	must(t, b.Close())
	return path
}

// TestOlderWithABrokenRecord: "It was left as it is" is what CorruptError says, and what
// Open promises. The program from before could go on with such a file.
func TestOlderWithABrokenRecord(t *testing.T) {
	for bucket, path := range map[string]string{
		"audit": brokenOlder(t, "schema-2.db.gz", "audit"), "removals": brokenOlder(t, "schema-2.db.gz", "removals"), "runs": brokenOlder(t, "schema-2.db.gz", "runs"),
		"groups": brokenOlder(t, "schema-3.db.gz", "sources", "corp", "groups-0"), "people": brokenOlder(t, "schema-3.db.gz", "sources", "corp", "people-0"),
		"heads": brokenOlder(t, "schema-3.db.gz", "heads"), "groups of schema 2": brokenOlder(t, "schema-2.db.gz", "sources", "corp", "groups-0"),
	} {
		before, err := os.ReadFile(path)
		must(t, err)
		if err := state.Check(t.Context(), path); err == nil {
			t.Errorf("%s: Check, before: a record is broken, and it finds nothing", bucket)
		}
		db, err := state.Open(t.Context(), path, state.Options{})
		if err == nil {
			must(t, db.Close())
			t.Errorf("%s: opened", bucket)
			continue
		}
		after, rerr := os.ReadFile(path)
		must(t, rerr)
		if strings.Contains(err.Error(), "It was left as it is") && string(before) != string(after) {
			t.Errorf("%s: the file was changed, half migrated, and the error says: %v", bucket, err)
		}
		if err := state.Check(t.Context(), path); err == nil {
			t.Errorf("%s: Check, after: the file cannot be opened, and it finds nothing", bucket)
		}
	}
}

// TestKilledCopyIsRemoved: what a killed migration left of its copy is removed.
func TestKilledCopyIsRemoved(t *testing.T) {
	path := older(t, "schema-2.db.gz")
	left := path + ".schema-2.unfinished-123" // what a kill leaves; as large as the state
	must(t, os.WriteFile(left, []byte("half a copy"), 0o600))
	db, err := state.Open(t.Context(), path, state.Options{})
	must(t, err)
	must(t, db.Close())
	if _, err := os.Lstat(left); err == nil {
		t.Errorf("%s stays for good", left)
	}
}

// TestRestoreKeepsTheCopyFromBeforeAMigration restores a backup of an older schema, which
// is migrated then: the copy that an earlier migration kept is the only way back to the
// program from before, and is not replaced by one of that backup.
func TestRestoreKeepsTheCopyFromBeforeAMigration(t *testing.T) {
	path, older2 := older(t, "schema-2.db.gz"), older(t, "schema-2.db.gz")
	db, err := state.Open(t.Context(), path, state.Options{})
	must(t, err)
	must(t, db.Close())
	copied, err := os.ReadFile(path + ".schema-2")
	must(t, err)
	b, err := bolt.Open(older2, 0o600, nil) // a backup of another day
	must(t, err)
	must(t, b.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte("joins")) }))
	must(t, b.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("joins")); return err }))
	must(t, b.Close())
	_, err = state.Restore(t.Context(), older2, path, time.Now())
	must(t, err)
	now, err := os.ReadFile(path + ".schema-2")
	must(t, err)
	if string(now) != string(copied) {
		t.Error("the copy from before the migration was replaced by the backup that was restored")
	}
}
