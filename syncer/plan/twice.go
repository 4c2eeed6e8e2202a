package plan

import (
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
)

// How long a source that cannot look up single objects must not list one.
const (
	fileStays = 24 * time.Hour // the file is left as it is
	readAgain = time.Hour      // a source without files is read again
)

// A gone object is one that its source does not list.
type gone struct {
	claim Claim
	since time.Time
}

// unconfirmed reports whether a source has still to say once more that an object is gone,
// and when it does at the latest:
//
//	the source              says so once more
//	----------------------  -------------------------------------------------------------
//	can be asked            - (the object is looked up)
//	reads files             by a newer version of the file that lists such objects, or by
//	                        the same version a day later
//	is anything else        by a full read an hour later
func (s Source) unconfirmed(g gone) (until time.Time, waits bool) {
	if s.Proves {
		return time.Time{}, false
	}
	since, version := g.since, s.Files[0]
	if g.claim.Kind == connectors.GroupObject {
		version = s.Files[1]
	}
	if since.IsZero() {
		since = s.At
	}
	until = since.Add(readAgain)
	if !version.IsZero() {
		until = since.Add(fileStays)
	}
	return until, s.At.Before(until) && !version.After(since)
}

// An await collects what waits until one source confirms that objects of one kind are gone.
type await struct {
	objects []Claim
	first   string    // of the objects: its name for people
	until   time.Time // the first of them
	file    bool
	ops     []Op
}

// awaits holds ops that rest on objects of which one is still to be confirmed to be gone. It
// reports whether it does.
func (d *differ) awaits(on []gone, ops ...Op) bool {
	for _, g := range on {
		s, configured := d.source(g.claim.Ref.Source)
		until, waits := s.unconfirmed(g)
		if !configured || !waits {
			continue
		}
		key := awaited{s.Name, g.claim.Kind}
		if d.awaited == nil {
			d.awaited = map[awaited]*await{}
		}
		a := d.awaited[key]
		if a == nil {
			a = &await{first: ops[0].object(g.claim), until: until, file: s.Files != [2]time.Time{}}
			d.awaited[key] = a
		}
		if until.Before(a.until) {
			a.until = until
		}
		if !slices.Contains(a.objects, g.claim) {
			a.objects = append(a.objects, g.claim)
		}
		a.ops = append(a.ops, ops...)
		return true
	}
	return false
}

// awaited names an await.
type awaited struct {
	source string
	kind   connectors.ObjectKind
}

// holdAwaited makes the holds of awaits.
func (d *differ) holdAwaited() {
	for key, a := range d.awaited {
		text := fmt.Sprintf("%ss that source %s does not list, and cannot look up: %d, %s among them", key.kind, key.source, len(a.objects), a.first)
		way := fmt.Sprintf("It waits for confirmation: by a full read after %s that does not list them either.", when(a.until))
		if a.file {
			way = fmt.Sprintf("It waits for confirmation: by a newer file that does not list them either, or if the file is left as it is, by a full read after %s.", when(a.until))
		}
		d.held = append(d.held, Held{Why: WhyFirstSighting, Exit: Wait, Ops: a.ops, Text: text, WayOut: way})
	}
}

// goneOf returns the records of a person that their sources do not list.
func (d *differ) goneOf(i int) []gone {
	var out []gone
	for _, part := range d.parts(i) {
		if part.Gone {
			out = append(out, gone{Claim{Kind: connectors.UserObject, Ref: part.Ref}, part.Since})
		}
	}
	return out
}

// goneGroups returns groups that their sources do not list.
func (d *differ) goneGroups(groups []connectors.Ref) []gone {
	out := make([]gone, len(groups))
	for i, ref := range groups {
		out[i] = gone{Claim{Kind: connectors.GroupObject, Ref: ref}, d.unlisted[ref]}
	}
	return out
}
