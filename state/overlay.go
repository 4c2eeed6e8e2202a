package state

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"writersync/connectors"
)

// runBytes is how much of an overlay is held in memory before it becomes a sorted
// run in a file. A first reading of a million people and ten million memberships
// comes to some 450 MiB, hence 60 runs, which are merged through buffers of 64
// KiB: 12 MiB in all.
const runBytes = 8 << 20

// runBuffer is how much of a run is read at a time.
const runBuffer = 64 << 10

// An overlay is the changed records of a reading, on their way to the snapshot. It
// takes them in any order and gives them back sorted by ID. What does not fit in
// memory goes to a file that has no name: it vanishes with the process.
type overlay struct {
	dir   string
	items []staged
	bytes int // of items
	count int // of all records
	file  *os.File
	end   int64
	runs  []*io.SectionReader
}

// A staged record has an ID and a body.
type staged struct {
	id   string
	body []byte
}

func compareStaged(a, b staged) int { return strings.Compare(a.id, b.id) }

func (o *overlay) add(s staged) error {
	o.items = append(o.items, s)
	o.bytes += len(s.id) + len(s.body) + 64
	o.count++
	if o.bytes < runBytes {
		return nil
	}
	return o.spill()
}

// spill writes what is in memory as one more run.
func (o *overlay) spill() error {
	if o.file == nil {
		f, err := os.CreateTemp(o.dir, ".reading-*")
		if err != nil {
			return fmt.Errorf("make file for the reading: %w", err)
		}
		o.file = f
		if err := os.Remove(f.Name()); err != nil {
			return fmt.Errorf("hide file of the reading: %w", err)
		}
	}
	slices.SortFunc(o.items, compareStaged)
	start := o.end
	w := bufio.NewWriterSize(o.file, runBuffer)
	for _, s := range o.items {
		b := appendBlob(appendBlob(nil, []byte(s.id)), s.body)
		o.end += int64(len(b))
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("write file of the reading: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write file of the reading: %w", err)
	}
	o.runs = append(o.runs, io.NewSectionReader(o.file, start, o.end-start))
	clear(o.items)
	o.items, o.bytes = o.items[:0], 0
	return nil
}

func (o *overlay) close() error {
	if o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	if err := f.Close(); err != nil {
		return fmt.Errorf("close file of the reading: %w", err)
	}
	return nil
}

// sorted returns a stream of all records by ID. Nothing may be added after.
func (o *overlay) sorted() (*stream, error) {
	slices.SortFunc(o.items, compareStaged)
	s := &stream{}
	for _, run := range o.runs {
		r := bufio.NewReaderSize(run, runBuffer)
		s.tails = append(s.tails, &tail{next: func() (staged, error) { return readStaged(r) }})
	}
	items := o.items
	s.tails = append(s.tails, &tail{next: func() (staged, error) {
		if len(items) == 0 {
			return staged{}, io.EOF
		}
		first := items[0]
		items = items[1:]
		return first, nil
	}})
	for _, t := range slices.Clone(s.tails) {
		if err := t.advance(); errors.Is(err, io.EOF) {
			s.tails = slices.DeleteFunc(s.tails, func(x *tail) bool { return x == t })
		} else if err != nil {
			return nil, err
		}
	}
	heap.Init(s)
	return s, nil
}

func readStaged(r *bufio.Reader) (staged, error) {
	id, err := readBlob(r)
	if err != nil {
		return staged{}, err
	}
	body, err := readBlob(r)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return staged{id: string(id), body: body}, err
}

// readBlob reads bytes that are preceded by their length.
func readBlob(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer                                   // grows with what is there, not with what a length claims
	if _, err := io.CopyN(&b, r, int64(n)); err != nil { //nolint:gosec // our own file
		return nil, err
	}
	return b.Bytes(), nil
}

// A stream merges sorted runs.
type stream struct {
	tails []*tail
	last  string
	any   bool
	ended bool // next has returned all there is
}

// A tail is what is left of one run.
type tail struct {
	head staged
	next func() (staged, error)
}

func (t *tail) advance() error {
	var err error
	t.head, err = t.next()
	return err
}

// next returns the next record; ok is false at the end. An ID that comes twice is
// connectors.ErrDuplicate.
func (s *stream) next() (out staged, ok bool, err error) {
	if len(s.tails) == 0 {
		s.ended = true
		return staged{}, false, nil
	}
	out = s.tails[0].head
	if s.any && out.id == s.last {
		return staged{}, false, fmt.Errorf("record %q: %w", out.id, connectors.ErrDuplicate)
	}
	s.last, s.any = out.id, true
	switch err := s.tails[0].advance(); {
	case errors.Is(err, io.EOF):
		heap.Pop(s)
	case err != nil:
		return staged{}, false, fmt.Errorf("read file of the reading: %w", err)
	default:
		heap.Fix(s, 0)
	}
	return out, true, nil
}

// Len, Less, Swap, Push and Pop make a stream a heap of its tails.
func (s *stream) Len() int { return len(s.tails) }

// Less puts the tail with the lowest ID on top.
func (s *stream) Less(i, j int) bool { return s.tails[i].head.id < s.tails[j].head.id }

// Swap exchanges two tails.
func (s *stream) Swap(i, j int) { s.tails[i], s.tails[j] = s.tails[j], s.tails[i] }

// Push adds a tail.
func (s *stream) Push(x any) { s.tails = append(s.tails, x.(*tail)) } //nolint:errcheck,forcetypeassert // heap gives back what it was given

// Pop removes the last tail.
func (s *stream) Pop() any {
	t := s.tails[len(s.tails)-1]
	s.tails = s.tails[:len(s.tails)-1]
	return t
}
