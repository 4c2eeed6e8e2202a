package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
)

// Schema 4 keeps the references of groups that name no user, of users and groups the names
// by which lists name them, and nested groups by such references. In schema 3 connectors
// resolved references, and their counts were stored. After the migration no record says
// which references name no user, so that each source is read in full before what changed in
// it is.
type (
	statedGroup3 struct {
		_         struct{} `cbor:",toarray"`
		Name      string
		Container string
		Nested    []string
	}
	head3 struct {
		Generation     uint64
		At             time.Time
		Size, Accepted connectors.Size
		Unresolved     int
		Credible       bool
		Version        uint64
		People, Groups int
		Stated         [2]string
		Identity       string
		States         string `cbor:",omitempty"`
		StatedAt       time.Time
		Cursor         connectors.Cursor `cbor:",omitempty"`
		Followed       time.Time
	}
)

// relist rewrites the records of people and groups, a step at a time. It may be run again:
// a record that was rewritten is left alone.
func relist(ctx context.Context, db *DB) error {
	var names []string
	err := db.update(func(tx *bolt.Tx) error {
		if err := errors.Join(makeBuckets(tx), rewriteHeads(tx, db.codec)); err != nil {
			return err
		}
		return db.eachSource(tx, func(s source) error { names = append(names, s.name); return nil })
	})
	for _, name := range names {
		err = errors.Join(err,
			db.rewrite(ctx, name, func(s source) *bolt.Bucket { return s.people }, personOf3),
			db.rewrite(ctx, name, func(s source) *bolt.Bucket { return s.groups }, db.codec.groupOf3))
	}
	return err
}

// personOf3 returns the body of a person's record of schema 3 in that of schema 4.
func personOf3(key, value []byte) ([]byte, error) {
	body, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	stated, err := stated3(body)
	if err != nil {
		return nil, err
	}
	if stated[0] < 0x80 { // a number of names, and not CBOR
		return nil, nil
	}
	return append(appendHashes(bytes.Clone(body[:len(body)-len(stated)]), nil), stated...), nil
}

// stated3 returns the CBOR of a person's record, as it was until schema 3.
func stated3(body []byte) ([]byte, error) {
	const head = 4 + 1 + 16 + 8 + 8
	if len(body) <= head {
		return nil, fmt.Errorf("%d bytes long: %w", len(body), errRecord)
	}
	return body[head:], nil
}

// groupOf3 is personOf3 for groups.
func (c codec) groupOf3(key, value []byte) ([]byte, error) {
	body, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	f := fields{b: body}
	number := f.uint32()
	f.take(len(digest{}))
	place, stated := f.uint64(), f.blob()
	members, err := f.rest()
	if err != nil {
		return nil, err
	}
	if c.decode(stated, &statedGroup{}) == nil {
		return nil, nil
	}
	var old statedGroup3
	if err := c.decode(stated, &old); err != nil {
		return nil, err
	}
	if stated, err = c.encode(statedGroup{Name: old.Name, Container: old.Container}); err != nil {
		return nil, err
	}
	_, nested, err := references(connectors.Group{Groups: old.Nested}, nil)
	if err != nil {
		return nil, err
	}
	b := binary.BigEndian.AppendUint32(nil, number)
	b = append(b, make([]byte, len(digest{}))...)
	b = appendHashes(appendBlob(binary.BigEndian.AppendUint64(b, place), stated), nil)
	b = appendBlob(appendBlob(b, members), nil)
	return append(b, packLoose(bare(nested))...), nil
}

// rewriteHeads leaves out of heads what is no longer stored, and the cursors. It may be run
// again, and is run before anything of an older schema is looked at.
func rewriteHeads(tx *bolt.Tx, c codec) error { return convert(tx, c, bucketHeads, headOf3) }

func headOf3(h head3) (head, error) {
	return head{
		Generation: h.Generation, At: h.At, Size: h.Size, Accepted: h.Accepted, Credible: h.Credible, Version: h.Version, People: h.People, Groups: h.Groups,
		Files: filesOf(h.Stated, h.StatedAt), Identity: h.Identity, States: h.States, Followed: h.Followed,
	}, nil
}

// sound3 reads the records that relist rewrites, of a file of schema 3 or an older one, or of
// one on its way from there, and returns what is wrong with them.
func sound3(tx *bolt.Tx, c codec) error {
	faults := []error{sound(tx, c, bucketHeads, headOf3)}
	return errors.Join(append(faults, eachOfSources(tx, map[string]func(key, value []byte) ([]byte, error){
		"people-": personOf3, "groups-": c.groupOf3,
	})...)...)
}
