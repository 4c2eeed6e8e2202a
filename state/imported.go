package state

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/store"
)

// The keys of what import makes begin with one of these: made things are found by
// their ID, begun ones by what they are made of.
const (
	importMade  = 'm'
	importBegun = 'b'
)

// importKey names a thing that import makes; by its ID, once it has one.
func importKey(i store.Imported) []byte {
	state, last := byte(importMade), i.Ref.ID
	if last == "" {
		state, last = importBegun, i.From
	}
	key := appendBlob([]byte{state}, []byte(i.Kind.String()))
	return append(appendBlob(key, []byte(i.Ref.Source)), last...)
}

// begunKey is the key that i had before it had an ID.
func begunKey(i store.Imported) []byte {
	i.Ref.ID = ""
	return importKey(i)
}

// Import records that a thing is being made, or was; see store.Recorder.
func (t *tx) Import(i store.Imported) error {
	return t.do("remember what import made", func() error {
		if i.Ref.Source == "" || i.From == "" || i.Kind == 0 {
			return fmt.Errorf("a %q without a source, or made of nothing, cannot be stored", i.Kind)
		}
		t.touch()
		b := t.bolt.Bucket([]byte(bucketImported))
		if err := b.Delete(begunKey(i)); err != nil {
			return err
		}
		return t.db.codec.put(b, importKey(i), i)
	})
}

// Forget drops the record of a thing that was not made; see store.Recorder.
func (t *tx) Forget(i store.Imported) error {
	return t.do("forget what import began", func() error {
		t.touch()
		return t.bolt.Bucket([]byte(bucketImported)).Delete(begunKey(i))
	})
}

// Imports returns what import made, or began to make; see store.Work.
func (t *tx) Imports() (all []store.Imported, err error) {
	err = t.do("read what import made", func() (err error) { all, err = t.db.codec.readImported(t.bolt); return err })
	return all, err
}

// readImported returns all that import made or began to make, in the order of keys.
func (c codec) readImported(tx *bolt.Tx) ([]store.Imported, error) {
	var out []store.Imported
	err := tx.Bucket([]byte(bucketImported)).ForEach(func(key, value []byte) error {
		var i store.Imported
		if err := c.read(key, value, &i); err != nil {
			return fmt.Errorf("what import made: %w", err)
		}
		out = append(out, i)
		return nil
	})
	return out, err
}

// sameImport says whether a record stands under its own key.
func sameImport(key []byte, i *store.Imported) error {
	if !bytes.Equal(key, importKey(*i)) {
		return errors.New("it is of another object")
	}
	return nil
}
