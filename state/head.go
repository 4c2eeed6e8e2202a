package state

import (
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/store"
)

// A head is what is known of a source's readings. It lies apart from the source's
// records: bbolt keeps a small bucket inside its parent's page, which every commit
// writes anyway, and so an unchanged reading costs nothing more; see pending.
type head struct {
	Generation     uint64
	At             time.Time
	Size, Accepted connectors.Size
	Credible       bool   // nothing speaks against the last complete reading
	Version        uint64 // of the buckets people-V and groups-V
	People, Groups int    // records in them
	Identity       string // of the IDs; see connectors.Evidence
	// States are the attributes that the source ever stated of anybody, sorted, a line
	// each: a head can be compared.
	States string `cbor:",omitempty"`
	// Files are what was read last.
	Files [2]store.File `cbor:",omitzero"`
	// Cursor is where a reading of changes goes on, and Followed when the last was made.
	Cursor   connectors.Cursor `cbor:",omitempty"`
	Followed time.Time
}

func (h head) states() []connectors.Attribute {
	var out []connectors.Attribute
	for line := range strings.Lines(h.States) {
		out = append(out, connectors.Attribute(strings.TrimSuffix(line, "\n")))
	}
	return out
}

// lines is what states undoes.
func lines(attributes []connectors.Attribute) string {
	var b strings.Builder
	for _, a := range attributes {
		b.WriteString(string(a) + "\n")
	}
	return b.String()
}

// files returns what was read, with the time when each version of it was read first.
func (h head) files(read [2]connectors.File, at time.Time) (out [2]store.File) {
	for i, f := range read {
		if f == (connectors.File{}) {
			continue
		}
		out[i] = store.File{File: f, Read: at}
		// Until schema 4 the paths were not stored.
		if was := h.Files[i]; (was.Path == f.Path || was.Path == "") && was.Version == f.Version {
			out[i].Read = was.Read
		}
	}
	return out
}

// readHead returns the head of a source. A transaction of update has stored what was
// pending; one that reads must look.
func (c codec) readHead(tx *bolt.Tx, name string) (head, error) {
	h, ok := c.pending.get(name)
	if ok && !tx.Writable() {
		return h, nil
	}
	key := []byte(name)
	if err := c.read(key, tx.Bucket([]byte(bucketHeads)).Get(key), &h); err != nil {
		return h, fmt.Errorf("head of source %s: %w", name, err)
	}
	return h, nil
}

func (c codec) writeHead(tx *bolt.Tx, name string, h head) error {
	return c.put(tx.Bucket([]byte(bucketHeads)), []byte(name), h)
}
