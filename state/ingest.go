package state

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
)

// batchUsers is how many users are compared with the snapshot in one transaction.
const batchUsers = 1 << 10

// A full read gives back memory that it does not need any more if the last one listed
// manyUsers or more. For fewer users, that costs more time than it is worth.
const (
	manyUsers = 250_000
	batchMany = 64 << 10 // in place of batchUsers: of more users, more lie on one page
	letGoMany = 4 << 10  // pages are let go of after so many users of a batch
)

// A reading is one source's records on their way in. In memory it holds one bit
// for each person and group that was there before, an index of what lists may name, and of
// what changed no more than an overlay does.
type reading struct {
	db     *DB
	source string
	closed bool

	before        int          // how many users the last reading listed; known to a full read
	batch         []listedUser // users that are still to be compared
	users, groups overlay      // changed or new
	seenUsers     bits         // numbers of the people seen who were there before
	seenGroups    bits
	weight        int // how much a merge of the overlays writes, about

	// Of a full read:
	index       *index     // of users
	numbers     []uint32   // of the users who had none, by their place, once they are given
	groupIndex  groupIndex // of the groups so far
	memberships int
	former      map[nameHash]bool // references that name no user, and may have named one before
}

// A listedUser is a user as the source lists them now.
type listedUser struct {
	id     string
	listed []byte
	keys   []uint64 // of an index
}

var _ syncer.Ingest = (*reading)(nil)

// Ingest begins a new reading of a source; see syncer.Reads.
func (db *DB) Ingest(ctx context.Context, source string) (syncer.Ingest, error) {
	r, err := db.beginFull(ctx, source)
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// beginFull takes the source for one full read.
func (db *DB) beginFull(ctx context.Context, source string) (reading, error) {
	r, err := db.begin(ctx, source)
	if err != nil {
		return r, err
	}
	if r.before, err = r.people(); err != nil {
		err = errors.Join(err, r.Discard())
		return reading{}, err
	}
	r.index, r.groupIndex, r.former = newIndex(r.before), newGroupIndex(), map[nameHash]bool{}
	return r, nil
}

// people returns how many users the last reading listed.
func (r *reading) people() (n int, err error) {
	_, err = r.inSource(func(s source) error { n = s.head.People; return nil })
	return n, err
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
	listed, err := r.db.codec.encodeUser(u)
	if err != nil {
		return err
	}
	next := listedUser{id: u.ID, listed: listed}
	if r.index != nil {
		next.keys = r.index.keys(u)
	}
	r.batch = append(r.batch, next)
	most := batchUsers
	if r.many() {
		most = batchMany
	}
	if len(r.batch) < most {
		return nil
	}
	return r.compareUsers()
}

// compareUsers keeps those of the batch that the snapshot does not hold as they
// are.
func (r *reading) compareUsers() error {
	if len(r.batch) == 0 {
		return nil
	}
	slices.SortFunc(r.batch, func(a, b listedUser) int { return strings.Compare(a.id, b.id) }) // neighbours lie on one page
	known, err := r.inSource(func(s source) error {
		for i, u := range r.batch {
			if err := r.compareUser(s, u); err != nil {
				return fmt.Errorf("user %q: %w", u.id, err)
			}
			if next := i + 1; r.many() && (next%letGoMany == 0 || next == len(r.batch)) {
				if err := letGo(s.people.Tx()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, u := range r.batch {
		if err == nil && !known {
			err = r.stageUser(u, true)
		}
	}
	if err != nil {
		return err
	}
	clear(r.batch)
	r.batch = r.batch[:0]
	return nil
}

// many reports whether the read gives back memory.
func (r *reading) many() bool { return r.before >= r.db.many }

// stageUser keeps a user who is new or changed. A new one gets a place.
func (r *reading) stageUser(u listedUser, isNew bool) error {
	place := uint64(0)
	if isNew && r.index != nil {
		r.numbers = append(r.numbers, 0)
		place = uint64(len(r.numbers))
		r.index.add(u.keys, unnumbered|uint32(place)) //nolint:gosec // fewer people than numbers are read
	}
	r.weight += len(u.listed) + len(u.id)
	return r.users.add(staged{id: u.id, body: append(binary.AppendUvarint(nil, place), u.listed...)})
}

func (r *reading) compareUser(s source, u listedUser) error {
	key := []byte(u.id)
	value := s.people.Get(key)
	if value == nil {
		return r.stageUser(u, true)
	}
	p, err := readPerson(key, value)
	if err != nil {
		return err
	}
	if !r.seenUsers.add(p.number) {
		return connectors.ErrDuplicate
	}
	if r.index != nil {
		r.index.add(u.keys, p.number)
	}
	if bytes.Equal(p.listed, u.listed) {
		return nil
	}
	return r.stageUser(u, false)
}

// Group takes one group.
func (r *reading) Group(g connectors.Group) error {
	if r.closed {
		return ErrClosed
	}
	if err := r.compareUsers(); err != nil { // the last of them, before the first group
		return err
	}
	members, rest, err := references(g, func(ref string) (uint32, error) { return r.index.find(ref), nil })
	if err == nil {
		err = r.compareGroup(g, members, rest)
	}
	if err != nil {
		return fmt.Errorf("group %q: %w", g.ID, err)
	}
	return nil
}

func (r *reading) compareGroup(g connectors.Group, members []uint32, rest []namedLoose) error {
	stated, names := statedGroup{Name: g.Name, Container: g.Container}, hashNames(g.Names)
	r.groupIndex.add(g.ID, names)
	r.memberships += len(members)
	same := false
	_, err := r.inSource(func(s source) error {
		old, listed, known, err := r.db.codec.lastGroup(s, g.ID)
		if err != nil || !known {
			return err
		}
		if listed && !r.seenGroups.add(old.number) {
			return connectors.ErrDuplicate
		}
		is := func(references []loose) bool { return old.digest == digestGroup(stated, names, members, references) }
		if same = listed && (is(bare(rest)) || (g.NestedUnstated && is(withUnstated(bare(rest))))); same {
			return nil
		}
		return r.remember(s, old, rest)
	})
	if err != nil || same {
		return err
	}
	body, err := r.db.codec.encode(stagedGroup{Stated: stated, Names: names, Members: packSet(members), Loose: packLoose(bare(rest)), NestedUnstated: g.NestedUnstated})
	if err != nil {
		return err
	}
	r.weight += len(g.ID) + len(body)
	return r.groups.add(staged{id: g.ID, body: body})
}

// remember looks for the users that references named before that are new in a group: by
// ID at once, and by name once all is read.
func (r *reading) remember(s source, old group, rest []namedLoose) error {
	before, err := unpackLoose(old.loose)
	if err != nil {
		return err
	}
	for i := range rest {
		l := &rest[i]
		if _, known := findLoose(before, l.loose); known || l.group {
			continue
		}
		n, found, err := s.findNumber([]byte(l.text))
		if err != nil {
			return err
		}
		if l.user = n; !found {
			r.former[l.hash] = true
		}
	}
	return nil
}

// inSource runs fn with the source's buckets, and reports whether it has any.
func (r *reading) inSource(fn func(source) error) (ok bool, err error) {
	err = r.db.view(func(tx *bolt.Tx) error {
		var s source
		if s, ok, err = r.db.codec.openSource(tx, r.source); err != nil || !ok {
			return err
		}
		return fn(s)
	})
	return ok, err
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
	err := errors.Join(m.do(ctx), r.Discard())
	r.db.version.end()
	if err != nil {
		return fmt.Errorf("commit reading of %s: %w", r.source, err)
	}
	if r.many() {
		debug.FreeOSMemory() // what is loaded next does not come on top of it
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
	err := errors.Join(r.users.close(), r.groups.close())
	r.users, r.groups, r.batch = overlay{}, overlay{}, nil
	r.index, r.numbers, r.groupIndex, r.former = nil, nil, groupIndex{}, nil
	return err
}
