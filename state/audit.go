package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// An auditLimit is how much of what was done is remembered, at most.
type auditLimit struct {
	events uint64
	bytes  uint64 // of keys and records
}

// defaultAudit is years of a company's ordinary days. A first push of millions leaves
// its end.
func defaultAudit() auditLimit { return auditLimit{events: 200_000, bytes: 32 << 20} }

// auditKeyLen is the length of a key: the number of the last event, and how many there are.
const auditKeyLen = 12

// auditPart is how many events one record holds at most: packed, some 1 KiB. Larger
// records would not share pages.
const auditPart = 32

// keyAudit is where the size of the audit is kept, in bytes. The bucket meta is part of
// a page that every commit writes anyway.
const keyAudit = "audit"

// audit remembers what became of an op that is about a person; storeAudit stores it.
func (l *ledger) audit(op plan.Op, out apply.Outcome) {
	if op.Person == (connectors.Ref{}) || out.Result == apply.Skipped {
		return
	}
	stored := op.Stored()
	result, _ := store.Done(0).Of(string(out.Result))
	e := store.Event{
		At: l.now, Person: stored.Person, From: stored.From, Kind: stored.Kind, Account: stored.Account, Team: op.TeamName, Reason: op.Reason.String(),
		Result: result, Text: out.Text,
	}
	for _, c := range op.Changes {
		e.Changed = append(e.Changed, c.Attribute.Word())
	}
	l.events = append(l.events, e)
}

// auditKey is the key of count events, of which the last has the number last: events
// are numbered from 1.
func auditKey(last uint64, count int) []byte {
	return binary.BigEndian.AppendUint32(sequenceKey(last), uint32(count)) //nolint:gosec // at most auditPart
}

// firstEvent returns the number of the first event under a key of the audit.
func firstEvent(key []byte) uint64 {
	return binary.BigEndian.Uint64(key) - uint64(binary.BigEndian.Uint32(key[8:])) + 1
}

// readEvents returns the events of one record, oldest first.
func (c codec) readEvents(key, value []byte) (events []store.Event, err error) {
	if len(key) != auditKeyLen {
		return nil, fmt.Errorf("a key of %d bytes: %w", len(key), errRecord)
	}
	err = c.read(key, value, &events)
	if count := binary.BigEndian.Uint32(key[8:]); err == nil && uint64(count) != uint64(len(events)) {
		err = fmt.Errorf("%d events of %d: %w", len(events), count, errRecord)
	}
	return events, err
}

// storeAudit stores what audit remembered, and drops the oldest once there is too much:
// more than must be, so that the next thousands of events need not.
func (l *ledger) storeAudit() error {
	if len(l.events) == 0 {
		return nil
	}
	size, err := auditSize(l.tx)
	if err != nil {
		return err
	}
	b := l.appendTo(bucketAudit)
	added, err := l.codec.putEvents(b, l.events)
	if err != nil {
		return err
	}
	size, err = l.trimAudit(b, size+added)
	if err != nil {
		return err
	}
	return putAuditSize(l.tx, size)
}

// putEvents stores events behind those that are there, and returns how many bytes that
// took.
func (c codec) putEvents(b *bolt.Bucket, events []store.Event) (size uint64, err error) {
	for part := range slices.Chunk(events, auditPart) {
		last := b.Sequence() + uint64(len(part))
		if err := b.SetSequence(last); err != nil {
			return 0, err
		}
		key := auditKey(last, len(part))
		if err := c.put(b, key, part); err != nil {
			return 0, err
		}
		size += uint64(len(key) + len(b.Get(key)))
	}
	return size, nil
}

// trimAudit drops the oldest events if there are too many, until a hundredth of what may
// be kept is free. It returns the size of what is left.
func (l *ledger) trimAudit(b *bolt.Bucket, size uint64) (uint64, error) {
	c := b.Cursor()
	key, value := c.First()
	count := b.Sequence() - firstEvent(key) + 1
	if count <= l.kept.events && size <= l.kept.bytes {
		return size, nil
	}
	var old [][]byte
	for ; key != nil && (count > share(l.kept.events) || size > share(l.kept.bytes)); key, value = c.Next() {
		old = append(old, bytes.Clone(key))
		size -= uint64(len(key) + len(value))
		count = b.Sequence() - binary.BigEndian.Uint64(key)
	}
	return size, deleteKeys(b, old)
}

func share(limit uint64) uint64 { return limit - limit/100 }

// auditSize returns how much the audit holds, in bytes, as the file says. A new file
// says nothing.
func auditSize(tx *bolt.Tx) (uint64, error) {
	raw := tx.Bucket([]byte(bucketMeta)).Get([]byte(keyAudit))
	if raw == nil {
		return 0, nil
	}
	body, err := unseal([]byte(keyAudit), raw)
	switch {
	case err != nil:
		return 0, err
	case len(body) != 8:
		return 0, fmt.Errorf("size of the audit of %d bytes: %w", len(body), errRecord)
	}
	return binary.BigEndian.Uint64(body), nil
}

func countAudit(tx *bolt.Tx) (size uint64) {
	c := tx.Bucket([]byte(bucketAudit)).Cursor()
	for key, value := c.First(); key != nil; key, value = c.Next() {
		size += uint64(len(key) + len(value))
	}
	return size
}

func putAuditSize(tx *bolt.Tx, size uint64) error {
	key := []byte(keyAudit)
	return tx.Bucket([]byte(bucketMeta)).Put(key, seal(key, binary.BigEndian.AppendUint64(nil, size)))
}

// Events returns the last n events that match, newest first; see store.Past.
func (t *tx) Events(n int, match func(store.Event) bool) (out []store.Event, err error) {
	err = t.do("read history", func() error {
		c := t.bolt.Bucket([]byte(bucketAudit)).Cursor()
		for key, value := c.Last(); key != nil && len(out) < n; key, value = c.Prev() {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			events, err := t.db.codec.readEvents(key, value)
			if err != nil {
				return err
			}
			for _, e := range slices.Backward(events) {
				var matches bool
				if err := apply.Contain(func() error { matches = match(e); return nil }); err != nil {
					return err
				}
				if len(out) < n && matches {
					out = append(out, e)
				}
			}
		}
		return nil
	})
	return out, err
}
