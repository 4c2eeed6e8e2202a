package plan

import (
	"fmt"

	"writersync/connectors"
)

const (
	newIDWayOut = "If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address."
	movedWayOut = "If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, correct the external ID of the account in Writer."
)

// succeeds reports whether person i, who is new, may be person old under another ID:
// old was seen to be gone from a source, and i states the e-mail of old's
// account, live or deactivated. Directories do that when they are moved, or when
// somebody is hired again.
func (d *differ) succeeds(i, old int) bool {
	newcomer, gone := d.in.People[i], d.in.People[old]
	_, same := d.recordIn(i, gone.Ref.Source)
	if heir, marked := d.marked(old); marked && heir != i {
		return false
	}
	return newcomer.Standing == None && gone.hasAccount() && gone.User == nil && same
}

// recordIn returns the record of person i in a source.
func (d *differ) recordIn(i int, source string) (connectors.Ref, bool) {
	for _, part := range d.parts(i) {
		if part.Ref.Source == source && !part.Gone {
			return part.Ref, true
		}
	}
	return connectors.Ref{}, false
}

// succeeded reports whether somebody who is gone may be a newcomer, and holds that.
func (d *differ) succeeded(i int) bool {
	heir, ok := d.successor(i)
	switch {
	case ok && d.doubted[d.in.People[heir].Ref]:
		d.fates[i] = fateNone // something else is asked about the newcomer first
	case ok:
		d.newID(i, heir)
	}
	return ok
}

// successor returns the one newcomer who may be person i under another ID.
func (d *differ) successor(i int) (int, bool) {
	for _, mail := range d.in.People[i].holds() {
		heirs := d.emails[mail]
		if len(heirs) == 1 && d.succeeds(heirs[0], i) && len(d.owners[mail]) == 1 {
			return heirs[0], true
		}
	}
	return 0, false
}

// newID holds what would follow if two people were one. Nothing is taken from the
// one who is gone as long as nobody has said that they are two.
func (d *differ) newID(gone, heir int) {
	p, h := d.in.People[gone], d.in.People[heir]
	record, _ := d.recordIn(heir, p.Ref.Source)
	text, why, wayOut := "%s is gone from the directory, and %s has that e-mail", "has the e-mail of this account, whose person is gone", newIDWayOut
	if _, marked := d.marked(gone); marked {
		text, why, wayOut = "%s is gone from the directory, and the account names %s in Writer", "is named by this account, whose person is gone", movedWayOut
	}
	op := Op{
		Kind: MoveLink, Person: record, From: p.Ref, Account: p.Account, Login: stated(h), Changes: moveChanges(p, record),
		Reason: d.missingFrom(gone, Reason{Basis: NotVisible, Text: why}),
		Unread: d.unreadParts(gone, func(p Part) bool { return !d.in.read(p.Ref.Source) }), // a delta read of each is enough
	}
	d.fates[gone] = fateNone
	d.hold(Held{
		Why: WhyNewID, Exit: Approve, Ops: []Op{op},
		Text:   fmt.Sprintf(text, p.Ref, h.Ref),
		WayOut: wayOut,
	})
}

// marked returns the person whom the linked account of person i names, if that is another one;
// -1 if it is none who is known.
func (d *differ) marked(i int) (other int, marked bool) {
	p := d.in.People[i]
	if p.Link == nil || p.Remote == nil || !p.Link.marks(*p.Remote) {
		return -1, false
	}
	if other, known := d.namedBy(*p.Remote); known && other != i {
		return other, true
	}
	return -1, true
}

// findMoved finds the people whose account is linked to another ID, which is gone, and names
// them: it was moved to them by a state of after the one that was restored.
func (d *differ) findMoved() {
	d.moved = map[int]int{}
	for i, p := range d.in.People {
		if p.Remote == nil || d.in.Moved {
			continue
		}
		if heir, _ := d.marked(i); heir >= 0 && d.succeeds(heir, i) {
			if _, twice := d.moved[heir]; twice {
				i = -1 // which one is theirs is not known
			}
			d.moved[heir] = i
		}
	}
}

// movedBefore reports whether the account of person i was moved before, and asks for it again.
func (d *differ) movedBefore(i int) bool {
	heir, _ := d.marked(i)
	old, moved := d.moved[heir]
	if !moved || old != i || d.doubted[d.in.People[heir].Ref] {
		return false
	}
	d.newID(i, heir)
	return true
}

// mergeNewIDs makes one hold of all people of a source who seem to have a new ID:
// after a directory was moved that is everybody, and one decision.
func (d *differ) mergeNewIDs() {
	d.together(WhyNewID, "", func(n int, first Op) string {
		switch first.Kind {
		case JoinPerson:
			return fmt.Sprintf("%d people of source %s have something in common with others, of whom one each left, is not active, or has a record that is gone", n, first.Person.Source)
		case AdoptUser:
			return fmt.Sprintf("%d users of source %s have the e-mails of accounts that were made for others, who are not listed", n, first.Person.Source)
		case CreateUser:
			return fmt.Sprintf("%d people of source %s have something in common with others, whose records cannot be relied on now", n, first.Person.Source)
		}
		return fmt.Sprintf("%d people of source %s are gone, and newcomers have their e-mails", n, first.Person.Source)
	})
}

// together makes one hold of those with one reason and one way out that are about one
// source and one kind of op, the one that is given if one is: one decision is enough
// for them. The text is of several.
func (d *differ) together(why Why, kind Kind, text func(n int, first Op) string) {
	type batch struct {
		source string
		kind   Kind
		exit   Exit
	}
	at := map[batch]int{} // place in out
	var out []Held
	for _, h := range d.held {
		if h.Why != why || len(h.Ops) == 0 || (kind != "" && h.Ops[0].Kind != kind) {
			out = append(out, h)
			continue
		}
		b := batch{h.Ops[0].Person.Source, h.Ops[0].Kind, h.Exit}
		i, seen := at[b]
		if !seen {
			at[b] = len(out)
			out = append(out, h)
			continue
		}
		out[i].Ops = append(out[i].Ops, h.Ops...)
		n := 0
		for _, op := range out[i].Ops {
			if op.Kind == b.kind {
				n++
			}
		}
		out[i].Text = text(n, out[i].Ops[0])
	}
	d.held = out
}
