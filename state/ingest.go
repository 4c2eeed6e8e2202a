package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
)

// memberBytes is about how much a member of a group takes in its record: the gap to the
// next number as a varint.
const memberBytes = 2

// batchUsers is how many users are compared with the snapshot in one transaction.
const batchUsers = 1024

// A reading is one source's records on their way in. In memory it holds one bit
// for each person and group that was there before, and of what changed no more
// than an overlay does.
type reading struct {
	db     *DB
	source string
	closed bool

	batch         []staged // users that are still to be compared
	users, groups overlay  // changed or new
	seenUsers     bits     // numbers of the people seen who were there before
	seenGroups    bits
	weight        int      // how much a merge of the overlays writes, about
	members       []string // room for the members of a group
}

var _ syncer.Ingest = (*reading)(nil)

// Ingest begins a new reading of a source; see syncer.Reads.
func (db *DB) Ingest(ctx context.Context, source string) (syncer.Ingest, error) {
	r, err := db.begin(ctx, source)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// begin takes the source for one reading.
func (db *DB) begin(ctx context.Context, source string) (reading, error) {
	if err := ctx.Err(); err != nil {
		return reading{}, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.reading[source] {
		return reading{}, fmt.Errorf("source %s: %w", source, ErrBusy)
	}
	db.reading[source] = true
	dir := filepath.Dir(db.path)
	return reading{db: db, source: source, users: overlay{dir: dir}, groups: overlay{dir: dir}}, nil
}

// User takes one person.
func (r *reading) User(u connectors.User) error {
	if r.closed {
		return ErrClosed
	}
	stated, err := r.db.codec.encodeUser(u)
	if err != nil {
		return err
	}
	r.batch = append(r.batch, staged{id: u.ID, body: stated})
	if len(r.batch) < batchUsers {
		return nil
	}
	return r.compareUsers()
}

// compareUsers keeps those of the batch that the snapshot does not hold as they
// are.
func (r *reading) compareUsers() error {
	slices.SortFunc(r.batch, compareStaged) // neighbours lie on one page
	changed := r.batch[:0]
	err := r.inSource(func(s source) error {
		for _, u := range r.batch {
			same, err := r.compareUser(s, u)
			if err != nil {
				return fmt.Errorf("user %q: %w", u.id, err)
			}
			if !same {
				changed = append(changed, u)
			}
		}
		return nil
	}, func() { changed = r.batch })
	if err != nil {
		return err
	}
	for _, u := range changed {
		r.weight += len(u.body) + len(u.id)
		if err := r.users.add(u); err != nil {
			return err
		}
	}
	clear(r.batch)
	r.batch = r.batch[:0]
	return nil
}

func (r *reading) compareUser(s source, u staged) (same bool, err error) {
	key := []byte(u.id)
	value := s.people.Get(key)
	if value == nil {
		return false, nil
	}
	p, err := readPerson(key, value)
	if err != nil {
		return false, err
	}
	if !r.seenUsers.add(p.number) {
		return false, connectors.ErrDuplicate
	}
	return bytes.Equal(p.stated, u.body), nil
}

// Group takes one group.
func (r *reading) Group(g connectors.Group) error {
	if r.closed {
		return ErrClosed
	}
	staging := newStagedGroup(g, r.members)
	r.members = staging.Members
	same := false
	err := r.inSource(func(s source) error {
		key := []byte(g.ID)
		value := s.groups.Get(key)
		if value == nil {
			return nil
		}
		old, err := readGroup(key, value)
		if err != nil {
			return err
		}
		if !r.seenGroups.add(old.number) {
			return connectors.ErrDuplicate
		}
		same = old.digest == staging.Digest
		return nil
	}, func() {})
	if err != nil {
		return fmt.Errorf("group %q: %w", g.ID, err)
	}
	if same {
		return nil
	}
	body, err := r.db.codec.encode(staging)
	if err != nil {
		return err
	}
	r.weight += len(g.ID) + len(g.Name) + memberBytes*len(staging.Members)
	return r.groups.add(staged{id: g.ID, body: body})
}

// inSource runs fn with the source's buckets, or none if it has none.
func (r *reading) inSource(fn func(source) error, none func()) error {
	return r.db.view(func(tx *bolt.Tx) error {
		s, ok, err := r.db.codec.openSource(tx, r.source)
		if err != nil {
			return err
		}
		if !ok {
			none()
			return nil
		}
		return fn(s)
	})
}

// Commit makes the reading the source's snapshot; see syncer.Ingest.
func (r *reading) Commit(ctx context.Context, c connectors.Complete, at time.Time) error {
	if r.closed {
		return ErrClosed
	}
	if !c.Valid() || c.Source() != r.source {
		return fmt.Errorf("commit reading of %s: %w", r.source, ErrUnproven)
	}
	if err := r.compareUsers(); err != nil {
		return fmt.Errorf("commit reading of %s: %w", r.source, err)
	}
	m := merge{reading: r, complete: c, at: at}
	r.db.version.begin()
	defer r.db.version.end()
	if err := errors.Join(m.do(ctx), r.Discard()); err != nil {
		return fmt.Errorf("commit reading of %s: %w", r.source, err)
	}
	return nil
}

// Discard drops the reading; see syncer.Ingest.
func (r *reading) Discard() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.db.mu.Lock()
	delete(r.db.reading, r.source)
	r.db.mu.Unlock()
	return errors.Join(r.users.close(), r.groups.close())
}
