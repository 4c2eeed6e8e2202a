package state

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// A copier copies the records that were seen again, in order, a bounded number at
// a time. Those that changed are written over later.
type copier struct {
	seen   *bits
	number func(key, value []byte) (uint32, error)
	last   []byte
}

func (c *copier) step(st *step, from, to *bolt.Bucket) (more bool, err error) {
	cursor := from.Cursor()
	key, value := cursor.Seek(c.last)
	if c.last != nil && bytes.Equal(key, c.last) {
		key, value = cursor.Next()
	}
	for ; !st.full(); key, value = cursor.Next() {
		if key == nil {
			return false, to.SetSequence(from.Sequence())
		}
		number, err := c.number(key, value)
		if err != nil {
			return false, err
		}
		if c.seen.has(number) {
			if err := to.Put(key, bytes.Clone(value)); err != nil {
				return false, fmt.Errorf("copy record: %w", err)
			}
			st.wrote(key, value)
		}
		c.last = bytes.Clone(key)
	}
	return true, nil
}

func personNumber(key, value []byte) (uint32, error) {
	p, err := readPerson(key, value)
	return p.number, err
}

func groupNumber(key, value []byte) (uint32, error) {
	g, err := readGroup(key, value)
	return g.number, err
}

// dropLeftovers drops the versions that no head names: of merges that were cut
// short.
func (db *DB) dropLeftovers() error {
	found := map[string][]string{}
	err := db.view(func(tx *bolt.Tx) error {
		return db.eachSource(tx, func(s source) error {
			return s.bucket.ForEachBucket(func(key []byte) error {
				if s.isLeftover(key) {
					found[s.name] = append(found[s.name], string(key))
				}
				return nil
			})
		})
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return db.update(func(tx *bolt.Tx) error {
		for name, keys := range found {
			for _, key := range keys {
				if err := tx.Bucket([]byte(bucketSources)).Bucket([]byte(name)).DeleteBucket([]byte(key)); err != nil {
					return fmt.Errorf("drop %s of source %s: %w", key, name, err)
				}
			}
		}
		return nil
	})
}

func (s source) isLeftover(key []byte) bool {
	versioned := bytes.HasPrefix(key, []byte("people-")) || bytes.HasPrefix(key, []byte("groups-"))
	return versioned && !bytes.Equal(key, peopleBucket(s.head.Version)) && !bytes.Equal(key, groupsBucket(s.head.Version))
}
