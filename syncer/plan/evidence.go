package plan

import (
	"slices"

	"writersync/connectors"
)

// Changed is of whom readings of changes said something in this pass. Nothing else is
// known of their sources that was not known before.
type Changed struct {
	Stated map[connectors.Ref]bool // people who were stated, or stated to be gone
	// Left are the groups that a person is no longer in, directly or by nesting, by
	// person.
	Left map[connectors.Ref][]connectors.Ref
}

// full reports whether this run read the named source in full.
func (in Input) full(source string) bool {
	s, ok := in.source(source)
	return ok && s.Read == InFull
}

// notFull returns the sources that this run did not read in full, sorted.
func (in Input) notFull() []string {
	var out []string
	for _, s := range in.Sources {
		if s.Read != InFull {
			out = union(out, s.Name)
		}
	}
	return out
}

// read reports whether this run read the named source, in full or by delta.
func (in Input) read(source string) bool {
	s, ok := in.source(source)
	return ok && s.Read != NotRead
}

// shows reports whether this run saw what the record's source says of it.
func (in Input) shows(record connectors.Ref) bool {
	return in.full(record.Source) || (in.read(record.Source) && in.Changed.Stated[record])
}

func (in Input) source(name string) (Source, bool) {
	i := slices.IndexFunc(in.Sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return in.Sources[i], true
}

// unread returns the sources of a person's records that this run did not read in full.
func (d *desired) unread(i int) []string {
	return d.unreadParts(i, func(p Part) bool { return !d.in.full(p.Ref.Source) })
}

// unseen returns the sources of a person's records of which this run did not see what they say
// of the person: what takes something away rests on that.
func (d *desired) unseen(i int) []string {
	if d.replaceable(i) {
		return d.unread(i)
	}
	return d.unreadParts(i, func(p Part) bool { return !d.in.shows(p.Ref) })
}

// unreadParts returns the sources of those records of a person for which not holds, sorted.
func (d *desired) unreadParts(i int, not func(Part) bool) []string {
	var out []string
	for _, p := range d.parts(i) {
		if not(p) {
			out = union(out, p.Ref.Source)
		}
	}
	return out
}

// union adds names to a sorted list that holds each once.
func union(list []string, names ...string) []string {
	for _, name := range names {
		if at, there := slices.BinarySearch(list, name); !there {
			list = slices.Insert(slices.Clip(list), at, name)
		}
	}
	return list
}

// unreleased returns the sources that must be read to show that no group of the team lists the
// person. It returns none if all were read in full, or if delta reads cover them and show that
// the person left a group of the team.
func (d *desired) unreleased(w Wanted, i int) []string {
	unread := union(w.Unread, d.unread(i)...)
	if len(unread) == 0 || d.replaceable(i) {
		return unread
	}
	left := false
	for _, part := range d.parts(i) {
		left = left || slices.ContainsFunc(d.in.Changed.Left[part.Ref], func(g connectors.Ref) bool { return d.feeds(w, g) })
		if s, _ := d.in.source(part.Ref.Source); s.Read == NotRead || (s.Read == ByDelta && !s.Credible) {
			return unread
		}
	}
	if !left || slices.ContainsFunc(w.Unread, func(source string) bool { return !d.in.read(source) }) {
		return unread
	}
	return nil
}

// feeds reports whether the group feeds the team, or did.
func (d *desired) feeds(w Wanted, group connectors.Ref) bool {
	return slices.Contains(w.Missing, group) || slices.Contains(w.Unmapped, group) ||
		slices.ContainsFunc(w.groups, func(g int) bool { return d.in.Groups[g].Ref == group })
}

// replaceable reports whether a record of the person may have come back under another
// ID, which a full read alone shows: joins are looked for in those.
func (d *desired) replaceable(i int) bool {
	return len(d.parts(i)) > 1 && d.missing(i) && len(d.unread(i)) > 0
}
