package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// The keys of what import makes begin with one of these: made things are found by
// their ID, begun ones by what they are made of.
const (
	importMade  = 'm'
	importBegun = 'b'
)

// importKey names a thing that import makes; by its ID, once it has one.
func importKey(i plan.Imported) []byte {
	state, last := byte(importMade), i.Ref.ID
	if last == "" {
		state, last = importBegun, string(i.From)
	}
	key := appendBlob([]byte{state}, []byte(i.Kind))
	return append(appendBlob(key, []byte(i.Ref.Source)), last...)
}

// begunKey is the key that i had before it had an ID.
func begunKey(i plan.Imported) []byte {
	i.Ref.ID = ""
	return importKey(i)
}

// Importing records that a thing is being made; see syncer.Imports.
func (db *DB) Importing(ctx context.Context, i plan.Imported) error {
	i.Ref.ID = ""
	return db.putImported(ctx, i, func(b *bolt.Bucket) error { return db.codec.put(b, importKey(i), i) })
}

// Imported records what became of it; see syncer.Imports.
func (db *DB) Imported(ctx context.Context, i plan.Imported) error {
	return db.putImported(ctx, i, func(b *bolt.Bucket) error {
		if err := b.Delete(begunKey(i)); err != nil || i.Ref.ID == "" {
			return err
		}
		return db.codec.put(b, importKey(i), i)
	})
}

func (db *DB) putImported(ctx context.Context, i plan.Imported, put func(*bolt.Bucket) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if i.Ref.Source == "" || i.From == "" || !isKind(i.Kind) {
		return fmt.Errorf("remember what import made: a %q without a source, or of nothing: %w", i.Kind, errRecord)
	}
	err := db.update(func(tx *bolt.Tx) error { return put(tx.Bucket([]byte(bucketImported))) })
	if err != nil {
		return fmt.Errorf("remember what import made: %w", err)
	}
	return nil
}

func isKind(k connectors.ObjectKind) bool {
	return k == connectors.UserObject || k == connectors.GroupObject
}

// readImported returns all that import made or began to make, in the order of keys.
func (c codec) readImported(tx *bolt.Tx) ([]plan.Imported, error) {
	var out []plan.Imported
	err := tx.Bucket([]byte(bucketImported)).ForEach(func(key, value []byte) error {
		var i plan.Imported
		if err := c.read(key, value, &i); err != nil {
			return fmt.Errorf("what import made: %w", err)
		}
		out = append(out, i)
		return nil
	})
	return out, err
}

// sameImport says whether a record stands under its own key.
func sameImport(key []byte, i *plan.Imported) error {
	if !bytes.Equal(key, importKey(*i)) {
		return errors.New("it is of another object")
	}
	return nil
}
