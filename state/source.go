package state

import (
	"encoding/binary"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Top-level buckets; doc.go draws what is in them.
const (
	bucketMeta      = "meta"
	bucketHeads     = "heads"
	bucketSources   = "sources"
	bucketTeams     = "teams"
	bucketJournal   = "journal"
	bucketRetries   = "retries"
	bucketApprovals = "approvals"
	bucketApproved  = "approved"
	bucketControl   = "control"
	bucketRemovals  = "removals"
	bucketRuns      = "runs"
	bucketHeld      = "held"
	bucketAudit     = "audit"
	bucketJoins     = "joins"
	bucketImported  = "imported"
	bucketObserved  = "observed"
)

func buckets() []string {
	return []string{
		bucketMeta, bucketHeads, bucketSources, bucketTeams, bucketJournal, bucketRetries, bucketApprovals,
		bucketApproved, bucketControl, bucketRemovals, bucketRuns, bucketHeld, bucketAudit, bucketJoins, bucketImported, bucketObserved,
	}
}

// A source is the open buckets of one source, within a transaction.
type source struct {
	name   string
	head   head
	bucket *bolt.Bucket

	numbers, people, groups, absentUsers, absentGroups, marks, vanished, excluded, links, recent, feeds *bolt.Bucket

	joins   *bolt.Bucket // of all sources
	recents *recents     // what is in recent, where memberships matter
}

// fixed returns the buckets of a source that have one version.
func (s *source) fixed() map[string]**bolt.Bucket {
	return map[string]**bolt.Bucket{
		"numbers": &s.numbers, "absent-users": &s.absentUsers, "absent-groups": &s.absentGroups,
		"marks": &s.marks, "vanished": &s.vanished, "excluded": &s.excluded, "links": &s.links, "recent": &s.recent, "feeds": &s.feeds,
	}
}

func peopleBucket(version uint64) []byte { return strconv.AppendUint([]byte("people-"), version, 10) }

func groupsBucket(version uint64) []byte { return strconv.AppendUint([]byte("groups-"), version, 10) }

// openSource opens the buckets of a source; ok is false if there are none.
func (c codec) openSource(tx *bolt.Tx, name string) (s source, ok bool, err error) {
	s = source{name: name, bucket: tx.Bucket([]byte(bucketSources)).Bucket([]byte(name)), joins: tx.Bucket([]byte(bucketJoins))}
	if s.bucket == nil {
		return s, false, nil
	}
	if s.head, err = c.readHead(tx, name); err != nil {
		return s, false, err
	}
	for key, b := range s.fixed() {
		if *b = s.bucket.Bucket([]byte(key)); *b == nil {
			return s, false, fmt.Errorf("source %s has no bucket %s: %w", name, key, errRecord)
		}
	}
	if s.people, s.groups = s.bucket.Bucket(peopleBucket(s.head.Version)), s.bucket.Bucket(groupsBucket(s.head.Version)); s.people == nil || s.groups == nil {
		return s, false, fmt.Errorf("source %s has no records of version %d: %w", name, s.head.Version, errRecord)
	}
	return s, true, nil
}

// makeSource opens the buckets of a source, and makes them if there are none.
func (c codec) makeSource(tx *bolt.Tx, name string) (source, error) {
	s, ok, err := c.openSource(tx, name)
	if ok || err != nil {
		return s, err
	}
	if s.bucket, err = tx.Bucket([]byte(bucketSources)).CreateBucket([]byte(name)); err != nil {
		return s, fmt.Errorf("make source %q: %w", name, err)
	}
	for key := range s.fixed() {
		if _, err = s.bucket.CreateBucket([]byte(key)); err != nil {
			return s, fmt.Errorf("make bucket %s: %w", key, err)
		}
	}
	if err = s.makeVersion(0); err != nil {
		return s, err
	}
	if err = c.writeHead(tx, name, head{}); err != nil {
		return s, err
	}
	s, _, err = c.openSource(tx, name)
	return s, err
}

// makeVersion makes empty buckets for people and groups, in the place of any
// that an earlier attempt left.
func (s source) makeVersion(version uint64) error {
	if err := s.dropVersion(version); err != nil {
		return err
	}
	if _, err := s.bucket.CreateBucket(peopleBucket(version)); err != nil {
		return fmt.Errorf("make bucket of people: %w", err)
	}
	if _, err := s.bucket.CreateBucket(groupsBucket(version)); err != nil {
		return fmt.Errorf("make bucket of groups: %w", err)
	}
	return nil
}

func (s source) dropVersion(version uint64) error {
	for _, key := range [][]byte{peopleBucket(version), groupsBucket(version)} {
		if s.bucket.Bucket(key) == nil {
			continue
		}
		if err := s.bucket.DeleteBucket(key); err != nil {
			return fmt.Errorf("drop bucket %s: %w", key, err)
		}
	}
	return nil
}

// put stores v as a record.
func (c codec) put(b *bolt.Bucket, key []byte, v any) error {
	body, err := c.encode(v)
	if err != nil {
		return err
	}
	record, err := c.sealPacked(key, body)
	if err != nil {
		return err
	}
	return putRecord(b, key, record)
}

// putBody stores a body that is laid out by hand.
func putBody(b *bolt.Bucket, key, body []byte) error { return putRecord(b, key, seal(key, body)) }

func putRecord(b *bolt.Bucket, key, record []byte) error {
	if err := b.Put(key, record); err != nil {
		return fmt.Errorf("store record: %w", err)
	}
	return nil
}

// number returns the number of a person, and gives one to those who have none.
func (s source) number(id string) (uint32, error) {
	key := []byte(id)
	if n, ok, err := s.findNumber(key); ok || err != nil {
		return n, err
	}
	n, err := nextNumber(s.numbers)
	if err != nil {
		return 0, err
	}
	return n, putBody(s.numbers, key, binary.BigEndian.AppendUint32(nil, n))
}

func (s source) findNumber(key []byte) (n uint32, ok bool, err error) {
	value := s.numbers.Get(key)
	if value == nil {
		return 0, false, nil
	}
	n, err = readNumber(key, value)
	return n, err == nil, err
}

func readNumber(key, value []byte) (uint32, error) {
	body, err := unseal(key, value)
	if err != nil {
		return 0, err
	}
	if len(body) != 4 {
		return 0, fmt.Errorf("a number of %d bytes: %w", len(body), errRecord)
	}
	return binary.BigEndian.Uint32(body), nil
}

// nextNumber gives a number that b never gave before. Half of all numbers must
// do: a membership keeps a team's number times two.
func nextNumber(b *bolt.Bucket) (uint32, error) {
	n, err := b.NextSequence()
	if err != nil {
		return 0, fmt.Errorf("give a number: %w", err)
	}
	if n > maxNumbers {
		return 0, fmt.Errorf("all %d numbers are given", maxNumbers)
	}
	return uint32(n), nil
}

// maxNumbers is how many people, groups or teams a state can have known: more than
// there are people in any country's companies. A count above it is a broken page.
const maxNumbers = 1 << 26

// numbersGiven returns how many numbers b gave.
func numbersGiven(b *bolt.Bucket) (int, error) {
	n := b.Sequence()
	if n > maxNumbers {
		return 0, fmt.Errorf("%d numbers were given: %w", n, errRecord)
	}
	return int(n), nil
}
