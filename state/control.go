package state

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer"
)

const keyControl = "control"

// Control returns the switches; see syncer.Memory.
func (db *DB) Control(ctx context.Context) (syncer.Control, error) {
	if err := ctx.Err(); err != nil {
		return syncer.Control{}, err
	}
	var control syncer.Control
	err := db.view(func(tx *bolt.Tx) error {
		control = syncer.Control{}
		key := []byte(keyControl)
		value := tx.Bucket([]byte(bucketControl)).Get(key)
		if value == nil {
			return nil
		}
		return db.codec.read(key, value, &control)
	})
	if err != nil {
		return syncer.Control{}, fmt.Errorf("read switches: %w", err)
	}
	return control, nil
}

// UpdateControl changes the switches in one step; see syncer.Memory. The change is
// made outside of any transaction, because it is not ours; only one is under way
// at a time.
func (db *DB) UpdateControl(ctx context.Context, change func(*syncer.Control)) error {
	db.control.Lock()
	defer db.control.Unlock()
	control, err := db.Control(ctx)
	if err != nil {
		return err
	}
	before := control
	if change(&control); control == before {
		return nil
	}
	err = db.update(func(tx *bolt.Tx) error {
		return db.codec.put(tx.Bucket([]byte(bucketControl)), []byte(keyControl), control)
	})
	if err != nil {
		return fmt.Errorf("store switches: %w", err)
	}
	return nil
}
