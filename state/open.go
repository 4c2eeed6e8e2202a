package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	// pageSize is bbolt's, fixed so that a file is the same on every machine.
	pageSize = 4096
	// mapSize is how much address space is taken at once. A file below it never
	// has to be mapped anew, which would wait for every reader.
	mapSize     = 1 << 30
	lockTimeout = 2 * time.Second
)

// Open opens the state at path, and makes it if there is none. Whatever is wrong
// with a file that is there, it is not changed: see ForeignError, LockedError,
// CorruptError, SchemaError and PlaceError.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	if err := createIfMissing(path); err != nil {
		return nil, err
	}
	return open(ctx, path, o, true)
}

// open opens a file that is there. Unless copied is set, no copy is kept from before a
// migration.
func open(ctx context.Context, path string, o Options, copied bool) (*DB, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = lockTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Step == 0 {
		o.Step = stepBytes
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	options := bolt.Options{Timeout: o.LockTimeout, MaxSize: o.MaxSize}
	b, err := openFile(path, options)
	if err != nil {
		return nil, err
	}
	db := &DB{
		path: path, bolt: newHandle(b), options: options, codec: c, now: o.Now, step: o.Step, many: manyUsers, kept: defaultAudit(), disk: realDisk(),
		reading: map[string]bool{},
	}
	err = checkDir(filepath.Dir(path))
	if err == nil {
		err = db.prepare(ctx, copied)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return db, nil
}

// prepare brings an opened file to this program's schema and clears what an
// interrupted process left.
func (db *DB) prepare(ctx context.Context, copied bool) error {
	if err := migrate(ctx, db, migrations(), copied); err != nil {
		return err
	}
	if err := db.dropLeftovers(); err != nil {
		return err
	}
	return removeUnfinished(db.path)
}

// openFile opens a file that is there. It neither makes one nor writes to it. A file that
// was replaced while its lock was waited for is left alone, for the one that is there now.
func openFile(path string, o bolt.Options) (*bolt.DB, error) {
	deadline := time.Now().Add(o.Timeout)
	for {
		b, err := openOnce(path, o)
		if !errors.Is(err, errReplaced) {
			return b, err
		}
		o.Timeout = max(time.Until(deadline), lockEvery)
	}
}

func openOnce(path string, o bolt.Options) (*bolt.DB, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	flag := os.O_RDWR
	if o.ReadOnly {
		flag = os.O_RDONLY
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", denied(path, err))
	}
	b, err := openLocked(file, o)
	if err != nil {
		// bbolt closes it, but not where it panics; the lock must not outlive the
		// error.
		if cerr := file.Close(); cerr != nil && !errors.Is(cerr, os.ErrClosed) {
			err = errors.Join(err, cerr)
		}
		return nil, err
	}
	return b, nil
}

// openLocked locks and checks the file before it lets bbolt have it. Only of a state is
// said that others can read it, and that they must not: it holds names and addresses.
func openLocked(file *os.File, o bolt.Options) (*bolt.DB, error) {
	path := file.Name()
	info, err := lockState(file, o.ReadOnly, o.Timeout)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, &PlaceError{Path: path, Msg: fmt.Sprintf("has mode %04o and others can reach it: run `chmod 600 %s`", mode, path)}
	}
	o.OpenFile = func(string, int, os.FileMode) (*os.File, error) { return file, nil }
	o.NoFreelistSync, o.FreelistType = true, bolt.FreelistMapType
	o.PageSize, o.InitialMmapSize = pageSize, mapSize
	var b *bolt.DB
	err = contain(path, func() error {
		var err error
		if b, err = bolt.Open(path, 0o600, &o); err != nil {
			return fmt.Errorf("open state: %w", err)
		}
		return nil
	})
	return b, err
}

// lockState locks a file, which may then be read, and sees that it is a state whose pages
// make sense.
func lockState(file *os.File, shared bool, timeout time.Duration) (os.FileInfo, error) {
	if err := lockFile(file, shared, timeout); err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at state: %w", err)
	}
	if err := checkPages(file, info.Size()); err != nil {
		return nil, &CorruptError{Path: file.Name(), Err: err}
	}
	if !isOurs(file, info.Size()) {
		return nil, &ForeignError{Path: file.Name(), Err: errors.New("another program made it")}
	}
	return info, nil
}

// checkDir makes the directory if it is missing. One that others can write to is
// refused: they could put another file in the state's place.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make directory of the state: %w", denied(dir, err))
		}
		return nil
	}
	switch {
	case err != nil:
		return fmt.Errorf("look at directory of the state: %w", err)
	case info.Mode()&os.ModeSymlink != 0:
		return &PlaceError{Path: dir, Msg: "is a symbolic link: name the directory itself as the place of the state"}
	case !info.IsDir():
		return &PlaceError{Path: dir, Msg: "is not a directory: the state needs one"}
	case info.Mode().Perm()&0o022 != 0:
		return &PlaceError{Path: dir, Msg: fmt.Sprintf("has mode %04o and others can write to it: run `chmod go-w %s`", info.Mode().Perm(), dir)}
	}
	return nil
}

// checkFile refuses what bbolt would take for a new file, and what is no state at first
// sight.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fmt.Errorf("look at state: %w", denied(path, err))
	case info.Mode()&os.ModeSymlink != 0:
		return &PlaceError{Path: path, Msg: "is a symbolic link: name the file itself"}
	case !info.Mode().IsRegular():
		return &PlaceError{Path: path, Msg: "is not a file"}
	}
	return recognise(path)
}

// recognise refuses a file that is no state, before anything is said of its place and
// its mode: what a state needs is no advice for another file.
func recognise(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open state: %w", denied(path, err))
	}
	if _, err = (&pageWalk{file: f}).meta(); err != nil {
		err = &ForeignError{Path: path, Err: err}
	}
	return errors.Join(err, f.Close())
}

// unfinished is what a new file is called until it is whole.
const unfinished = ".unfinished-*"

// createIfMissing makes a new state aside and puts it in place in one step, so
// that a power cut leaves a whole file or none. It never takes the place of a
// file: of two processes that begin at once, one finds the other's.
func createIfMissing(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return nil // whatever it is, it is there; openFile says what it thinks of it
	}
	if err := checkDir(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+unfinished)
	if err != nil {
		return fmt.Errorf("make state: %w", denied(filepath.Dir(path), err))
	}
	if err = errors.Join(f.Close(), fill(f.Name()), syncFile(f.Name()), ownAs(f.Name(), filepath.Dir(path))); err != nil {
		return errors.Join(fmt.Errorf("make state: %w", err), os.Remove(f.Name()))
	}
	if err = os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return errors.Join(fmt.Errorf("put new state in place: %w", err), os.Remove(f.Name()))
	}
	if err = os.Remove(f.Name()); err != nil {
		return fmt.Errorf("tidy up after making the state: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// fill makes the empty file at path a state without content.
func fill(path string) error {
	b, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, NoFreelistSync: true, PageSize: pageSize})
	if err != nil {
		return err
	}
	err = b.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return fmt.Errorf("make bucket %s: %w", name, err)
			}
		}
		if err := makeObserved(tx); err != nil {
			return err
		}
		return writeSchema(tx, schema)
	})
	return errors.Join(err, b.Close())
}

// removeUnfinished clears what processes left that died while making a state, or the copy of
// one before a migration. The caller holds the state, so none of it will be used.
func removeUnfinished(path string) error {
	left, err := filepath.Glob(globQuote(path) + unfinished)
	copies, cerr := filepath.Glob(globQuote(path) + schemaSuffix + "*" + unfinished)
	if err = errors.Join(err, cerr); err != nil {
		return fmt.Errorf("look for unfinished files: %w", err)
	}
	for _, name := range append(left, copies...) {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("remove unfinished file: %w", err)
		}
	}
	return nil
}

// ownAs gives a file that is to take another's place to the owner of that one, or of the
// directory: an admin who works as root must not take the state away from the daemon's user.
func ownAs(path, like string) error {
	is, err := os.Stat(path)
	if err != nil {
		return err
	}
	want, err := os.Stat(like)
	if err != nil {
		return err
	}
	has, ok := is.Sys().(*syscall.Stat_t)
	to, too := want.Sys().(*syscall.Stat_t)
	if !ok || !too || (has.Uid == to.Uid && has.Gid == to.Gid) {
		return nil
	}
	if err := os.Chown(path, int(to.Uid), int(to.Gid)); err != nil && has.Uid != to.Uid {
		return &PlaceError{Path: like, Msg: fmt.Sprintf("belongs to user %d, and a file of this user would take its place (%v): run writersync as user %[1]d or as root; nothing was changed", to.Uid, err)}
	}
	return nil
}

// globQuote makes a path match itself only.
func globQuote(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}

// writeSchema stores the schema raw, so that any version can read it.
func writeSchema(tx *bolt.Tx, v uint32) error {
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(keySchema), binary.BigEndian.AppendUint32(nil, v))
}
