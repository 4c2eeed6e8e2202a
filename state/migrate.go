package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

const (
	// schema is the version of the file's layout that this program writes.
	schema uint32 = 6

	keySchema = "schema"
	// keyBegun is there while a file is on its way to the schema that it says it has.
	keyBegun = "begun"
)

// A migration brings a file from the schema below it to the schema to: first what is
// too much for one transaction, which may be run again, then run.
type migration struct {
	to    uint32
	sound func(*bolt.Tx, codec) error      // what is wrong with the file, before anything is changed; may be nil
	first func(context.Context, *DB) error // may be nil
	run   func(*bolt.Tx, codec) error
}

// migrations lists every step since the first schema, in order.
func migrations() []migration {
	return []migration{
		{to: 2, run: func(tx *bolt.Tx, _ codec) error {
			for _, name := range []string{bucketAudit, bucketJoins, bucketImported} {
				if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
			return nil
		}},
		{to: 3, sound: sound2, first: renumber, run: rewriteRecords},
		{to: 4, sound: sound3, first: relist, run: func(tx *bolt.Tx, _ codec) error { return makeObserved(tx) }},
		{to: 5, sound: sound4, first: remark, run: func(*bolt.Tx, codec) error { return nil }},
		{to: 6, run: func(tx *bolt.Tx, _ codec) error { return makeBuckets(tx) }}, // for users who vanished
	}
}

// migrate brings the file to the schema of the last of steps (or to schema, if
// there are none), a step after the other; if copied is set after a backup beside it. A newer
// file is refused. A step that was cut short is done again.
func migrate(ctx context.Context, db *DB, steps []migration, copied bool) error {
	want := schema
	if len(steps) > 0 {
		want = steps[len(steps)-1].to
	}
	have, begun, err := db.schema()
	if err != nil || (have == want && !begun) {
		return err
	}
	due := dueFrom(steps, have, begun)
	if have > want || len(due) == 0 {
		return &SchemaError{Path: db.path, Have: have, Want: want}
	}
	if !begun {
		if err := db.mayMigrate(due); err != nil {
			return err
		}
	}
	if copied && !begun {
		if err := db.keepCopy(ctx, have); err != nil {
			return fmt.Errorf("keep a copy of the state from before it is brought to schema %d: %w", want, err)
		}
	}
	for _, step := range due {
		if err := db.migrateTo(ctx, step); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", step.to, err)
		}
	}
	return nil
}

// dueFrom returns the steps that are to be made, none if the next one is missing.
func dueFrom(steps []migration, have uint32, begun bool) []migration {
	if begun {
		have-- // of a step that is not done yet
	}
	at := slices.IndexFunc(steps, func(s migration) bool { return s.to == have+1 })
	if at < 0 {
		return nil
	}
	return steps[at:]
}

// mayMigrate says what is wrong with the file. It changes nothing.
func (db *DB) mayMigrate(due []migration) error {
	for _, step := range due {
		if step.sound == nil {
			continue
		}
		if err := db.view(func(tx *bolt.Tx) error { return step.sound(tx, db.codec) }); err != nil {
			return err
		}
	}
	return nil
}

// keepCopy copies the file to where schemaCopy says. An earlier copy there is kept under the
// name of its time: it may be the only way back to what was before.
func (db *DB) keepCopy(ctx context.Context, have uint32) error {
	to := schemaCopy(db.path, have)
	err := mayReplace(to, false)
	if errors.Is(err, errEarlier) {
		info, serr := os.Stat(to)
		if serr != nil {
			return serr
		}
		err = os.Rename(to, to+"-"+info.ModTime().UTC().Format("20060102T150405Z"))
	}
	if err != nil {
		return err
	}
	if err := db.Backup(ctx, to, false); err != nil {
		return err
	}
	return ownAs(to, db.path)
}

// schemaCopy is where the copy of a file is kept from before a migration.
func schemaCopy(path string, have uint32) string {
	return fmt.Sprintf("%s%s%d", path, schemaSuffix, have)
}

const schemaSuffix = ".schema-"

// migrateTo makes one step. From its first write on the file has the new schema, so that
// no older program opens what is half done.
func (db *DB) migrateTo(ctx context.Context, step migration) error {
	if step.first != nil {
		err := db.update(func(tx *bolt.Tx) error {
			return errors.Join(writeSchema(tx, step.to), tx.Bucket([]byte(bucketMeta)).Put([]byte(keyBegun), []byte{1}))
		})
		if err == nil {
			err = step.first(ctx, db)
		}
		if err != nil {
			return err
		}
	}
	return db.update(func(tx *bolt.Tx) error {
		if err := step.run(tx, db.codec); err != nil {
			return err
		}
		return errors.Join(writeSchema(tx, step.to), tx.Bucket([]byte(bucketMeta)).Delete([]byte(keyBegun)))
	})
}

// schema reads the file's schema, and sees that the buckets are there; begun says that
// the migration to it was cut short.
func (db *DB) schema() (have uint32, begun bool, err error) {
	err = db.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket([]byte(bucketMeta))
		if meta == nil {
			return fmt.Errorf("a bbolt file of another program: %w", errRecord)
		}
		raw := meta.Get([]byte(keySchema))
		if len(raw) != 4 {
			return fmt.Errorf("schema of %d bytes: %w", len(raw), errRecord)
		}
		have, begun = binary.BigEndian.Uint32(raw), meta.Get([]byte(keyBegun)) != nil
		if have != schema || begun {
			return nil // another schema may have other buckets
		}
		for _, name := range buckets() {
			if tx.Bucket([]byte(name)) == nil {
				return fmt.Errorf("bucket %s is missing: %w", name, errRecord)
			}
		}
		return nil
	})
	return have, begun, err
}
