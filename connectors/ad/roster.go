package ad

import (
	"sync"
	"time"

	"writersync/connectors"
)

// A roster is who was read, by GUID: 16 bytes a head, which no move and no new name
// changes. A Connector keeps that of its last reading, so that what changed since can
// be stated whole. It is for Read and Changes; ended alone may be called beside them.
type roster struct {
	from   mark            // where the reading began
	users  map[guid]uint32 // with the RID of the primary group
	groups map[guid]uint32 // with the RID of the group itself, 0 if it is of no domain

	// touched are the groups that became or ceased to be the primary group of somebody, and
	// the place by which that was noted.
	touched map[guid]int64
	units   map[guid]string // what holds users and groups, by the name it had when last seen
	renamed map[guid]int64  // units that have another name, and the place by which that was noted
	dead    map[guid]connectors.ObjectKind

	mu       sync.Mutex
	expiries map[guid]time.Time // of the accounts that end at some time
}

func newRoster(from mark) *roster {
	return &roster{
		from: from, users: map[guid]uint32{}, groups: map[guid]uint32{}, touched: map[guid]int64{},
		units: map[guid]string{}, renamed: map[guid]int64{}, dead: map[guid]connectors.ObjectKind{}, expiries: map[guid]time.Time{},
	}
}

func (r *roster) isUser(id guid) bool  { _, ok := r.users[id]; return ok }
func (r *roster) isGroup(id guid) bool { _, ok := r.groups[id]; return ok }

// putUser records a person.
func (r *roster) putUser(p person, at int64) {
	before, known := r.users[p.id]
	if !known || before != p.primary {
		r.touchPrimary(before, at)
		r.touchPrimary(p.primary, at)
	}
	r.users[p.id] = p.primary
	delete(r.dead, p.id)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.expiries, p.id)
	if !p.expires.IsZero() {
		r.expiries[p.id] = p.expires
	}
}

// putGroup records a group.
func (r *roster) putGroup(id guid, rid uint32) {
	r.groups[id] = rid
	delete(r.dead, id)
}

// putUnit records what a unit is called now.
func (r *roster) putUnit(id guid, name string, at int64) {
	if r.units[id] != name && at > r.from.usn {
		r.renamed[id] = at
	}
	r.units[id] = name
}

// kind says what is, or was, known by the ID; "" for nothing.
func (r *roster) kind(id guid) connectors.ObjectKind {
	switch {
	case r.isUser(id):
		return connectors.UserObject
	case r.isGroup(id):
		return connectors.GroupObject
	}
	return r.dead[id]
}

// drop takes out what the directory says is gone. That it was there stays known,
// because the same changes may be asked for again.
func (r *roster) drop(id guid, at int64) {
	r.dead[id] = r.kind(id)
	r.touchPrimary(r.users[id], at)
	delete(r.users, id)
	delete(r.groups, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.expiries, id)
}

// touch notes, by a place, that a group has other members than its entry's history
// tells of. What the reading itself finds is no change.
func (r *roster) touch(id guid, at int64) {
	if at > r.from.usn && r.isGroup(id) {
		r.touched[id] = at
	}
}

func (r *roster) touchPrimary(rid uint32, at int64) {
	if rid == 0 || at <= r.from.usn {
		return
	}
	for id, own := range r.groups {
		if own == rid {
			r.touch(id, at)
		}
	}
}

// primaries returns who has which primary group, for these RIDs.
func (r *roster) primaries(rids map[uint32]bool) map[uint32][]guid {
	out := map[uint32][]guid{}
	for id, rid := range r.users {
		if rids[rid] {
			out[rid] = append(out[rid], id)
		}
	}
	return out
}

// touchedSince returns the groups that were touched since a place.
func (r *roster) touchedSince(since mark) []guid {
	var out []guid
	for id, at := range r.touched {
		if at > since.usn {
			out = append(out, id)
		}
	}
	return out
}

// ended returns whose accounts ended after one moment and not after another.
func (r *roster) ended(after, until time.Time) []guid {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []guid
	for id, when := range r.expiries {
		if when.After(after) && !when.After(until) {
			out = append(out, id)
		}
	}
	return out
}
