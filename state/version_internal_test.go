package state

import (
	"errors"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/store"
)

// TestVersionOfOneMoment: what was loaded while a change was under way can be filled in the
// same transaction, and in no other one.
func TestVersionOfOneMoment(t *testing.T) {
	db := openTest(t)
	if err := readInto(db, []connectors.User{{ID: "1", Email: "one@example.com", Status: connectors.StatusActive}}, nil); err != nil {
		t.Fatal(err)
	}
	fill := func() error {
		in, err := loadAll(db)
		if err != nil {
			return err
		}
		return db.View(t.Context(), func(tx syncer.Reader) error { return tx.Fill(&in, []uint32{0}) })
	}
	if err := fill(); err != nil {
		t.Fatalf("nothing is under way: %v", err)
	}
	db.version.begin()
	if err := fill(); !errors.Is(err, store.ErrMoved) {
		t.Errorf("a change is under way: %v", err)
	}
	err := db.View(t.Context(), func(tx syncer.Reader) error {
		in, err := tx.Load()
		if err != nil {
			return err
		}
		return tx.Fill(&in, []uint32{0})
	})
	if err != nil {
		t.Errorf("in one transaction: %v", err)
	}
	db.version.end()
	if err := fill(); err != nil {
		t.Errorf("the change is over: %v", err)
	}
	in, err := loadAll(db)
	if err != nil {
		t.Fatal(err)
	}
	db.version.begin()
	db.version.end()
	if err := db.View(t.Context(), func(tx syncer.Reader) error { return tx.Fill(&in, []uint32{0}) }); !errors.Is(err, store.ErrMoved) {
		t.Errorf("a change was made between the two: %v", err)
	}
}
