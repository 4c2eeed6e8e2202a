package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
)

// Opening a file for writing makes bbolt walk over all its pages, on a goroutine
// of its own: a page that makes no sense panics there, and takes the process with
// it. So the pages are walked here first, by plain reads, before bbolt sees the
// file. The layout is that of bbolt's file format 2, in the machine's byte order.
const (
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	pageHead     = 16 // id 8, flags 2, count 2, overflow 4
	pageElement  = 16 // branch: pos 4, key 4, page 8; leaf: flags 4, pos 4, key 4, value 4
	metaSize     = 64 // magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, pages 8, tx 8, checksum 8
	bucketHead   = 16 // root 8, sequence 8; an inline page follows if root is zero
	branchPage   = 0x01
	leafPage     = 0x02
	bucketLeaf   = 0x01
	maxPageDepth = 64
)

// A pageWalk checks that every page that can be reached lies in the file, is what
// it says, is reached once, and holds its keys in order.
type pageWalk struct {
	file  io.ReaderAt
	size  int64
	page  int64  // bytes
	pages uint64 // from here on none was ever used
	seen  bits
	// levels are the pages on the way to the one that is looked at. Their room is used
	// again and again: a file of a million users has half a million pages.
	levels []level
}

type level struct {
	page []byte
	all  []element // on it
}

// checkPages walks over a file of that size.
func checkPages(file io.ReaderAt, size int64) error {
	w := pageWalk{file: file, size: size}
	root, err := w.meta()
	if err != nil {
		return err
	}
	if w.pages > uint64(size/w.page) { //nolint:gosec // a size is not negative
		return fmt.Errorf("cut short: %d bytes where %d pages of %d were written", size, w.pages, w.page)
	}
	return w.walk(root, nil, nil, 0)
}

// meta reads the newest of the two pages that say where everything is. One that
// was torn by a power cut is no fault: the other one is whole.
func (w *pageWalk) meta() (root uint64, err error) {
	newest, found := uint64(0), false
	for _, at := range []int64{0, pageSize} {
		b := make([]byte, metaSize)
		if _, err := w.file.ReadAt(b, at+pageHead); err != nil {
			continue
		}
		f := binary.NativeEndian
		sum := fnv.New64a()
		sum.Write(b[:metaSize-8])
		sound := f.Uint32(b) == boltMagic && f.Uint32(b[4:]) == boltVersion && f.Uint64(b[56:]) == sum.Sum64()
		if tx := f.Uint64(b[48:]); sound && f.Uint32(b[8:]) == pageSize && (!found || tx > newest) {
			newest, found = tx, true
			w.page, root, w.pages = int64(f.Uint32(b[8:])), f.Uint64(b[16:]), f.Uint64(b[40:])
		}
	}
	if !found {
		return 0, errors.New("neither of its first two pages is that of a state")
	}
	return root, nil
}

// isOurs reports whether a file whose pages make sense has what each version of this
// program puts into it: the bucket with the schema.
func isOurs(file io.ReaderAt, size int64) bool {
	w := pageWalk{file: file, size: size}
	root, err := w.meta()
	if err != nil {
		return false
	}
	meta, found := w.find(root, bucketMeta)
	if !found || !meta.bucket || len(meta.value) < bucketHead {
		return false
	}
	if root := binary.NativeEndian.Uint64(meta.value); root != 0 {
		_, found = w.find(root, keySchema)
	} else {
		_, found, _ = search(meta.value[bucketHead:], keySchema)
	}
	return found
}

// find returns the element of that key on the page id, or below it.
func (w *pageWalk) find(id uint64, key string) (element, bool) {
	for {
		b, err := w.read(nil, id)
		if err != nil {
			return element{}, false
		}
		e, found, leaf := search(b, key)
		if leaf || e.page == 0 {
			return e, found
		}
		id = e.page
	}
}

// search returns the element of that key on a page, or the one that leads to it.
func search(b []byte, key string) (e element, found, leaf bool) {
	f := binary.NativeEndian
	flags, count := f.Uint16(b[8:]), int(f.Uint16(b[10:]))
	all, err := readElements(nil, b, count, flags)
	if err != nil {
		return element{}, false, true
	}
	at, found := slices.BinarySearchFunc(all, key, func(e element, key string) int { return strings.Compare(string(e.key), key) })
	switch leaf = flags == leafPage; {
	case found:
		return all[at], true, leaf
	case leaf || at == 0:
		return element{}, false, true
	}
	return all[at-1], false, false
}

// walk checks the page id and all below it, whose keys are from low (inclusive) to
// high (exclusive).
func (w *pageWalk) walk(id uint64, low, high []byte, depth int) error {
	if depth > maxPageDepth {
		return fmt.Errorf("page %d: below %d others", id, depth)
	}
	level := w.level(depth)
	b, err := w.read(level.page, id)
	if err != nil {
		return err
	}
	level.page = b
	if err := w.elements(b, low, high, depth); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// level returns the room for a page at that depth.
func (w *pageWalk) level(depth int) *level {
	for len(w.levels) <= depth {
		w.levels = append(w.levels, level{})
	}
	return &w.levels[depth]
}

// read returns a page with its overflow, in room if that is large enough.
func (w *pageWalk) read(room []byte, id uint64) ([]byte, error) {
	if id < 2 || id >= w.pages {
		return nil, fmt.Errorf("page %d: out of bounds", id)
	}
	b := slices.Grow(room[:0], int(w.page))[:w.page]
	if _, err := w.file.ReadAt(b, int64(id)*w.page); err != nil { //nolint:gosec // below w.pages
		return nil, fmt.Errorf("page %d: read: %w", id, err)
	}
	f := binary.NativeEndian
	overflow := uint64(f.Uint32(b[12:]))
	if f.Uint64(b) != id || overflow >= w.pages-id {
		return nil, fmt.Errorf("page %d: is page %d of %d", id, f.Uint64(b), overflow+1)
	}
	for i := id; i <= id+overflow; i++ {
		if !w.seen.add(uint32(i)) { //nolint:gosec // 16 TiB of pages
			return nil, fmt.Errorf("page %d: reached twice", i)
		}
	}
	if overflow == 0 {
		return b, nil
	}
	b = slices.Grow(b, int(overflow)*int(w.page))[:int(overflow+1)*int(w.page)] //nolint:gosec // within the file
	if _, err := w.file.ReadAt(b[w.page:], int64(id+1)*w.page); err != nil {
		return nil, fmt.Errorf("page %d: read: %w", id, err)
	}
	return b, nil
}

// elements checks what is on one page, or on one that is inline in another.
func (w *pageWalk) elements(b []byte, low, high []byte, depth int) error {
	f := binary.NativeEndian
	flags, count := f.Uint16(b[8:]), int(f.Uint16(b[10:]))
	if flags != branchPage && flags != leafPage {
		return fmt.Errorf("flags %#x", flags)
	}
	if pageHead+count*pageElement > len(b) || (flags == branchPage && count == 0) {
		return fmt.Errorf("%d elements", count)
	}
	level := w.level(depth)
	all, err := readElements(level.all, b, count, flags)
	if err != nil {
		return err
	}
	level.all = all
	if err := inOrder(all, low, high); err != nil {
		return err
	}
	for i, e := range all {
		next := high
		if i+1 < count {
			next = all[i+1].key
		}
		if err := w.below(e, next, depth); err != nil {
			return err
		}
	}
	return nil
}

// inOrder checks that the keys ascend from low (inclusive) to high (exclusive; nil:
// no end).
func inOrder(all []element, low, high []byte) error {
	for i, e := range all {
		order := bytes.Compare(low, e.key)
		if order > 0 || (order == 0 && i > 0) || (high != nil && bytes.Compare(e.key, high) >= 0) {
			return fmt.Errorf("element %d: key out of order", i)
		}
		low = e.key
	}
	return nil
}

// An element leads to a page, or holds a value, or a bucket.
type element struct {
	key, value []byte
	page       uint64
	bucket     bool
}

// readElements returns the elements of a page, in room if that is large enough.
func readElements(room []element, b []byte, count int, flags uint16) ([]element, error) {
	all := slices.Grow(room[:0], count)[:count]
	for i := range all {
		var err error
		if all[i], err = readElement(b, i, flags); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return all, nil
}

func readElement(b []byte, i int, flags uint16) (element, error) {
	f := binary.NativeEndian
	at := pageHead + i*pageElement
	head := b[at : at+pageElement]
	var e element
	var pos, key, value uint64
	if flags == branchPage {
		pos, key, e.page = uint64(f.Uint32(head)), uint64(f.Uint32(head[4:])), f.Uint64(head[8:])
	} else {
		pos, key, value = uint64(f.Uint32(head[4:])), uint64(f.Uint32(head[8:])), uint64(f.Uint32(head[12:]))
		e.bucket = f.Uint32(head)&bucketLeaf != 0
	}
	start := uint64(at) + pos
	if start+key+value > uint64(len(b)) {
		return element{}, errors.New("ends beyond the page")
	}
	e.key, e.value = b[start:start+key], b[start+key:start+key+value]
	return e, nil
}

// below checks what an element leads to.
func (w *pageWalk) below(e element, next []byte, depth int) error {
	switch {
	case e.page != 0:
		return w.walk(e.page, e.key, next, depth+1)
	case !e.bucket:
		return nil
	case len(e.value) < bucketHead:
		return errors.New("a bucket without a head")
	}
	if root := binary.NativeEndian.Uint64(e.value); root != 0 {
		return w.walk(root, nil, nil, depth+1)
	}
	inline := e.value[bucketHead:]
	if len(inline) < pageHead || depth > maxPageDepth {
		return errors.New("an inline bucket without a page")
	}
	return w.elements(inline, nil, nil, depth+1)
}
