package state_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

// The test binary becomes a process that compacts the state at a path until it is killed:
// as the only user of it, or beside users; at a point, or whenever it is.
const (
	compactCrashEnv  = "STATE_COMPACT_CRASH_PATH"
	compactOnlineEnv = "STATE_COMPACT_CRASH_ONLINE"
	compactPointEnv  = "STATE_COMPACT_CRASH_POINT"
)

// compactPoints are the steps of a compaction at which a process can kill itself.
func compactPoints() []string {
	return []string{"before the copy", "before the rename", "after the rename", "before the sync", "after the sync", "compacted"}
}

// What the process says: that it begins, that it has ended, and what it wrote meanwhile.
const (
	saysBegun = "begun"
	saysDone  = "done"
	saysWrote = "wrote "
)

func compactAndDie(path string, online bool, point string) error {
	db, err := state.Open(context.Background(), path, state.Options{})
	if err != nil {
		return err
	}
	die := func(at string) {
		if at == point {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	disk := state.RealDisk()
	db.UseDisk(state.Disk{
		Free: func(dir string) (int64, error) {
			die("before the copy")
			return disk.Free(dir)
		},
		Rename: func(from, to string) error {
			die("before the rename")
			err := disk.Rename(from, to)
			die("after the rename")
			return err
		},
		SyncDir: func(dir string) error {
			die("before the sync")
			err := disk.SyncDir(dir)
			die("after the sync")
			return err
		},
	})
	failed := make(chan error, 2)
	if online {
		go func() { failed <- readForever(db) }()
		go func() { failed <- writeForever(db) }()
	}
	fmt.Println(saysBegun)
	if _, err := db.Compact(context.Background()); err != nil {
		return err
	}
	die("compacted")
	if !online {
		if err := db.Close(); err != nil {
			return err
		}
	}
	fmt.Println(saysDone)
	return <-failed // it is killed before
}

func readForever(db *state.DB) error {
	for {
		if _, err := tryLoad(db); err != nil {
			return err
		}
	}
}

// writeForever begins requests, and says which are durable.
func writeForever(db *state.DB) error {
	for {
		opened, err := db.Advance(context.Background(), nil, [][]plan.Op{{statetest.Member(plan.AddMember, "ann", "t1")}})
		if err != nil {
			return err
		}
		fmt.Printf("%sjournal/%s\n", saysWrote, journalKey(opened[0].ID))
	}
}

// A compaction is what a process did that was killed while it compacted.
type compactCrash struct {
	path, point string
	online      bool
	after       time.Duration // since it said that it began, where there is no point; zero: once it has ended
	took        time.Duration // until it said that it has ended
	wrote       []string      // where what it wrote is
}

func (c *compactCrash) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), compactCrashEnv+"="+c.path, compactPointEnv+"="+c.point)
	if c.online {
		cmd.Env = append(cmd.Env, compactOnlineEnv+"=1")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var begun time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); {
		case line == saysBegun:
			begun = time.Now()
			if c.point == "" && c.after > 0 {
				time.AfterFunc(c.after, cancel) // SIGKILL
			}
		case line == saysDone:
			c.took = time.Since(begun)
			if c.after == 0 {
				cancel()
			}
		case strings.HasPrefix(line, saysWrote):
			c.wrote = append(c.wrote, strings.TrimPrefix(line, saysWrote))
		}
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL || begun.IsZero() {
		t.Fatalf("the process was not killed, but ended with %v: %s", err, stderr.String())
	}
}

// TestCompactKilled kills a process that compacts a state at forty moments, twenty of them
// while others read and write: no record is lost, and none that was written meanwhile.
func TestCompactKilled(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "state.db")
	db := wasteful(t, whole, 2000)
	want := dumpOf(t, db)
	must(t, db.Close())
	content, err := os.ReadFile(whole)
	must(t, err)
	for name, online := range map[string]bool{"alone": false, "beside users": true} {
		t.Run(name, func(t *testing.T) {
			undisturbed := compactCrash{path: fresh(t, content), online: online}
			undisturbed.run(t)
			all := crashes(undisturbed.took, online)
			replaced, unfinished, wrote := 0, 0, 0
			for _, c := range all {
				c.path = fresh(t, content)
				before, err := os.Stat(c.path)
				must(t, err)
				c.run(t)
				after, err := os.Stat(c.path)
				must(t, err)
				if !os.SameFile(before, after) {
					replaced++
				}
				left, err := filepath.Glob(c.path + ".unfinished-*")
				must(t, err)
				unfinished += len(left)
				wrote += len(c.wrote)
				verifyCompacted(t, c, want)
			}
			t.Logf("undisturbed %s; %d kills: %d before and %d after the file was replaced, %d copies left unfinished, %d writes meanwhile",
				undisturbed.took.Round(time.Millisecond), len(all), len(all)-replaced, replaced, unfinished, wrote)
			if len(all) != 20 || replaced < 4 || len(all)-replaced < 2 || unfinished == 0 || (wrote > 0) != online {
				t.Error("the kills were not spread over the compaction")
			}
		})
	}
}

// crashes are twenty moments of a compaction that takes so long: each point, and times.
func crashes(took time.Duration, online bool) []compactCrash {
	var all []compactCrash
	for _, point := range compactPoints() {
		all = append(all, compactCrash{online: online, point: point, after: time.Minute})
	}
	for times := 20 - len(all); len(all) < 20; {
		all = append(all, compactCrash{online: online, after: took * time.Duration(21-len(all)) / time.Duration(times+1)})
	}
	return all
}

// fresh puts a state into a directory of its own.
func fresh(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

// verifyCompacted opens what a killed process left.
func verifyCompacted(t *testing.T, c compactCrash, want map[string]string) {
	t.Helper()
	db, err := state.Open(t.Context(), c.path, state.Options{})
	must(t, err)
	must(t, db.Check(t.Context()))
	only(t, c.path)
	got := dumpOf(t, db)
	must(t, db.Close())
	for _, at := range c.wrote {
		if got[at] == "" {
			t.Errorf("%+v: %q was written, and is lost", c, at)
		}
	}
	for at := range got { // what was written meanwhile, said or not
		if _, before := want[at]; !before && c.online && strings.HasPrefix(at, "journal/") {
			delete(got, at)
		}
	}
	if c.online {
		got["journal#sequence"] = want["journal#sequence"]
	}
	sameDump(t, got, want)
}

// journalKey is how a dump spells the key of an intent.
func journalKey(id uint64) string { return fmt.Sprintf("%016x", id) }
