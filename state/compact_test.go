package state_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func compact(t *testing.T, path string) state.Compaction {
	t.Helper()
	c, err := state.Compact(t.Context(), path)
	must(t, err)
	return c
}

func dumpOf(t *testing.T, db *state.DB) map[string]string {
	t.Helper()
	all, err := db.Dump()
	must(t, err)
	return all
}

// sameDump compares all records and sequences.
func sameDump(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	shown := 0
	for at := range maps.Collect(maps.All(want)) {
		if value, there := got[at]; (!there || value != want[at]) && shown < 5 {
			t.Errorf("%q is %q, want %q (there: %v)", at, value, want[at], there)
			shown++
		}
	}
	for at := range got {
		if _, there := want[at]; !there && shown < 5 {
			t.Errorf("%q is there, and was not", at)
			shown++
		}
	}
}

// wasteful fills a state, and changes everybody in it in many small transactions, so that
// most of its file is free.
func wasteful(t *testing.T, path string, people int) *state.DB {
	t.Helper()
	clock := statetest.NewClock()
	db, err := state.Open(t.Context(), path, state.Options{Now: clock.Now, Step: 1 << 18})
	must(t, err)
	fillSample(t, db, clock)
	w := &statetest.World{T: t, Store: db, Clock: clock}
	for _, title := range []string{"one", "two", "three"} {
		w.Read("big", crowd(people, title))
	}
	return db
}

// only sees that nothing is beside the state.
func only(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("in the directory of the state: %v", entries)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

func TestCompact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 2000)
	want := dumpOf(t, db)
	var locked *state.LockedError
	if _, err := state.Compact(t.Context(), path); !errors.As(err, &locked) {
		t.Errorf("compacted a state that is open: %v", err)
	}
	before := sizeOf(t, path)
	must(t, db.Close())
	c := compact(t, path)
	after := sizeOf(t, path)
	if c.Before.File != before || c.After.File != after || c.Before.Live <= 0 || c.After.Live > c.Before.Live*9/8 {
		t.Errorf("%+v, where the file had %d bytes and has %d", c, before, after)
	}
	if after >= before || after > c.After.Live+8*4096 {
		t.Errorf("%d bytes became %d, of which %d are live", before, after, c.After.Live)
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	only(t, path)
	again := openAt(t, path, nil)
	sameDump(t, dumpOf(t, again), want)
	w := &statetest.World{T: t, Store: again, Clock: statetest.NewClock()}
	w.Do(statetest.Create(statetest.User("bob2"))) // sequences went along: numbers stay unique
	must(t, again.Check(t.Context()))
}

func TestCompactOnline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 2000)
	want := dumpOf(t, db)
	input := load(t, db)
	for range 2 { // a file that replaced another is replaced likewise
		c, err := db.Compact(t.Context())
		must(t, err)
		if size := sizeOf(t, path); c.After.File != size || size > c.After.Live+8*4096 {
			t.Errorf("%+v, and the file has %d bytes", c, size)
		}
		only(t, path)
		sameDump(t, dumpOf(t, db), want)
		sameInput(t, load(t, db), input)
	}
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	w.Do(statetest.Create(statetest.User("bob2")))
	must(t, db.Check(t.Context()))
	want = dumpOf(t, db)
	must(t, db.Close())
	sameDump(t, dumpOf(t, openAt(t, path, nil)), want) // what was written since went to the file that is there
}

// TestCompactKeepsPending compacts between a reading that found nothing changed and the
// write that takes its head along.
func TestCompactKeepsPending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := state.Open(t.Context(), path, state.Options{})
	must(t, err)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	generation := func() uint64 {
		var sources []store.Source
		w.View(func(tx syncer.Reader) (err error) { sources, err = tx.Sources(); return err })
		return sources[0].Generation
	}
	for range 3 {
		w.Read("corp", statetest.Users("ann", "bob"))
	}
	_, err = db.Compact(t.Context())
	must(t, err)
	if got := generation(); got != 3 {
		t.Errorf("generation %d after compaction, want 3", got)
	}
	must(t, change(t, db, func(c *store.Control) { c.Paused = true }))
	must(t, db.Close())
	w.Store = openAt(t, path, nil)
	if got := generation(); got != 3 {
		t.Errorf("generation %d after a restart, want 3", got)
	}
}

// TestCompactBesideUse compacts again and again while others read and write.
func TestCompactBesideUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 500)
	people := len(load(t, db).People)
	ctx, cancel := context.WithCancel(t.Context())
	var users sync.WaitGroup
	var written [3]int
	for i := range written {
		users.Go(func() {
			for ; ctx.Err() == nil; written[i]++ {
				id := fmt.Sprintf("w%d-%04d", i, written[i])
				op := statetest.Create(statetest.User(id))
				opened, err := db.Advance(t.Context(), nil, [][]plan.Op{{op}})
				if err == nil {
					done := apply.Settled{Intent: opened[0], Outcomes: []apply.Outcome{statetest.DoneOf(op)}}
					_, err = db.Advance(t.Context(), []apply.Settled{done}, nil)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var reads atomic.Int64
	for range 2 {
		users.Go(func() {
			for last := people; ctx.Err() == nil; reads.Add(1) {
				in, err := tryLoad(db)
				if err != nil || len(in.People) < last {
					t.Errorf("%d people after %d, %v", len(in.People), last, err)
					return
				}
				last = len(in.People)
			}
		})
	}
	for range 12 {
		_, err := db.Compact(t.Context())
		must(t, err)
	}
	cancel()
	users.Wait()
	t.Logf("%v written, %d read", written, reads.Load())
	if reads.Load() == 0 {
		t.Error("nothing was read")
	}
	must(t, db.Close())
	live := map[string]bool{}
	for _, p := range load(t, openAt(t, path, nil)).People {
		live[p.Ref.ID] = p.Standing == plan.Live
	}
	for i, n := range written {
		if n == 0 {
			t.Errorf("writer %d wrote nothing", i)
		}
		for k := range n {
			if id := fmt.Sprintf("w%d-%04d", i, k); !live[id] {
				t.Errorf("%s was settled, and is lost", id)
			}
		}
	}
	only(t, path)
}

// lateContext calls late once, after it was asked whether it has ended so many times.
type lateContext struct {
	context.Context //nolint:containedctx // it is one
	left            int
	late            func()
}

func (c *lateContext) Err() error {
	if c.left--; c.left == 0 {
		c.late()
	}
	return c.Context.Err()
}

// TestCompactSeesLateWrites writes after the copy was made, and before it is put in place.
func TestCompactSeesLateWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	wrote := false
	ctx := &lateContext{Context: t.Context(), left: 2, late: func() { // the first asks before the copy, the second checks it
		must(t, change(t, db, func(c *store.Control) { c.PausedBy = "late" }))
		wrote = true
	}}
	_, err := db.Compact(ctx)
	must(t, err)
	must(t, db.Close())
	db = openAt(t, path, nil)
	control, err := controlOf(t, db)
	must(t, err)
	if !wrote || control.PausedBy != "late" {
		t.Errorf("written %v, and what is there is %+v", wrote, control)
	}
	only(t, path)
}

func TestCompactRefusals(t *testing.T) {
	broken := errors.New("broken")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx   context.Context //nolint:containedctx // of one call
		disk  func(d *state.Disk)
		check func(err error) bool
		says  string
	}{
		"no room": {
			disk: func(d *state.Disk) { d.Free = func(string) (int64, error) { return 16 << 20, nil } },
			check: func(err error) bool {
				var space *state.SpaceError
				return errors.As(err, &space) && space.Free == 16<<20 && space.Need > space.Free
			},
			says: "make room there; nothing was changed",
		},
		"the volume does not answer": {
			disk:  func(d *state.Disk) { d.Free = func(string) (int64, error) { return 0, broken } },
			check: func(err error) bool { return errors.Is(err, broken) },
		},
		"the copy cannot be put in place": {
			disk:  func(d *state.Disk) { d.Rename = func(string, string) error { return broken } },
			check: func(err error) bool { return errors.Is(err, broken) },
		},
		"told to stop": {ctx: ended, check: func(err error) bool { return errors.Is(err, context.Canceled) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			db := wasteful(t, path, 100)
			content, err := os.ReadFile(path)
			must(t, err)
			d := state.RealDisk()
			if test.disk != nil {
				test.disk(&d)
			}
			db.UseDisk(d)
			ctx := test.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if _, err := db.Compact(ctx); !test.check(err) || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("compaction says %v", err)
			}
			unchanged(t, path, content)
			must(t, change(t, db, func(c *store.Control) { c.PausedBy = "afterwards" }))
			must(t, db.Close())
			must(t, state.Check(t.Context(), path))
		})
	}
}

// TestCompactSpace sees that the room for the live data and a margin is asked for, in the
// directory of the state.
func TestCompactSpace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	size, err := db.Size()
	must(t, err)
	need := size.Live + size.Live/8 + 16<<20
	for _, free := range []int64{need - 1, need} {
		d := state.RealDisk()
		d.Free = func(dir string) (int64, error) {
			if dir != filepath.Dir(path) {
				t.Errorf("asked for the room in %s", dir)
			}
			return free, nil
		}
		db.UseDisk(d)
		if _, err := db.Compact(t.Context()); (err == nil) != (free == need) {
			t.Errorf("with %d bytes more than needed: %v", free-need, err)
		}
	}
	must(t, db.Close())
	if free, err := state.RealDisk().Free(filepath.Dir(path)); err != nil || free <= 0 {
		t.Errorf("the real volume has %d bytes free, %v", free, err)
	}
}

// TestCompactUnsynced compacts where the directory cannot be made durable: the new file
// is in use all the same, because the old one has no name any more.
func TestCompactUnsynced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	broken := errors.New("broken")
	d := state.RealDisk()
	d.SyncDir = func(string) error { return broken }
	db.UseDisk(d)
	if _, err := db.Compact(t.Context()); !errors.Is(err, broken) {
		t.Errorf("compaction says %v", err)
	}
	must(t, change(t, db, func(c *store.Control) { c.PausedBy = "afterwards" }))
	want := dumpOf(t, db)
	must(t, db.Close())
	sameDump(t, dumpOf(t, openAt(t, path, nil)), want)
}

// TestCompactBrokenRecord does not put a copy in place that Check finds a fault in.
func TestCompactBrokenRecord(t *testing.T) {
	path := sample(t)
	whole, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(whole), "a-ann", "a-amn", 1)), 0o600))
	broken, err := os.ReadFile(path)
	must(t, err)
	if _, err := state.Compact(t.Context(), path); err == nil || !strings.Contains(err.Error(), "state check") {
		t.Errorf("compaction says %v", err)
	}
	unchanged(t, path, broken)
}

func TestCompactNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if _, err := state.Compact(t.Context(), path); err == nil || !strings.Contains(err.Error(), "there is none") {
		t.Errorf("compaction of no state says %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a state was made: %v", err)
	}
	must(t, os.WriteFile(path, []byte(strings.Repeat("a text\n", 4096)), 0o600))
	var foreign *state.ForeignError
	if _, err := state.Compact(t.Context(), path); !errors.As(err, &foreign) {
		t.Errorf("compaction of a text says %v", err)
	}
}

// TestStoreCompacted holds a state that compacts itself after every transaction against
// the contract of stores.
func TestStoreCompacted(t *testing.T) {
	runSuiteOn(t, state.Options{}, func(t *testing.T, db *state.DB) { db.CompactAfterWrites(func(err error) { t.Error(err) }) })
}

// TestCompactHandsTheLockOver opens the state at each moment at which a file is exchanged.
func TestCompactHandsTheLockOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	tried := 0
	refused := func(when string) {
		t.Helper()
		tried++
		other, err := state.Open(t.Context(), path, state.Options{LockTimeout: time.Millisecond})
		var locked *state.LockedError
		if err == nil || !errors.As(err, &locked) || locked.Path != path {
			t.Errorf("%s another process may open the state: %v", when, err)
		}
		if err == nil {
			must(t, other.Close())
		}
	}
	real := state.RealDisk()
	db.UseDisk(state.Disk{
		Free: real.Free,
		Rename: func(from, to string) error {
			refused("before the rename")
			err := real.Rename(from, to)
			refused("after the rename")
			return err
		},
		SyncDir: func(dir string) error {
			refused("before the directory is synced")
			err := real.SyncDir(dir)
			refused("after the directory is synced")
			return err
		},
	})
	_, err := db.Compact(t.Context())
	must(t, err)
	refused("after the compaction")
	must(t, db.Close())
	if tried != 5 {
		t.Errorf("tried %d times", tried)
	}
	must(t, openAt(t, path, nil).Close())
}

// TestCompactLeavesNoOldFile waits for the lock of the file that a compaction replaces: who
// gets it then has the new file, or nothing.
func TestCompactLeavesNoOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	type result struct {
		db  *state.DB
		err error
	}
	wait := func(timeout time.Duration) <-chan result {
		held := opened(t, path)
		done := make(chan result, 1)
		go func() {
			other, err := state.Open(t.Context(), path, state.Options{LockTimeout: timeout})
			done <- result{other, err}
		}()
		for opened(t, path) == held { // until it has the old file, and waits
			time.Sleep(time.Millisecond) //nolint:forbidigo // nothing says so
		}
		return done
	}
	short, long := wait(time.Second), wait(time.Minute)
	_, err := db.Compact(t.Context())
	must(t, err)
	var locked *state.LockedError
	if r := <-short; r.err == nil || !errors.As(r.err, &locked) {
		t.Errorf("beside the one that compacted: %v", r.err)
	}
	must(t, change(t, db, func(c *store.Control) { c.PausedBy = "since" }))
	must(t, db.Close())
	r := <-long
	must(t, r.err)
	control, err := controlOf(t, r.db)
	must(t, err)
	if control.PausedBy != "since" {
		t.Errorf("who waited has %+v", control)
	}
	must(t, r.db.Close())
}

// opened counts how often this process has the file at path open.
func opened(t *testing.T, path string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	n := 0
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && to == path {
			n++
		}
	}
	return n
}

func TestSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 2000)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	named := crowd(2000, "three")
	for i := range named {
		named[i].Attributes[connectors.DisplayName] = strings.Repeat("name ", 20) // of which nothing is kept
	}
	w.Read("big", named)
	full, err := db.Size()
	must(t, err)
	w.Read("big", crowd(1, "four"))
	must(t, db.Update(t.Context(), func(tx syncer.Writer) error { return tx.Record(store.Run{}) })) // what was dropped is free from the next write on
	empty, err := db.Size()
	must(t, err)
	if empty.File < full.File || empty.Live*3 > full.Live*2 || full.Live >= full.File || empty.Live < 4096 {
		t.Errorf("%+v became %+v when everybody was dropped", full, empty)
	}
	must(t, db.Close())
	if size := sizeOf(t, path); size != empty.File {
		t.Errorf("the file has %d bytes, and Size says %d", size, empty.File)
	}
	again := openAt(t, path, nil)
	if reopened, err := again.Size(); err != nil || reopened.File != empty.File || reopened.Live > empty.Live {
		t.Errorf("%+v is %+v after a restart, %v", empty, reopened, err)
	}
}

func TestWasteful(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		size state.Size
		want bool
	}{
		{state.Size{File: 8 * mib, Live: mib}, false},
		{state.Size{File: 8*mib + 1, Live: mib}, true},
		{state.Size{File: 20 * mib, Live: 10 * mib}, false},
		{state.Size{File: 20*mib + 1, Live: 10 * mib}, true},
	} {
		if got := test.size.Wasteful(); got != test.want {
			t.Errorf("%+v: %v", test.size, got)
		}
	}
}

// TestCompactUnderAReader compacts while a transaction reads: it goes on with the file
// that it began with, which is let go of when it ends. Others wait for none of that.
func TestCompactUnderAReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, path, 100)
	removed := path + " (deleted)" // as the system names a file that is open and has no name
	must(t, change(t, db, func(c *store.Control) { c.PausedBy = "before" }))
	must(t, db.View(t.Context(), func(tx syncer.Reader) error {
		_, err := db.Compact(t.Context())
		must(t, err)
		must(t, change(t, db, func(c *store.Control) { c.PausedBy = "after" }))
		begun, err := controlOf(t, db)
		must(t, err)
		c, err := tx.Control()
		must(t, err)
		if c.PausedBy != "before" || begun.PausedBy != "after" {
			t.Errorf("who reads on sees %q, who begins %q", c.PausedBy, begun.PausedBy)
		}
		if n := opened(t, removed); n != 1 {
			t.Errorf("the file before is open %d times under its reader", n)
		}
		return nil
	}))
	if n := opened(t, removed); n != 0 {
		t.Errorf("the file before is open %d times after its reader ended", n)
	}
	must(t, db.Close())
}

// change changes the switches.
func change(t *testing.T, db *state.DB, do func(*store.Control)) error {
	t.Helper()
	return db.Update(t.Context(), func(tx syncer.Writer) error {
		c, err := tx.Control()
		if err != nil {
			return err
		}
		do(&c)
		return tx.SetControl(c)
	})
}

func controlOf(t *testing.T, db *state.DB) (c store.Control, err error) {
	t.Helper()
	err = db.View(t.Context(), func(tx syncer.Reader) (err error) { c, err = tx.Control(); return err })
	return c, err
}
