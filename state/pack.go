package state

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"
)

// Packed records. Ops, holds and events repeat themselves: what CBOR takes ten bytes for
// takes one once it is deflated (RFC 1951). Records that are laid out by hand are never
// packed, since a scan reads them where they lie.
const (
	// packFrom is the length of the shortest body that is worth it.
	packFrom = 512
	// packTo is the length of the longest one: what unpacks to more was never packed.
	packTo = 64 << 20
)

// packers are writers to be used again: each has some 1 MiB of tables.
type packers struct{ pool sync.Pool }

// pack returns a body deflated; ok is false if that is not worth it.
func (p *packers) pack(body []byte) (packed []byte, ok bool, err error) {
	if len(body) < packFrom || len(body) > packTo {
		return nil, false, nil
	}
	out := bytes.NewBuffer(make([]byte, 0, len(body)/2))
	w, pooled := p.pool.Get().(*flate.Writer)
	if pooled {
		w.Reset(out)
	} else if w, err = flate.NewWriter(out, flate.BestSpeed); err != nil {
		return nil, false, fmt.Errorf("set up packing: %w", err)
	}
	defer p.pool.Put(w)
	if _, err = w.Write(body); err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, false, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), out.Len() < len(body), nil
}

// unpack returns what pack was given.
func unpack(packed []byte) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), packTo+1))
	if err == nil && len(body) > packTo {
		err = fmt.Errorf("more than %d bytes", packTo)
	}
	if err != nil {
		return nil, fmt.Errorf("unpack (%w): %w", err, errRecord)
	}
	return body, nil
}
