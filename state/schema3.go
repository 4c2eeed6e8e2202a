package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"writersync/syncer/store"
)

// Schema 3 stores the records of package store, and enums as numbers. What schema 2
// stored were the values of the program itself, by the names of their fields; its
// records are described in schema2.go. Schema 3 also keeps changed memberships apart
// for a while, stores events in parts, and names approved ops by what orders them; ops
// that were approved before keep their names.

// renumber rewrites the records of people and links, a step at a time. It may be run
// again: a record that was rewritten is left alone.
func renumber(ctx context.Context, db *DB) error {
	var names []string
	err := db.update(func(tx *bolt.Tx) error {
		if err := errors.Join(makeBuckets(tx), rewriteHeads(tx, db.codec)); err != nil {
			return err
		}
		return db.eachSource(tx, func(s source) error { names = append(names, s.name); return nil })
	})
	for _, name := range names {
		err = errors.Join(err,
			db.rewrite(ctx, name, func(s source) *bolt.Bucket { return s.people }, db.codec.personOf2),
			db.rewrite(ctx, name, func(s source) *bolt.Bucket { return s.links }, db.codec.linkOf2))
	}
	return err
}

// rewrite stores what of makes of each record of a bucket of the source. It is given the
// body, and returns nil for a record that is as it should be.
func (db *DB) rewrite(ctx context.Context, name string, in func(source) *bolt.Bucket, of func(key, value []byte) ([]byte, error)) error {
	var last []byte
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.update(func(tx *bolt.Tx) error {
			s, _, err := db.codec.openSource(tx, name)
			if err != nil {
				return err
			}
			more, last, err = rewriteStep(in(s), last, db.step, of)
			return err
		})
		if err != nil {
			return fmt.Errorf("source %s: %w", name, err)
		}
	}
	return nil
}

func rewriteStep(b *bolt.Bucket, after []byte, limit int, of func(key, value []byte) ([]byte, error)) (more bool, last []byte, err error) {
	type record struct{ key, body []byte }
	var next []record
	st := step{limit: limit}
	c := b.Cursor()
	key, value := c.Seek(after)
	if after != nil && bytes.Equal(key, after) {
		key, value = c.Next()
	}
	for ; key != nil && !st.full(); key, value = c.Next() {
		body, err := of(key, value)
		if err != nil {
			return false, nil, fmt.Errorf("record %q: %w", key, err)
		}
		last = bytes.Clone(key)
		if body != nil {
			next = append(next, record{last, body})
			st.wrote(key, body)
		}
	}
	for _, r := range next {
		if err := putBody(b, r.key, r.body); err != nil {
			return false, nil, err
		}
	}
	return key != nil, last, nil
}

// personOf2 returns the body of a person's record of schema 2 in that of schema 3.
func (c codec) personOf2(key, value []byte) ([]byte, error) {
	body, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	was, err := stated3(body)
	if err != nil {
		return nil, err
	}
	if c.decode(was, &statedUser4{}) == nil {
		return nil, nil
	}
	var old statedUser2
	if err := c.decode(was, &old); err != nil {
		return nil, err
	}
	status, err := named[store.Status](old.Status)
	if err != nil {
		return nil, err
	}
	stated, err := c.encode(statedUser4{Email: old.Email, Status: status, Container: old.Container, Fault: old.Fault, Attributes: old.Attributes})
	return c.withTail(key, value, was, stated, err)
}

// linkOf2 is personOf2 for links.
func (c codec) linkOf2(key, value []byte) ([]byte, error) {
	l, err := readLink(key, value)
	if err != nil {
		return nil, err
	}
	if c.decode(l.rest, &linkRest{}) == nil {
		return nil, nil
	}
	var old linkRest2
	if err := c.decode(l.rest, &old); err != nil {
		return nil, err
	}
	origin, err := named[store.Origin](old.Origin)
	if err != nil {
		return nil, err
	}
	rest, err := c.encode(linkRest{Origin: origin, Applied: old.Applied, RefusedEmail: old.RefusedEmail})
	return c.withTail(key, value, l.rest, rest, err)
}

// withTail returns the body of a record with another end.
func (c codec) withTail(key, value, tail, next []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	body, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	return append(bytes.Clone(body[:len(body)-len(tail)]), next...), nil
}

// sound2 reads every record of a file of schema 2, or of one on its way from there, and
// returns what is wrong with them: a migration that meets a broken record halfway has
// changed the file already.
func sound2(tx *bolt.Tx, c codec) error {
	faults := eachOfSources(tx, map[string]func(key, value []byte) ([]byte, error){"people-": c.personOf2, "links": c.linkOf2})
	return errors.Join(append(faults,
		sound(tx, c, bucketJournal, intentOf2), sound(tx, c, bucketRetries, retryOf2), sound(tx, c, bucketApprovals, approvalOf2),
		sound(tx, c, bucketControl, controlOf2), sound(tx, c, bucketRemovals, removalOf2), sound(tx, c, bucketRuns, runOf2),
		sound(tx, c, bucketHeld, heldPartOf2), sound(tx, c, bucketImported, importedOf2), sound(tx, c, bucketAudit, eventOf2),
		sound(tx, c, bucketJoins, joinOf2),
	)...)
}

// eachOfSources calls what reads a record with those of the buckets of all sources whose names
// begin so, and returns what is wrong, one error a bucket.
func eachOfSources(tx *bolt.Tx, read map[string]func(key, value []byte) ([]byte, error)) (faults []error) {
	sources := tx.Bucket([]byte(bucketSources))
	err := sources.ForEachBucket(func(name []byte) error {
		source := sources.Bucket(name)
		return source.ForEachBucket(func(key []byte) error {
			for begins, of := range read {
				if !strings.HasPrefix(string(key), begins) {
					continue
				}
				faults = append(faults, source.Bucket(key).ForEach(func(id, value []byte) error {
					if _, err := of(id, value); err != nil {
						return fmt.Errorf("source %s: record %q: %w", name, id, err)
					}
					return nil
				}))
			}
			return nil
		})
	})
	return append(faults, err)
}

// sound reads the records of a bucket, as far as the file has it.
func sound[Old, New any](tx *bolt.Tx, c codec, bucket string, of func(Old) (New, error)) error {
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	if _, _, err := converted(b, c, of); err != nil {
		return fmt.Errorf("%s: %w", bucket, err)
	}
	return nil
}

// rewriteRecords rewrites the records of all other buckets.
func rewriteRecords(tx *bolt.Tx, c codec) error {
	return errors.Join(
		convert(tx, c, bucketJournal, intentOf2), convert(tx, c, bucketRetries, retryOf2), convert(tx, c, bucketApprovals, approvalOf2),
		convert(tx, c, bucketControl, controlOf2), convert(tx, c, bucketRemovals, removalOf2), convert(tx, c, bucketRuns, runOf2),
		tx.Bucket([]byte(bucketHeld)).Delete([]byte(keyDigest)), // the next run stores another
		convert(tx, c, bucketHeld, heldPartOf2), convert(tx, c, bucketImported, importedOf2), convertAudit(tx, c),
		convert(tx, c, bucketJoins, joinOf2),
	)
}

func joinOf2(j join2) (join, error) {
	return join{Person: store.Ref(j.Person), First: store.Ref(j.First)}, nil
}

// convert replaces each record of a bucket by what the function makes of it.
func convert[Old, New any](tx *bolt.Tx, c codec, bucket string, of func(Old) (New, error)) error {
	b := tx.Bucket([]byte(bucket))
	keys, made, err := converted(b, c, of)
	for i, key := range keys {
		if err == nil {
			err = c.put(b, key, made[i])
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", bucket, err)
	}
	return nil
}

// converted returns the keys of the records of a bucket, and what of makes of each.
func converted[Old, New any](b *bolt.Bucket, c codec, of func(Old) (New, error)) (keys [][]byte, made []New, err error) {
	err = b.ForEach(func(key, value []byte) error {
		if string(key) == keyDigest { // of the holds, which is no record of their kind
			return nil
		}
		var old Old
		if err := c.read(key, value, &old); err != nil {
			return fmt.Errorf("record %x: %w", key, err)
		}
		next, err := of(old)
		if err != nil {
			return fmt.Errorf("record %x: %w", key, err)
		}
		keys, made = append(keys, bytes.Clone(key)), append(made, next)
		return nil
	})
	return keys, made, err
}

// convertAudit stores the events in parts, where each was a record of its own.
func convertAudit(tx *bolt.Tx, c codec) error {
	b := tx.Bucket([]byte(bucketAudit))
	keys, events, err := converted(b, c, eventOf2)
	if err == nil {
		err = deleteKeys(b, keys)
	}
	if err == nil {
		n := uint64(len(events)) // their numbers stay: the last of them was given last
		err = b.SetSequence(max(b.Sequence(), n) - n)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", bucketAudit, err)
	}
	b.FillPercent = bulkFill
	size, err := c.putEvents(b, events)
	if err != nil {
		return fmt.Errorf("%s: %w", bucketAudit, err)
	}
	return putAuditSize(tx, size)
}
