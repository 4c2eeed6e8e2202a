package state

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// TestLaterRecords: what a later version may have stored is no damage. The file is not to be
// thrown away for it.
func TestLaterRecords(t *testing.T) {
	user := connectors.User{ID: "1", Email: "one@example.com", Status: connectors.StatusActive}
	writes := map[string]func(c codec, tx *bolt.Tx) error{
		"an op of a later kind": func(c codec, tx *bolt.Tx) error {
			op := store.Op{Kind: 250, Person: store.Ref{Source: "corp", ID: "1"}}
			return c.put(tx.Bucket([]byte(bucketJournal)), sequenceKey(1), store.Intent{Ops: []store.Op{op}})
		},
		"a later status": func(c codec, tx *bolt.Tx) error {
			s, _, err := c.openSource(tx, "corp")
			if err != nil {
				return err
			}
			body, err := c.encode(statedUser{Email: user.Email, Status: 250})
			return errors.Join(err, putBody(s.people, []byte("1"), newPerson(1, user, append(appendHashes(nil, nil), body...))))
		},
		"a later mark of a reference": func(c codec, tx *bolt.Tx) error {
			s, _, err := c.openSource(tx, "corp")
			if err != nil {
				return err
			}
			body, err := c.encodeGroup(1, listing{loose: []loose{{hash: nameHash{1}}}})
			body[len(body)-1] = 0x80
			return errors.Join(err, putBody(s.groups, []byte("g"), body))
		},
		"a field that came later": func(c codec, tx *bolt.Tx) error {
			return c.put(tx.Bucket([]byte(bucketControl)), []byte(keyControl), map[int]any{200: true})
		},
		"a later layout of a record": func(_ codec, tx *bolt.Tx) error {
			key := sequenceKey(1)
			return tx.Bucket([]byte(bucketRuns)).Put(key, sealAs(9, key, []byte("run")))
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			if err := readInto(db, []connectors.User{user}, []connectors.Group{{ID: "g"}}); err != nil {
				t.Fatal(err)
			}
			if err := db.update(func(tx *bolt.Tx) error { return write(db.codec, tx) }); err != nil {
				t.Fatal(err)
			}
			var later *LaterError
			err := db.Check(t.Context())
			if !errors.As(err, &later) || !strings.Contains(err.Error(), "A later version wrote it") {
				t.Errorf("Check says: %v", err)
			}
		})
	}
}

// TestFaultsOfArguments: what cannot be stored says nothing of the file.
func TestFaultsOfArguments(t *testing.T) {
	db := openTest(t)
	if err := readInto(db, []connectors.User{{ID: "1", Email: "one@example.com", Status: "on a break"}}, nil); err == nil {
		t.Error("a status without a number was stored")
	} else if isFault(err) {
		t.Errorf("a status without a number: %v", err)
	}
	for name, do := range map[string]func(tx syncer.Writer) error{
		"a hold without a reason": func(tx syncer.Writer) error { return tx.Hold([]store.Hold{{}}) },
		"an import of nothing":    func(tx syncer.Writer) error { return tx.Import(store.Imported{}) },
	} {
		if err := db.Update(t.Context(), do); err == nil || isFault(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func isFault(err error) bool {
	var corrupt *CorruptError
	return errors.As(err, &corrupt)
}

// TestBrokenBesideLater: a file that is broken as well is broken.
func TestBrokenBesideLater(t *testing.T) {
	db := openTest(t)
	err := db.update(func(tx *bolt.Tx) error {
		key := sequenceKey(1)
		runs := tx.Bucket([]byte(bucketRuns))
		other := sequenceKey(2)
		return errors.Join(runs.Put(key, sealAs(9, key, nil)), runs.Put(other, binary.BigEndian.AppendUint64(nil, 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Check(t.Context()); !isFault(err) {
		t.Errorf("Check says: %v", err)
	}
	if _, err := plan.OpOf(store.Op{Kind: 250}); isFault(explained("state.db", err)) {
		t.Error(err)
	}
}
