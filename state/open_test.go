package state_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// sample makes a state with something in every bucket, closes it and returns its
// path.
func sample(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	clock := statetest.NewClock()
	db, err := state.Open(t.Context(), path, state.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	fillSample(t, db, clock)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	trim(t, path)
	return path
}

// trim cuts off the room that bbolt took in advance: what is left is in use, or
// was.
func trim(t *testing.T, path string) {
	t.Helper()
	compact(t, path)
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	must(t, err)
	var used int64
	must(t, b.View(func(tx *bolt.Tx) error {
		used = tx.Size()
		return nil
	}))
	must(t, b.Close())
	must(t, os.Truncate(path, used))
}

func TestOpenRefusesWhatIsNoState(t *testing.T) {
	whole, err := os.ReadFile(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	edited := func(edit func(b []byte) []byte) []byte { return edit(bytes.Clone(whole)) }
	tests := map[string][]byte{
		"empty":        {},
		"one byte":     {0},
		"a text":       []byte(strings.Repeat("this is a text, not a state\n", 1000)),
		"zeros":        make([]byte, len(whole)),
		"half":         whole[:len(whole)/2],
		"two pages":    whole[:8192],
		"one page off": whole[:len(whole)-4096],
		"no meta":      edited(func(b []byte) []byte { clear(b[:8192]); return b }),
		"no pages":     edited(func(b []byte) []byte { clear(b[8192:]); return b }),
		"another program's": func() []byte {
			path := filepath.Join(t.TempDir(), "other.db")
			other, err := bolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}(),
	}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := state.Open(t.Context(), path, state.Options{})
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), db.Close()))
			}
			var corrupt *state.CorruptError
			var foreign *state.ForeignError
			switch name {
			case "half", "two pages", "one page off", "no pages":
				if !errors.As(err, &corrupt) || corrupt.Path != path {
					t.Errorf("error is %v, not a CorruptError of the path", err)
				}
			default:
				if !errors.As(err, &foreign) || foreign.Path != path {
					t.Errorf("error is %v, not a ForeignError of the path", err)
				}
			}
			if !strings.Contains(strings.ToLower(err.Error()), "restore a backup") {
				t.Errorf("the error names no way out: %v", err)
			}
			unchanged(t, path, content)
		})
	}
}

func unchanged(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(got) != sha256.Sum256(want) {
		t.Error("the file was changed")
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("files were left beside the state: %v", entries)
	}
}

// TestFlippedBytes breaks a file anywhere: whatever that hits, the process lives,
// and a state that opens is one that Check finds sound, or finds the fault in.
func TestFlippedBytes(t *testing.T) {
	path := sample(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var used []int // bytes that say something; most of a small state is free room
	for at, b := range whole {
		if b != 0 {
			used = append(used, at)
		}
	}
	refused, found, harmless := 0, 0, 0
	for range 400 {
		broken := bytes.Clone(whole)
		at := used[random.IntN(len(used))]
		for i := range 1 + random.IntN(8) {
			broken[min(at+i, len(broken)-1)] ^= byte(1 + random.IntN(255))
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := state.Open(t.Context(), path, state.Options{})
		if err != nil {
			refused++
			unchanged(t, path, broken)
			continue
		}
		if err = db.Check(t.Context()); err != nil {
			found++
		} else {
			harmless++
			if _, err := tryLoad(db); err != nil {
				t.Errorf("byte %d: Check finds nothing, and Load says: %v", at, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d refused, %d found by Check, %d in free room", refused, found, harmless)
	if refused == 0 || found == 0 {
		t.Error("nothing was noticed")
	}
}

// TestFlippedRecord breaks the values of records: each is found, and a state with
// a broken link or person is not loaded.
func TestFlippedRecord(t *testing.T) {
	path := sample(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{"Person ann": true, "a-ann": true, "g1 => One": false, "no seat is left": true, "first plan": false}
	for value := range values {
		broken := bytes.Clone(whole)
		hits := 0
		for at := 0; ; hits++ {
			next := bytes.Index(broken[at:], []byte(value))
			if next < 0 {
				break
			}
			at += next + 1
			broken[at] ^= 0x20
		}
		if hits == 0 {
			t.Errorf("%q is not in the file", value)
			continue
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		var corrupt *state.CorruptError
		if err := state.Check(t.Context(), path); !errors.As(err, &corrupt) {
			t.Errorf("Check of a state with a broken %q: %v", value, err)
		}
		db, err := state.Open(t.Context(), path, state.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tryLoad(db); values[value] && value != "Person ann" && !errors.As(err, &corrupt) {
			t.Errorf("Load of a state with a broken %q: %v", value, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenWaitsForTheLock(t *testing.T) {
	db := open(t, nil)
	begun := time.Now()
	second, err := state.Open(t.Context(), db.Path(), state.Options{LockTimeout: 50 * time.Millisecond})
	if err == nil {
		t.Fatal(errors.Join(errors.New("opened twice"), second.Close()))
	}
	var locked *state.LockedError
	if !errors.As(err, &locked) || locked.Path != db.Path() || !strings.Contains(err.Error(), "another writersync works with the state") {
		t.Errorf("error is %v", err)
	}
	if took := time.Since(begun); took < 50*time.Millisecond {
		t.Errorf("gave up after %v", took)
	}
	if err := state.Check(t.Context(), db.Path()); !errors.As(err, &locked) {
		t.Errorf("Check of a state that is open: %v", err)
	}
}

func TestOpenRefusesPlaces(t *testing.T) {
	tests := map[string]func(t *testing.T, dir, path string) string{
		"a directory others can write to": func(t *testing.T, dir, path string) string {
			must(t, os.Chmod(dir, 0o777)) //nolint:gosec // the fault under test
			return path
		},
		"a state in a directory others can write to": func(t *testing.T, _, _ string) string {
			path := sample(t)
			must(t, os.Chmod(filepath.Dir(path), 0o777)) //nolint:gosec // the fault under test
			return path
		},
		"a link to a directory": func(t *testing.T, dir, _ string) string {
			link := filepath.Join(t.TempDir(), "link")
			must(t, os.Symlink(dir, link))
			return filepath.Join(link, "state.db")
		},
		"a link to a file": func(t *testing.T, dir, path string) string {
			other := filepath.Join(dir, "other")
			must(t, os.WriteFile(other, []byte("x"), 0o600))
			must(t, os.Symlink(other, path))
			return path
		},
		"a directory as the file": func(t *testing.T, _, path string) string {
			must(t, os.Mkdir(path, 0o700))
			return path
		},
		"a file as the directory": func(t *testing.T, _, path string) string {
			must(t, os.WriteFile(path, []byte("x"), 0o600))
			return filepath.Join(path, "state.db")
		},
		"a file others can read": func(t *testing.T, _, _ string) string {
			path := sample(t)
			must(t, os.Chmod(path, 0o644)) //nolint:gosec // the fault under test
			return path
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := prepare(t, dir, filepath.Join(dir, "state.db"))
			db, err := state.Open(t.Context(), path, state.Options{})
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), db.Close()))
			}
			var place *state.PlaceError
			if !errors.As(err, &place) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestOpenMakesWhatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state.db")
	left := path + ".unfinished-1"
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(left, []byte("half"), 0o600))
	db := openAt(t, path, nil)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("files beside the state: %v", entries)
	}
	if _, err := tryLoad(db); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	for name, version := range map[string]uint32{"newer": 7, "older": 0} {
		t.Run(name, func(t *testing.T) {
			path := sample(t)
			b, err := bolt.Open(path, 0o600, nil)
			must(t, err)
			must(t, b.Update(func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint32(nil, version))
			}))
			must(t, b.Close())
			before, err := os.ReadFile(path)
			must(t, err)
			db, err := state.Open(t.Context(), path, state.Options{})
			if err == nil {
				t.Fatal(errors.Join(errors.New("opened"), db.Close()))
			}
			var other *state.SchemaError
			if !errors.As(err, &other) || other.Have != version || other.Want != 6 {
				t.Errorf("error is %v", err)
			}
			unchanged(t, path, before)
		})
	}
}

// TestPowerCutInMeta tears the newer of the two meta pages, as a power cut in the
// middle of a commit does: the state is then that of the commit before.
func TestPowerCutInMeta(t *testing.T) {
	path := sample(t)
	db, err := state.Open(t.Context(), path, state.Options{})
	must(t, err)
	world := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	world.Do(statetest.Create(statetest.User("zoe")))
	must(t, db.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	const meta, tx = 16, 48
	newer := 0
	if binary.NativeEndian.Uint64(whole[4096+meta+tx:]) > binary.NativeEndian.Uint64(whole[meta+tx:]) {
		newer = 4096
	}
	clear(whole[newer+meta+tx : newer+meta+tx+8])
	must(t, os.WriteFile(path, whole, 0o600))
	db = openAt(t, path, nil)
	open, err := db.Unsettled(t.Context())
	must(t, err)
	if len(open) != 2 || open[1].Ops[0].Person != statetest.Ref("zoe") {
		t.Errorf("open intents after the cut: %v", open)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fillSample puts something in every bucket.
func fillSample(t *testing.T, db *state.DB, clock *syncertest.Clock) {
	t.Helper()
	w := &statetest.World{T: t, Store: db, Clock: clock}
	users := statetest.Users("ann", "bob", "cid", "dan")
	w.Read("corp", users, statetest.Group("g1", "ann", "bob", "zoe"), statetest.Group("g2", "cid"))
	w.Do(
		statetest.Feed("g1", "t1", "One", "g1 => One"), statetest.Feed("g2", "t2", "Two", "g2 => Two"),
		statetest.Create(users[0]), statetest.Create(users[1]), statetest.Adopt(users[2], "x-1"),
		statetest.Member(plan.AddMember, "ann", "t1"), statetest.Member(plan.AddMember, "bob", "t1"),
		statetest.On(plan.Deactivate, "bob"),
	)
	w.Settle(statetest.Create(users[3]), failedOutcome())
	w.Read("corp", users[:2], statetest.Group("g1", "ann", "bob", "zoe"))
	approveSample(t, db, clock)
	w.Intend([]plan.Op{statetest.Member(plan.AddMember, "ann", "t2")})
}

// TestWhatIsNoState: a file that others can read is first asked whether it is a state:
// what a state needs is no advice for another file.
func TestWhatIsNoState(t *testing.T) {
	program := func(fill func(*bolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "other.db")
		b, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 4096})
		must(t, err)
		must(t, b.Update(fill))
		must(t, b.Close())
		content, err := os.ReadFile(path)
		must(t, err)
		return content
	}
	bucket := func(tx *bolt.Tx, name string) *bolt.Bucket {
		b, err := tx.CreateBucketIfNotExists([]byte(name))
		must(t, err)
		return b
	}
	foreign := map[string][]byte{
		"nothing":                      {},
		"a text":                       []byte("127.0.0.1 localhost\n"),
		"a program with nothing in it": program(func(*bolt.Tx) error { return nil }),
		"a program with many buckets": program(func(tx *bolt.Tx) error {
			for i := range 500 {
				bucket(tx, fmt.Sprintf("bucket-%03d", i))
			}
			return nil
		}),
		"a program with a bucket of the same name": program(func(tx *bolt.Tx) error {
			for i := range 500 {
				bucket(tx, fmt.Sprintf("m%03d", i))
			}
			return bucket(tx, "meta").Put([]byte("consistent_index"), []byte{1, 2, 3, 4})
		}),
		"a program with a large bucket of the same name": program(func(tx *bolt.Tx) error {
			for i := range 500 {
				must(t, bucket(tx, "meta").Put(fmt.Appendf(nil, "s%03d", i), make([]byte, 100)))
			}
			return nil
		}),
	}
	verbs := map[string]func(path string) error{
		"check":   func(path string) error { return state.Check(t.Context(), path) },
		"compact": func(path string) error { _, err := state.Compact(t.Context(), path); return err },
		"restore": func(path string) error {
			_, err := state.Restore(t.Context(), path, filepath.Join(t.TempDir(), "state.db"), time.Now())
			return err
		},
		"open": func(path string) error {
			db, err := state.Open(t.Context(), path, state.Options{})
			if err != nil {
				return err
			}
			return db.Close()
		},
		"open in a place that others can write to": func(path string) error {
			must(t, os.Chmod(filepath.Dir(path), 0o777)) //nolint:gosec // the fault under test
			db, err := state.Open(t.Context(), path, state.Options{})
			if err != nil {
				return err
			}
			return db.Close()
		},
	}
	for what, content := range foreign {
		for verb, do := range verbs {
			path := filepath.Join(t.TempDir(), "file")
			must(t, os.WriteFile(path, content, 0o600))
			must(t, os.Chmod(path, 0o644)) //nolint:gosec // the fault under test
			var err *state.ForeignError
			if got := do(path); !errors.As(got, &err) || err.Path != path || strings.Contains(got.Error(), "chmod") {
				t.Errorf("%s of %s: %v", verb, what, got)
			}
			unchanged(t, path, content)
		}
	}
	// A state is told to be for its owner alone.
	for verb, do := range verbs {
		path := sample(t)
		must(t, os.Chmod(path, 0o644)) //nolint:gosec // the fault under test
		var err *state.PlaceError
		if got := do(path); !errors.As(got, &err) || !strings.Contains(got.Error(), "chmod") {
			t.Errorf("%s of a state: %v", verb, got)
		}
	}
}

// TestAStateOfManyPages: a state is one however its buckets are spread.
func TestAStateOfManyPages(t *testing.T) {
	fill := map[string]func(tx *bolt.Tx){
		"many buckets": func(tx *bolt.Tx) {
			for i := range 500 {
				_, err := tx.CreateBucket(fmt.Appendf(nil, "m%03d", i))
				must(t, err)
			}
		},
		"much beside the schema": func(tx *bolt.Tx) {
			for i := range 500 {
				must(t, tx.Bucket([]byte("meta")).Put(fmt.Appendf(nil, "s%03d", i), make([]byte, 100)))
			}
		},
	}
	for what, fill := range fill {
		path := sample(t)
		b, err := bolt.Open(path, 0o600, nil)
		must(t, err)
		must(t, b.Update(func(tx *bolt.Tx) error { fill(tx); return nil }))
		must(t, b.Close())
		if err := state.Check(t.Context(), path); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
