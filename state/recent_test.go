package state

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/plan"
)

// recentOf returns how many records of recent changes there are, and changes in them.
func recentOf(t *testing.T, db *DB) (records, changes int) {
	t.Helper()
	err := db.view(func(tx *bolt.Tx) error {
		s, _, err := db.codec.openSource(tx, "corp")
		if err != nil {
			return err
		}
		r, err := readRecents(s.recent)
		if err != nil {
			return err
		}
		records, changes = s.recent.Stats().KeyN, r.n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, changes
}

func members(t *testing.T, db *DB, team plan.RemoteID) (out []int) {
	t.Helper()
	in, err := loadAll(db)
	if err != nil {
		t.Fatal(err)
	}
	for _, tm := range in.Teams {
		for _, i := range tm.Had {
			if tm.ID == team {
				out = append(out, int(i))
			}
		}
	}
	return out
}

// TestRecent: what changed of memberships lies apart until it is much, and then in the
// links; a link that is stored for another reason takes its own along.
func TestRecent(t *testing.T) {
	db := openTest(t)
	db.step = 10 * pageSize // ten changes
	users, groups := company(40)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	want := func(when string, records, changes int, of ...int) {
		t.Helper()
		if r, c := recentOf(t, db); r != records || c != changes {
			t.Errorf("%s: %d changes in %d records, want %d in %d", when, c, r, changes, records)
		}
		if got := members(t, db, teamAt(1)); !slices.Equal(got, of) {
			t.Errorf("%s: members %v, want %v", when, got, of)
		}
		if err := db.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	for i := range 12 {
		doAll(t, db, []plan.Op{createAt(i)})
	}
	want("linked", 0, 0)
	doAll(t, db, []plan.Op{memberAt(plan.AddMember, 1, 1), memberAt(plan.AddMember, 2, 1), memberAt(plan.AddMember, 3, 1)})
	want("three join", 1, 3, 1, 2, 3)
	doAll(t, db, []plan.Op{memberAt(plan.RemoveMember, 2, 1), memberAt(plan.AddMember, 2, 2)})
	want("one moves", 2, 5, 1, 3)
	rename := renameAt(3)
	doAll(t, db, []plan.Op{rename})
	want("one is renamed", 3, 6, 1, 3)
	doAll(t, db, []plan.Op{memberAt(plan.RemoveMember, 3, 1), rename, memberAt(plan.AddMember, 4, 1)})
	want("one leaves and is renamed", 4, 9, 1, 4)
	doAll(t, db, []plan.Op{memberAt(plan.ConfirmMember, 5, 1)})
	want("ten", 5, 10, 1, 4, 5)
	doAll(t, db, []plan.Op{memberAt(plan.ConfirmMember, 6, 1)})
	want("one more", 0, 0, 1, 4, 5, 6)
	deactivate := plan.Op{Kind: plan.Deactivate, Person: refAt(4), Account: accountAt(4)}
	doAll(t, db, []plan.Op{deactivate, memberAt(plan.AddMember, 7, 1)})
	want("one is deactivated", 1, 1, 1, 4, 5, 6, 7)
}

// TestBrokenRecent: a change that makes no sense is a broken record, and one of a team
// that never was is found by a check.
func TestBrokenRecent(t *testing.T) {
	number := func(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }
	for name, body := range map[string][]byte{
		"cut short":    {1},
		"no such kind": {1, 7},
		"no person":    number(number(nil, maxNumbers+1), 1<<2|recentJoin),
		"no team":      number(number(nil, 1), (maxNumbers+1)<<2|recentJoin),
		"overlong":     slices.Repeat([]byte{0xff}, 11),
	} {
		r := recents{of: map[uint32][]uint32{}}
		if err := r.read(body); !errors.Is(err, errRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	db := settledCompany(t, 20)
	err := db.update(func(tx *bolt.Tx) error {
		s, err := db.codec.makeSource(tx, "corp")
		if err != nil {
			return err
		}
		return putBody(s.recent, sequenceKey(100), binary.AppendUvarint([]byte{1}, 99<<2|recentJoin))
	})
	if err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if err := db.Check(t.Context()); !errors.As(err, &corrupt) {
		t.Errorf("a team that never was: %v", err)
	}
	if _, err := loadAll(db); !errors.As(err, &corrupt) {
		t.Errorf("loaded: %v", err)
	}
}
