package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/store"
)

// Schema 5 keeps what users showed before and do not show now, and by what a user's status
// is known. The next full read of each source stores that of its users. It keeps since when a
// source does not list an object, and not how many reads did not.
type (
	statedUser4 struct {
		_          struct{} `cbor:",toarray"`
		Email      string
		Status     store.Status
		Container  string
		Fault      string
		Attributes map[connectors.Attribute]string
	}
	// A head4 holds what a head of schema 4, one of schema 3 and one of schema 5 do.
	head4 struct {
		head
		Unresolved int
		Stated     [2]string
		StatedAt   time.Time
	}
	absence4 struct {
		absence
		Since uint64 // the first read that did not list the object
	}
)

// filesOf returns what is known of the files of a source that were read before schema 5.
func filesOf(versions [2]string, read time.Time) (out [2]store.File) {
	for i, version := range versions {
		if version != "" {
			out[i] = store.File{File: connectors.File{Version: version}, Read: read}
		}
	}
	return out
}

func headOf4(h head4) (head, error) {
	if h.Stated != [2]string{} {
		h.Files = filesOf(h.Stated, h.StatedAt)
	}
	return h.head, nil
}

// dateAbsences gives the absences of a source the time of its last full read.
func (c codec) dateAbsences(s source) error {
	of := func(a absence4) (absence, error) {
		if a.At.IsZero() {
			a.At = s.head.At
		}
		return a.absence, nil
	}
	for _, b := range []*bolt.Bucket{s.absentUsers, s.absentGroups} {
		keys, made, err := converted(b, c, of)
		for i, key := range keys {
			if err == nil {
				err = c.put(b, key, made[i])
			}
		}
		if err != nil {
			return fmt.Errorf("absences of source %s: %w", s.name, err)
		}
	}
	return nil
}

// remark rewrites the records of people, a step at a time. It may be run again: a record
// that was rewritten is left alone.
func remark(ctx context.Context, db *DB) error {
	var names []string
	err := db.update(func(tx *bolt.Tx) error {
		if err := errors.Join(makeBuckets(tx), convert(tx, db.codec, bucketHeads, headOf4)); err != nil {
			return err
		}
		return db.eachSource(tx, func(s source) error {
			names = append(names, s.name)
			return db.codec.dateAbsences(s)
		})
	})
	for _, name := range names {
		err = errors.Join(err, db.rewrite(ctx, name, func(s source) *bolt.Bucket { return s.people }, db.codec.personOf4))
	}
	return err
}

// makeBuckets gives each source the buckets that it does not have.
func makeBuckets(tx *bolt.Tx) error {
	sources := tx.Bucket([]byte(bucketSources))
	return sources.ForEachBucket(func(name []byte) error {
		var s source
		for key := range s.fixed() {
			if _, err := sources.Bucket(name).CreateBucketIfNotExists([]byte(key)); err != nil {
				return err
			}
		}
		return nil
	})
}

// personOf4 returns the body of a person's record of schema 4 in that of schema 5.
func (c codec) personOf4(key, value []byte) ([]byte, error) {
	p, err := readPerson(key, value)
	if err != nil {
		return nil, err
	}
	if c.decode(p.stated, &statedUser{}) == nil {
		return nil, nil
	}
	var old statedUser4
	if err := c.decode(p.stated, &old); err != nil {
		return nil, err
	}
	stated, err := c.encode(statedUser{
		Email: old.Email, Status: old.Status, Container: old.Container, Fault: old.Fault, Attributes: old.Attributes,
	})
	if err != nil {
		return nil, err
	}
	body, err := unseal(key, value)
	return append(bytes.Clone(body[:len(body)-len(p.stated)]), stated...), err
}

// sound4 is sound3 for what remark rewrites. A record of an older schema is left to the
// steps before.
func sound4(tx *bolt.Tx, c codec) error {
	absent := func(key, value []byte) ([]byte, error) { return nil, c.read(key, value, &absence4{}) }
	faults := []error{sound(tx, c, bucketHeads, headOf4)}
	return errors.Join(append(faults, eachOfSources(tx, map[string]func(key, value []byte) ([]byte, error){
		"absent-": absent,
		"people-": func(key, value []byte) ([]byte, error) {
			if body, err := unseal(key, value); err != nil {
				return nil, err
			} else if stated, err := stated3(body); err != nil || stated[0] >= 0x80 {
				return nil, err
			}
			return c.personOf4(key, value)
		},
	})...)...)
}
