package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func openTest(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// written returns how many bytes of pages do commits, one meta page for each
// transaction included.
func written(t *testing.T, db *DB, do func() error) int64 {
	t.Helper()
	before := db.bolt.file.Stats()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	after := db.bolt.file.Stats()
	diff := after.Sub(&before)
	return diff.TxStats.GetWrite() * pageSize
}

func record(db *DB, r store.Run) error {
	return db.Update(context.Background(), func(tx syncer.Writer) error { return tx.Record(r) })
}

func loadAll(db *DB) (in plan.Input, err error) {
	err = db.View(context.Background(), func(tx syncer.Reader) (err error) { in, err = tx.Load(); return err })
	return in, err
}

func readInto(db *DB, users []connectors.User, groups []connectors.Group) error {
	in, err := db.Ingest(context.Background(), "corp")
	if err != nil {
		return err
	}
	r := connectors.NewReading("corp", in)
	for _, u := range users {
		if err := r.User(u); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := r.Group(g); err != nil {
			return err
		}
	}
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: len(users), Groups: len(groups)})
	if err != nil {
		return err
	}
	return in.Commit(context.Background(), c, db.now())
}

// TestUnchangedWritesNothingOfItsOwn measures a reading that changes nothing, and
// the run that says so and takes its head along.
func TestUnchangedWritesNothingOfItsOwn(t *testing.T) {
	db := openTest(t)
	users, groups := company(3000)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	for i := range groups { // a source that states no nested groups any more
		groups[i].Groups, groups[i].NestedUnstated = nil, true
	}
	groups[0].Groups, groups[0].NestedUnstated = []string{groups[1].ID}, false
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	groups[0].Groups, groups[0].NestedUnstated = nil, true
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	for range 30 { // as after some hours: the runs fill pages of their own
		if err := record(db, store.Run{ID: "019f0000-0000-7000-8000-000000000000", Trigger: "schedule"}); err != nil {
			t.Fatal(err)
		}
	}
	reading := written(t, db, func() error { return readInto(db, users, groups) })
	run := written(t, db, func() error {
		return record(db, store.Run{ID: "019f0000-0000-7000-8000-000000000001", Trigger: "schedule"})
	})
	t.Logf("an unchanged reading writes %d bytes, and its run %d", reading, run)
	const most = 16 << 10
	if reading != 0 {
		t.Errorf("an unchanged reading writes %d bytes, want none", reading)
	}
	if run == 0 || run > most {
		t.Errorf("a run writes %d bytes, want at most %d", run, most)
	}
	users[7].Email = "other@example.com"
	if changed := written(t, db, func() error { return readInto(db, users, groups) }); changed <= reading || changed > 4*most {
		t.Errorf("a reading with one change writes %d bytes", changed)
	}
}

// TestPendingHead follows the head of a reading that changed nothing: it is seen at
// once, a crash takes it, and the next write of any kind makes it durable.
func TestPendingHead(t *testing.T) {
	db := openTest(t)
	users, groups := company(10)
	generation := func(db *DB) uint64 {
		t.Helper()
		var sources []store.Source
		err := db.View(t.Context(), func(tx syncer.Reader) (err error) { sources, err = tx.Sources(); return err })
		if err != nil {
			t.Fatal(err)
		}
		return sources[0].Generation
	}
	onDisk := func() uint64 {
		t.Helper()
		data, err := os.ReadFile(db.Path())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "crashed.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		crashed, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := crashed.Close(); err != nil {
				t.Error(err)
			}
		}()
		return generation(crashed)
	}
	for range 3 {
		if err := readInto(db, users, groups); err != nil {
			t.Fatal(err)
		}
	}
	if seen, disk := generation(db), onDisk(); seen != 3 || disk != 1 {
		t.Errorf("generation %d is seen and %d on the disk, want 3 and 1", seen, disk)
	}
	if err := db.Update(t.Context(), func(tx syncer.Writer) error { return tx.SetControl(store.Control{Paused: true}) }); err != nil {
		t.Fatal(err)
	}
	if disk := onDisk(); disk != 3 {
		t.Errorf("generation %d is on the disk after another write, want 3", disk)
	}
	users = users[1:]
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	if seen, disk := generation(db), onDisk(); seen != 4 || disk != 4 {
		t.Errorf("after a change generation %d is seen and %d on the disk, want 4", seen, disk)
	}
}

// TestMigrate takes a file through steps of a schema that is to come.
func TestMigrate(t *testing.T) {
	db := openTest(t)
	step := func(to uint32, err error) migration {
		return migration{to: to, run: func(tx *bolt.Tx, _ codec) error {
			return errors.Join(err, tx.Bucket([]byte(bucketMeta)).Put([]byte{byte(to)}, []byte("done")))
		}}
	}
	broken := errors.New("broken")
	if err := migrate(t.Context(), db, []migration{step(schema+1, broken), step(schema+2, nil)}, true); !errors.Is(err, broken) {
		t.Errorf("a step that fails: %v", err)
	}
	if have, _, err := db.schema(); have != schema || err != nil {
		t.Errorf("schema after a failure is %d, %v", have, err)
	}
	var other *SchemaError
	if err := migrate(t.Context(), db, []migration{step(schema+2, nil)}, true); !errors.As(err, &other) {
		t.Errorf("a step is missing: %v", err)
	}
	large := step(schema+1, nil)
	large.first = func(context.Context, *DB) error { return broken }
	if err := migrate(t.Context(), db, []migration{large}, true); !errors.Is(err, broken) {
		t.Errorf("the first part of a step fails: %v", err)
	}
	if err := migrate(t.Context(), db, nil, true); !errors.As(err, &other) {
		t.Errorf("an older program opens what is half done: %v", err)
	}
	if err := Check(t.Context(), schemaCopy(db.path, schema)); err != nil {
		t.Errorf("the backup before the migration: %v", err)
	}
	before, err := os.ReadFile(schemaCopy(db.path, schema))
	if err != nil {
		t.Fatal(err)
	}
	large.first = func(context.Context, *DB) error { return nil }
	if err := migrate(t.Context(), db, []migration{large, step(schema+2, nil)}, true); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(schemaCopy(db.path, schema)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup is not that of before the first attempt: %v", err)
	}
	err = db.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket([]byte(bucketMeta))
		if got := binary.BigEndian.Uint32(meta.Get([]byte(keySchema))); got != schema+2 {
			t.Errorf("schema is %d", got)
		}
		for _, to := range []byte{byte(schema + 1), byte(schema + 2)} {
			if string(meta.Get([]byte{to})) != "done" {
				t.Errorf("step %d was not done", to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, nil, true); !errors.As(err, &other) {
		t.Errorf("an older program: %v", err)
	}
}

// TestLeftovers makes what a merge leaves that was cut short, and opens the file.
func TestLeftovers(t *testing.T) {
	db := openTest(t)
	users, groups := company(10)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	err := db.update(func(tx *bolt.Tx) error {
		s, _, err := db.codec.openSource(tx, "corp")
		if err != nil {
			return err
		}
		return s.makeVersion(7)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.dropLeftovers(); err != nil {
		t.Fatal(err)
	}
	err = db.view(func(tx *bolt.Tx) error {
		s, _, err := db.codec.openSource(tx, "corp")
		if err == nil && (s.bucket.Bucket(peopleBucket(7)) != nil || s.people.Stats().KeyN != 10) {
			t.Error("the wrong version was dropped")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPanicIsAnError sees that bbolt's panics do not leave the package, and that
// the state can be used after one.
func TestPanicIsAnError(t *testing.T) {
	db := openTest(t)
	for name, do := range map[string]func(func(*bolt.Tx) error) error{"view": db.view, "update": db.update} {
		err := do(func(*bolt.Tx) error { panic("page 7: invalid type") }) //nolint:forbidigo // what bbolt does
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if err := do(func(*bolt.Tx) error { return nil }); err != nil {
			t.Errorf("%s afterwards: %v", name, err)
		}
	}
}

// TestFull caps the file: what does not fit is refused, and what is there stays.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := Open(t.Context(), path, Options{MaxSize: 17 << 20})
	if err != nil {
		t.Fatal(err)
	}
	users, groups := company(10)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	many, groups := company(100_000)
	if err := readInto(db, many, groups); err == nil {
		t.Error("a reading that does not fit was taken")
	}
	in, err := loadAll(db)
	if err != nil || len(in.People) != 10 {
		t.Errorf("%d people, %v", len(in.People), err)
	}
	if err := errors.Join(readInto(db, users, nil), db.Close(), Check(t.Context(), path)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 17<<20 {
		t.Errorf("size %d, %v", info.Size(), err)
	}
}

func TestSets(t *testing.T) {
	tests := [][]uint32{nil, {0}, {1}, {0, 1, 2}, {5, 1000, 1_000_000}, {math.MaxUint32}, {0, math.MaxUint32}}
	for _, want := range tests {
		var got []uint32
		if err := unpackSet(packSet(want), func(n uint32) { got = append(got, n) }); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v came back as %v, %v", want, got, err)
		}
	}
	var b bits
	for _, n := range []uint32{0, 63, 64, 1000} {
		if b.has(n) || !b.add(n) || b.add(n) || !b.has(n) {
			t.Errorf("%d is in the set once too often, or never", n)
		}
	}
	if b.n != 4 || b.has(1001) || b.has(1_000_000) {
		t.Errorf("%d in the set, want 4", b.n)
	}
}

// TestTexts keeps more than a block holds.
func TestTexts(t *testing.T) {
	var kept texts
	var got []string
	var want []string
	for i := range 20_000 {
		s := string(slices.Repeat([]byte{byte('a' + i%26)}, i%40))
		want = append(want, s)
		got = append(got, kept.keep([]byte(s)))
	}
	long := string(make([]byte, 3*textBlock))
	if !slices.Equal(got, want) || kept.keep([]byte(long)) != long {
		t.Error("texts did not come back")
	}
}

// TestFromSchema1 opens a file that has no history yet.
func TestFromSchema1(t *testing.T) {
	db := openTest(t)
	err := db.update(func(tx *bolt.Tx) error {
		return errors.Join(tx.DeleteBucket([]byte(bucketAudit)), tx.DeleteBucket([]byte(bucketImported)), tx.DeleteBucket([]byte(bucketJoins)), writeSchema(tx, 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	path := db.path
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var events []store.Event
	err = next.View(t.Context(), func(tx syncer.Reader) (err error) {
		events, err = tx.Events(10, func(store.Event) bool { return true })
		return err
	})
	if err != nil || len(events) != 0 {
		t.Errorf("history: %v, %v", events, err)
	}
	if err := errors.Join(Check(t.Context(), path+".schema-1"), next.Check(t.Context()), next.Close()); err != nil {
		t.Error(err)
	}
}

// TestUnfinishedMerge closes merges of which something is left: they fail, and the
// snapshot stays.
func TestUnfinishedMerge(t *testing.T) {
	db := openTest(t)
	users, groups := company(40)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	stage := func() *merge {
		t.Helper()
		r, err := db.beginFull(t.Context(), "corp")
		if err != nil {
			t.Fatal(err)
		}
		proof := connectors.NewReading("corp", &r)
		for i := range users {
			users[i].Email = "new." + users[i].Email
			if err := proof.User(users[i]); err != nil {
				t.Fatal(err)
			}
		}
		for _, g := range groups {
			g.Name += " renamed"
			if err := proof.Group(g); err != nil {
				t.Fatal(err)
			}
		}
		complete, err := proof.Complete(connectors.Evidence{Closed: "end", Users: len(users), Groups: len(groups)})
		if err := errors.Join(err, r.compareUsers()); err != nil {
			t.Fatal(err)
		}
		m := &merge{reading: &r, complete: complete, old: db.headOf(t, "corp")}
		m.begin()
		if err := m.sort(m.putUser, m.putGroup); err != nil {
			t.Fatal(err)
		}
		return m
	}
	tests := map[string]func(m *merge, s source) error{
		"groups are left": func(m *merge, s source) error {
			m.step.limit = stepBytes
			_, err := m.putStep(s, m.staged[0])
			return err
		},
		"users are left": func(m *merge, s source) error {
			m.step.limit = 1
			_, first := m.putStep(s, m.staged[0])
			m.step.limit = stepBytes
			_, second := m.putStep(s, m.staged[1])
			return errors.Join(first, second)
		},
		"fewer are held than were read": func(m *merge, s source) error {
			m.seenUsers.n--
			return m.putAll(s)
		},
	}
	for name, do := range tests {
		m := stage()
		err := db.update(func(tx *bolt.Tx) error {
			s, err := db.codec.makeSource(tx, "corp")
			if err != nil {
				return err
			}
			return errors.Join(do(m, s), m.finish(tx, s))
		})
		if !errors.Is(err, errUnfinished) {
			t.Errorf("%s: %v", name, err)
		}
		if err := m.Discard(); err != nil {
			t.Error(err)
		}
		if after := db.headOf(t, "corp"); after != m.old {
			t.Errorf("%s: the head moved", name)
		}
	}
}

func (db *DB) headOf(t *testing.T, name string) head {
	t.Helper()
	var h head
	err := db.view(func(tx *bolt.Tx) error {
		s, _, err := db.codec.openSource(tx, name)
		h = s.head
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestScopeOfOlderRecords: reads were counted once, and links have how many. That is read,
// and not written again.
func TestScopeOfOlderRecords(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	origin, _ := store.Origin(0).Of(string(plan.Created))
	rest, err := c.encode(linkRest{Origin: origin, RefusedEmail: "x@example.com", OutOfScope: 3, OutOfScopeBy: map[string]uint64{"hr": 2}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.decodeLink(connectors.Ref{Source: "corp", ID: "ann"}, link{standing: plan.Live, rest: rest})
	if err != nil || !l.OutSince.IsZero() || l.RefusedEmail != "x@example.com" {
		t.Fatalf("read as %+v, %v", l, err)
	}
	l.Standing, l.RefusedEmail = plan.Live, ""
	body, err := c.encodeLink(l)
	if err != nil || bytes.Contains(body, []byte("OutOfScope")) || bytes.Contains(body, []byte("OutSince")) {
		t.Errorf("written as %q, %v", body, err)
	}
}
