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

// whole reports whether the named source was read whole in this pass, or is supposed to
// have been.
func (in Input) whole(source string) bool {
	s, ok := in.source(source)
	return ok && (in.Supposed || s.Complete.Valid())
}

// followed reports whether the named source was read whole, or stated what changed since
// it was.
func (in Input) followed(source string) bool {
	s, ok := in.source(source)
	return in.whole(source) || (ok && s.Delta.Valid())
}

// shows reports whether this pass saw what the record's source says of it.
func (in Input) shows(record connectors.Ref) bool {
	return in.whole(record.Source) || (in.followed(record.Source) && in.Changed.Stated[record])
}

func (in Input) source(name string) (Source, bool) {
	i := slices.IndexFunc(in.Sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return in.Sources[i], true
}

// whole reports whether every source that ever asserted the person was read whole in
// this pass, or is supposed to have been.
func (d *differ) whole(i int) bool {
	return !slices.ContainsFunc(d.parts(i), func(p Part) bool { return !d.in.whole(p.Ref.Source) })
}

// shown reports whether this pass saw what every source says of the person that ever
// asserted them: what takes something away rests on that.
func (d *differ) shown(i int) bool {
	return !d.replaceable(i) && !slices.ContainsFunc(d.parts(i), func(p Part) bool { return !d.in.shows(p.Ref) })
}

// released reports whether this pass saw that no group of the team has the person: all
// that feed it were read, or what changed in them since a credible reading was and the
// person left one of them.
func (d *differ) released(w Wanted, i int) bool {
	if !w.Stale && d.whole(i) {
		return true
	}
	followed, left := w.Followed && !d.replaceable(i), false
	for _, part := range d.parts(i) {
		s, known := d.in.source(part.Ref.Source)
		followed = followed && known && (s.Credible || s.Complete.Valid()) && d.in.followed(s.Name)
		left = left || slices.ContainsFunc(d.in.Changed.Left[part.Ref], func(g connectors.Ref) bool { return d.feeds(w, g) })
	}
	return followed && left
}

// feeds reports whether the group feeds the team, or did.
func (d *differ) feeds(w Wanted, group connectors.Ref) bool {
	return slices.Contains(w.Missing, group) || slices.Contains(w.Unmapped, group) ||
		slices.ContainsFunc(w.groups, func(g int) bool { return d.in.Groups[g].Ref == group })
}

// replaceable reports whether a record of the person may have come back under another
// ID, which a whole reading alone tells of: joins are looked for in those.
func (d *differ) replaceable(i int) bool {
	return len(d.parts(i)) > 1 && d.unseen(i) && !d.whole(i)
}
