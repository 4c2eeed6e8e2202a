package state

import (
	"fmt"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// audited returns how many events and bytes the audit holds, as they are stored, and
// sees that the numbers in the file agree with that.
func audited(t *testing.T, db *DB) (events int, bytes uint64) {
	t.Helper()
	err := db.view(func(tx *bolt.Tx) error {
		bytes = countAudit(tx)
		return tx.Bucket([]byte(bucketAudit)).ForEach(func(key, value []byte) error {
			part, err := db.codec.readEvents(key, value)
			events += len(part)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return events, bytes
}

// failRenames settles n renames in one step, as failed: such events have a text.
func failRenames(t *testing.T, db *DB, n int, text string) {
	t.Helper()
	ops, out := make([]plan.Op, n), make([]apply.Outcome, n)
	for i := range ops {
		ops[i], out[i] = renameAt(i), apply.Outcome{Result: apply.Failed, Text: fmt.Sprint(text, i)}
	}
	closeAll(t, db, ops, out)
}

// TestAuditIsBounded: whatever comes first, so many events or so many bytes; what was
// done last is there.
func TestAuditIsBounded(t *testing.T) {
	tests := map[string]struct {
		kept   auditLimit
		steps  int
		in     int // events a step
		length int // of their texts
		least  int // events that are left
	}{
		"events, one at a time":     {auditLimit{100, 1 << 30}, 150, 1, 10, 99},
		"events, some at a time":    {auditLimit{1000, 1 << 30}, 30, 50, 10, 958}, // in parts of 32 and 18
		"bytes, one at a time":      {auditLimit{1 << 30, 10 << 10}, 100, 1, 40, 30},
		"bytes, some at a time":     {auditLimit{1 << 30, 10 << 10}, 30, 50, 40, 100},
		"one that is large":         {auditLimit{1 << 30, 20 << 10}, 20, 1, 3000, 2},
		"one that is more than all": {auditLimit{1 << 30, 1 << 10}, 3, 1, 3000, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			db.kept = tt.kept
			users, groups := company(200)
			if err := readInto(db, users, groups); err != nil {
				t.Fatal(err)
			}
			events := 0
			for step := range tt.steps {
				failRenames(t, db, tt.in, noise(step, tt.length))
				var bytes uint64
				if events, bytes = audited(t, db); uint64(events) > tt.kept.events || bytes > tt.kept.bytes {
					t.Fatalf("after %d steps there are %d events of %d bytes", step+1, events, bytes)
				}
			}
			if all := tt.steps * tt.in; events < tt.least || events == all {
				t.Errorf("%d of %d events are left, want at least %d, and not all", events, all, tt.least)
			}
			if events == 0 {
				return
			}
			last := newest(t, db, 1)
			if len(last) != 1 || last[0].Text != fmt.Sprint(noise(tt.steps-1, tt.length), tt.in-1) {
				t.Errorf("the newest is %v", last)
			}
		})
	}
}

// noise is text that does not pack well.
func noise(seed, length int) string {
	var b strings.Builder
	for x := uint32(seed + 1); b.Len() < length; { //nolint:gosec // a seed
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "%x", x)
	}
	return b.String()
}

// TestAuditOfSchema2: events that were stored each by itself, the oldest of them dropped
// already, come into parts, keep their numbers, and count and go like others.
func TestAuditOfSchema2(t *testing.T) {
	db := openTest(t)
	users, groups := company(200)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	err := db.update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketAudit))
		for n := range uint64(90) {
			e := event2{Kind: "create-user", Result: "done", Text: fmt.Sprint("old ", n)}
			if err := db.codec.put(b, sequenceKey(n+11), e); err != nil {
				return err
			}
		}
		if err := b.SetSequence(100); err != nil {
			return err
		}
		return convertAudit(tx, db.codec)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.view(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketAudit))
		first, _ := b.Cursor().First()
		if firstEvent(first) != 11 || b.Sequence() != 100 || b.Stats().KeyN != 3 {
			t.Errorf("%d records, of events %d to %d", b.Stats().KeyN, firstEvent(first), b.Sequence())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db.kept = auditLimit{events: 100, bytes: 1 << 30}
	failRenames(t, db, 9, "new ")
	if events, _ := audited(t, db); events != 99 {
		t.Errorf("%d events, want 99", events)
	}
	failRenames(t, db, 9, "newer ")
	if events, _ := audited(t, db); events != 76 {
		t.Errorf("%d events, want 76: the oldest part went", events)
	}
	all := newest(t, db, 1000)
	if all[0].Text != "newer 8" || all[9].Text != "new 8" || all[18].Text != "old 89" || all[75].Text != "old 32" {
		t.Errorf("%d events, from %q to %q", len(all), all[0].Text, all[len(all)-1].Text)
	}
	db.kept.bytes = 4 << 10
	failRenames(t, db, 1, "newest ")
	if _, bytes := audited(t, db); bytes > 4<<10 {
		t.Errorf("%d bytes are kept", bytes)
	}
}

// newest returns the last n events, newest first.
func newest(t *testing.T, db *DB, n int) (events []store.Event) {
	t.Helper()
	err := db.View(t.Context(), func(tx syncer.Reader) (err error) {
		events, err = tx.Events(n, func(store.Event) bool { return true })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestCheckOfAudit: an audit that lost a record, or does not know its size, is found.
func TestCheckOfAudit(t *testing.T) {
	for name, harm := range map[string]func(b *bolt.Bucket, tx *bolt.Tx) error{
		"a record is gone": func(b *bolt.Bucket, tx *bolt.Tx) error {
			key, _ := b.Cursor().Seek(sequenceKey(33))
			if err := b.Delete(key); err != nil {
				return err
			}
			return putAuditSize(tx, countAudit(tx))
		},
		"the size is wrong":       func(_ *bolt.Bucket, tx *bolt.Tx) error { return putAuditSize(tx, countAudit(tx)+1) },
		"the key is of no events": func(b *bolt.Bucket, _ *bolt.Tx) error { return b.Put([]byte("key"), seal([]byte("key"), nil)) },
	} {
		db := openTest(t)
		users, groups := company(200)
		if err := readInto(db, users, groups); err != nil {
			t.Fatal(err)
		}
		failRenames(t, db, 100, "")
		if err := db.Check(t.Context()); err != nil {
			t.Fatalf("%s, before: %v", name, err)
		}
		if err := db.update(func(tx *bolt.Tx) error { return harm(tx.Bucket([]byte(bucketAudit)), tx) }); err != nil {
			t.Fatal(err)
		}
		if err := db.Check(t.Context()); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
