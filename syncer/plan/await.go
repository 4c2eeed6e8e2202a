package plan

import "fmt"

// A lapsed record is one that cannot be relied on now: its source was not read whole,
// or it has a fault.
type lapsed struct {
	owner  *human // who has an account
	record Person
	shared bool // several have it: it tells nobody from another
}

// await holds newcomers who have what somebody with an account had when that one was
// read last, in a record that cannot be relied on now: who gets an account of their own
// meanwhile has two for ever.
func (j *joiner) await(all []*human) {
	if j.in.Supposed {
		return
	}
	had := j.lapsed(all)
	for _, h := range all {
		if h.first.Standing != None || j.doubted[h.first.Ref] || j.root(h.first.Ref) != h.first.Ref {
			continue
		}
		for _, i := range h.records {
			l, known := had[j.key(j.in.People[i])]
			if known && !l.shared && !j.overlap(l.owner, h) {
				j.wait(l, h)
				break
			}
		}
	}
}

// lapsed returns the records that cannot be relied on, by what they were joined by.
func (j *joiner) lapsed(all []*human) map[string]lapsed {
	had := map[string]lapsed{}
	for _, h := range all {
		for _, i := range h.records {
			p := j.in.People[i]
			key := j.lastKey(p)
			if key == "" || j.key(p) != "" || !h.first.hasAccount() || !j.in.configured(p.Ref.Source) {
				continue
			}
			other, twice := had[key]
			had[key] = lapsed{h, p, other.shared || (twice && other.owner != h)}
		}
	}
	return had
}

// overlap reports whether one source states both: then they are never one.
func (j *joiner) overlap(a, b *human) bool {
	stated := j.stated(a)
	for source := range j.stated(b) {
		if stated[source] {
			return true
		}
	}
	return false
}

func (j *joiner) wait(l lapsed, h *human) {
	j.doubted[h.first.Ref] = true
	held := Held{
		Why: WhyNewID, Exit: Wait,
		Ops: []Op{{
			Kind: CreateUser, Person: h.first.Ref, Login: stated(h.first),
			Reason: Reason{Basis: Stated, Text: "would have an account of their own"},
		}},
		Text:   fmt.Sprintf("%s has the %s of %s, whose record %s is of a source that was not read whole", h.first.Ref, j.by(), l.owner.first.Ref, l.record.Ref),
		WayOut: "The next pass that reads the source whole decides.",
	}
	if fault := l.record.User.Fault; fault != "" {
		held.Exit, held.WayOut = Fix, "Correct that record in the directory."
		held.Text = fmt.Sprintf("%s has the %s of %s, whose record %s cannot be used: %s", h.first.Ref, j.by(), l.owner.first.Ref, l.record.Ref, fault)
	}
	j.held = append(j.held, held)
}
