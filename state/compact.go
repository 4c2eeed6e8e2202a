package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// spaceMargin is how much room a compaction leaves on the volume of the state, in bytes:
// a run writes meanwhile, and so do other programs.
const spaceMargin = 16 << 20

// roomFor is how much room a compaction needs, in bytes. Pages of the copy may be filled
// less than those that are live.
func roomFor(live int64) int64 { return live + live/8 + spaceMargin }

// A Compaction says how large the state was before, and is after.
type Compaction struct{ Before, After Size }

// A disk is what a compaction asks of the file system; tests put other functions in.
type disk struct {
	free    func(dir string) (bytes int64, err error)
	rename  func(from, to string) error
	syncDir func(dir string) error
}

func realDisk() disk { return disk{free: freeSpace, rename: os.Rename, syncDir: syncDir} }

// Compact compacts the state at path, which no other process may have open.
func Compact(ctx context.Context, path string) (Compaction, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return Compaction{}, fmt.Errorf("compact the state: there is none at %s: it is made by the first run", path)
	}
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return Compaction{}, fmt.Errorf("compact the state: %w", err)
	}
	c, err := db.Compact(ctx)
	return c, errors.Join(err, db.Close())
}

// Compact rewrites the file without the room that was freed in it; bbolt never gives any
// back. A copy is made beside the file, checked in full and put in its place in one step: a
// process that is killed leaves the file that was there, or the new one, whole. Others read
// meanwhile; they write too, unless something was written while the copy was made: then it
// is made once more, and writing waits. Without enough room for the copy nothing is done; see
// SpaceError.
func (db *DB) Compact(ctx context.Context) (Compaction, error) {
	db.compacting.Lock()
	defer db.compacting.Unlock()
	var c Compaction
	var err error
	if c.Before, err = db.Size(); err == nil {
		err = db.compact(ctx, c.Before.Live)
	}
	if err == nil {
		c.After, err = db.Size()
	}
	if err != nil {
		return Compaction{}, fmt.Errorf("compact the state: %w", err)
	}
	return c, nil
}

func (db *DB) compact(ctx context.Context, live int64) error {
	dir := filepath.Dir(db.path)
	free, err := db.disk.free(dir)
	if err != nil {
		return err
	}
	if need := roomFor(live); free < need {
		return &SpaceError{Path: db.path, Need: need, Free: free}
	}
	next, err := db.copyAside(ctx)
	if err != nil {
		return err
	}
	return db.bolt.hold(func(b *bolt.DB) error {
		now, err := db.lastWrite(b)
		if err != nil {
			return errors.Join(err, next.drop())
		}
		if now != next.last { // the copy is out of date: make it while nothing is written
			if err = next.drop(); err != nil {
				return err
			}
			if next, err = db.copyAside(ctx); err != nil {
				return err
			}
		}
		return db.replaceBy(next)
	})
}

// An aside is a copy of the state that is not in its place yet.
type aside struct {
	path string
	bolt *bolt.DB // nil until it is whole; holds the lock of the file
	last int      // the transaction up to which it has everything
}

func (a *aside) drop() error {
	var err error
	if a.bolt != nil {
		err = a.bolt.Close()
	}
	return errors.Join(err, os.Remove(a.path))
}

// copyAside makes a copy of what is in the file, durable and checked.
func (db *DB) copyAside(ctx context.Context) (*aside, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir := filepath.Dir(db.path)
	f, err := os.CreateTemp(dir, filepath.Base(db.path)+unfinished) // 0600
	if err != nil {
		return nil, &PlaceError{Path: dir, Msg: fmt.Sprintf("takes no copy of the state (%v): run writersync as the user who owns it, on a volume that can be written to; nothing was changed", err)}
	}
	a := &aside{path: f.Name()}
	if err = f.Close(); err == nil {
		err = db.fillAside(ctx, a)
	}
	if err != nil {
		return nil, errors.Join(err, a.drop())
	}
	return a, nil
}

func (db *DB) fillAside(ctx context.Context, a *aside) error {
	err := db.view(func(tx *bolt.Tx) error {
		a.last = tx.ID()
		return copyLive(ctx, a.path, tx, db.step)
	})
	if err != nil {
		return err
	}
	if err := errors.Join(ownAs(a.path, db.path), syncFile(a.path)); err != nil {
		return err
	}
	if a.bolt, err = openFile(a.path, db.options); err != nil {
		return err
	}
	c, err := newCodec()
	if err != nil {
		return err
	}
	err = (&DB{path: a.path, bolt: newHandle(a.bolt), codec: c}).Check(ctx)
	var corrupt *CorruptError
	if errors.As(err, &corrupt) {
		return fmt.Errorf("the copy is not sound, and was dropped; see what `writersync state check` says of the state: %w", corrupt.Err)
	}
	return err
}

// lastWrite returns the number of the last transaction that wrote to b.
func (db *DB) lastWrite(b *bolt.DB) (id int, err error) {
	err = contain(db.path, func() error {
		return b.View(func(tx *bolt.Tx) error {
			id = tx.ID()
			return nil
		})
	})
	return id, err
}

// replaceBy puts a copy in the place of the file. Nothing is written meanwhile. The
// copy's lock is held all along: a process that opens either file finds it locked.
func (db *DB) replaceBy(a *aside) error {
	if err := db.disk.rename(a.path, db.path); err != nil {
		return errors.Join(err, a.drop())
	}
	err := db.bolt.exchange(a.bolt)
	if serr := db.disk.syncDir(filepath.Dir(db.path)); serr != nil {
		err = errors.Join(err, fmt.Errorf("the compacted file is in place, and a power cut could bring back the one before it: %w", serr))
	}
	return err
}
