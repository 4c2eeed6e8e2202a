package state

import (
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

const (
	// schema is the version of the file's layout that this program writes.
	schema uint32 = 2

	keySchema = "schema"
)

// A migration brings a file from the schema below it to the schema to.
type migration struct {
	to  uint32
	run func(*bolt.Tx) error
}

// migrations lists every step since the first schema, in order.
func migrations() []migration {
	return []migration{{to: 2, run: func(tx *bolt.Tx) error {
		for _, name := range []string{bucketAudit, bucketJoins, bucketImported} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	}}}
}

// migrate brings the file to the schema of the last of steps (or to schema, if
// there are none), in one transaction, after a backup beside the file. A newer
// file is refused.
func migrate(db *DB, steps []migration) error {
	want := schema
	if len(steps) > 0 {
		want = steps[len(steps)-1].to
	}
	have, err := db.schema()
	if err != nil || have == want {
		return err
	}
	var due []migration
	for _, step := range steps {
		if step.to > have {
			due = append(due, step)
		}
	}
	if have > want || len(due) == 0 || due[0].to != have+1 {
		return &SchemaError{Path: db.path, Have: have, Want: want}
	}
	if err := db.Backup(context.Background(), fmt.Sprintf("%s.schema-%d", db.path, have)); err != nil {
		return fmt.Errorf("back up before migrating: %w", err)
	}
	return db.update(func(tx *bolt.Tx) error {
		for _, step := range due {
			if err := step.run(tx); err != nil {
				return fmt.Errorf("migrate to schema %d: %w", step.to, err)
			}
		}
		return writeSchema(tx, want)
	})
}

// schema reads the file's schema, and sees that the buckets are there.
func (db *DB) schema() (uint32, error) {
	var have uint32
	err := db.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket([]byte(bucketMeta))
		if meta == nil {
			return fmt.Errorf("a bbolt file of another program: %w", errRecord)
		}
		raw := meta.Get([]byte(keySchema))
		if len(raw) != 4 {
			return fmt.Errorf("schema of %d bytes: %w", len(raw), errRecord)
		}
		if have = binary.BigEndian.Uint32(raw); have != schema {
			return nil // another schema may have other buckets
		}
		for _, name := range buckets() {
			if tx.Bucket([]byte(name)) == nil {
				return fmt.Errorf("bucket %s is missing: %w", name, errRecord)
			}
		}
		return nil
	})
	return have, err
}
