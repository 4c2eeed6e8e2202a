package file

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"syscall"

	"writersync/connectors"
)

// maxBytes is the longest file that is read: a million people, or ten million
// memberships, fit.
const maxBytes = 1 << 30

// An opened file counts and digests what is read of it.
type opened struct {
	*os.File
	path   string
	mode   Whole
	before fs.FileInfo
	want   []byte // digest that the manifest states
	sum    hash.Hash
	read   int64
	last   byte
}

// open opens a file, and its manifest if that is what vouches for it.
func open(path string, mode Whole) (*opened, error) {
	// Without O_NONBLOCK, opening a named pipe would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadable(path, err)
	}
	out := &opened{File: f, path: path, mode: mode, sum: sha256.New()}
	if err := out.prepare(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return out, nil
}

func (o *opened) prepare() (err error) {
	if o.before, err = o.Stat(); err != nil {
		return unreadable(o.path, err)
	}
	switch {
	case !o.before.Mode().IsRegular():
		return rejected(o.path, errors.New("it is not a regular file"), "Name the exported file itself.")
	case o.before.Size() > maxBytes:
		return rejected(o.path, fmt.Errorf("it is longer than %d bytes", maxBytes), "Export fewer columns, or several sources.")
	}
	if o.mode == Checksum {
		o.want, err = manifest(o.path)
	}
	return err
}

// manifest returns the digest that PATH.sha256 states: 64 hexadecimal digits, and
// behind a space the file's name, which does not matter.
func manifest(path string) ([]byte, error) {
	name := path + ".sha256"
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, rejected(path, errors.New("there is no "+name+" beside it"),
			"Let the export end with `sha256sum FILE > FILE.sha256`; if it writes aside and renames, set whole: rename.")
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, unreadable(name, err)
	}
	word, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte(" "))
	sum, err := hex.DecodeString(string(word))
	if err != nil || len(sum) != sha256.Size {
		return nil, corrupt(name, errors.New("it holds no SHA-256 digest"), "Write it with `sha256sum FILE > FILE.sha256`.")
	}
	return sum, nil
}

// Read implements io.Reader.
func (o *opened) Read(p []byte) (int, error) {
	n, err := o.File.Read(p)
	if n > 0 {
		o.sum.Write(p[:n])
		o.read += int64(n)
		o.last = p[n-1]
	}
	if o.read > maxBytes {
		return n, fmt.Errorf("it is longer than %d bytes", maxBytes)
	}
	return n, err
}

// whole reads what is left of the file, and sees that it was not half-written.
func (o *opened) whole() error {
	// Not o itself: it has a WriteTo of the file's, which neither counts nor sums.
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{o}); err != nil {
		return unreadable(o.path, err)
	}
	if o.mode == Checksum {
		if !bytes.Equal(o.sum.Sum(nil), o.want) {
			return moving(o.path, errors.New("its SHA-256 is not the one in "+o.path+".sha256"),
				"Either the export is being written now, and the next reading will do, or it broke off: run it again.")
		}
		return nil
	}
	now, err := os.Stat(o.path)
	if err != nil {
		return unreadable(o.path, err)
	}
	same := os.SameFile(o.before, now) && now.Size() == o.before.Size() && now.ModTime().Equal(o.before.ModTime())
	if !same || o.read != o.before.Size() {
		return moving(o.path, errors.New("it changed while it was read"),
			"With whole: rename the export must write under another name in the same folder, and rename.")
	}
	return nil
}

// file returns what was read. It is for after whole.
func (o *opened) file() connectors.File {
	written := o.before.ModTime()
	return connectors.File{Path: o.path, Version: fmt.Sprintf("%x@%d", o.sum.Sum(nil), written.UnixNano()), Written: written}
}
