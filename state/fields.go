package state

import (
	"encoding/binary"
	"fmt"
)

// fields reads the hand-made part of a body. The first field that is cut short
// makes every later one empty; rest reports it.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if f.short || n < 0 || n > len(f.b) {
		f.short = true
		return nil
	}
	out := f.b[:n]
	f.b = f.b[n:]
	return out
}

func (f *fields) byte() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) uint32() uint32 {
	if b := f.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (f *fields) uint64() uint64 {
	if b := f.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// blob reads bytes that are preceded by their length.
func (f *fields) blob() []byte {
	n, width := binary.Uvarint(f.b)
	if f.short || width <= 0 || n > uint64(len(f.b)-width) {
		f.short = true
		return nil
	}
	f.b = f.b[width:]
	return f.take(int(n)) //nolint:gosec // not above len(f.b)
}

// number reads a number that was given, as a varint.
func (f *fields) number() uint32 {
	n, width := binary.Uvarint(f.b)
	if f.short || width <= 0 || n > maxNumbers {
		f.short = true
		return 0
	}
	f.b = f.b[width:]
	return uint32(n)
}

// rest returns what no field took.
func (f *fields) rest() ([]byte, error) {
	if f.short {
		return nil, fmt.Errorf("cut short: %w", errRecord)
	}
	return f.b, nil
}

func appendBlob(b, blob []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(blob))), blob...)
}
