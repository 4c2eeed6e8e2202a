package plan

import (
	"fmt"
	"slices"
)

const (
	newIDWayOut = "If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address."
	movedWayOut = "If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, correct the external ID of the account in Writer."
)

// succeeded reports whether a person who is gone may be a newcomer, and holds that. An account
// that is inactive matters only where the newcomer is to have one.
func (d *differ) succeeded(i int) bool {
	heirs := d.moves.heirs[i]
	doubted := func(heir int) bool { return d.doubted[d.in.People[heir].Ref] }
	switch {
	case len(heirs) == 0:
		return false
	case d.in.People[i].Standing == Inactive && !slices.ContainsFunc(heirs, d.inScope):
		return false
	case slices.ContainsFunc(heirs, doubted): // something else is asked about the newcomer first
	case len(heirs) > 1:
		d.severalHeirs(i, heirs)
	default:
		d.newID(i, heirs[0])
	}
	return true
}

// severalHeirs holds the end of an account until one newcomer at most has its e-mail.
func (d *differ) severalHeirs(gone int, heirs []int) {
	ops := d.leaveOps(gone, d.missingFrom(gone, Reason{Basis: NotVisible}))
	if d.in.People[gone].Standing == Inactive || d.in.orphan(d.in.People[gone]) || len(ops) == 0 {
		return // their own holds say it
	}
	d.hold(Held{
		Why: WhyNewID, Exit: Fix, Ops: ops,
		Text:   fmt.Sprintf("%s is gone from the directory, and several newcomers have that e-mail: %s", d.in.People[gone].Ref, d.names(heirs)),
		WayOut: "Give each of them an e-mail of their own in the directory. Then it is asked whether the one who keeps it is the same person.",
	})
}

// newID holds what would follow if two people were one. Nothing is taken from the
// one who is gone as long as nobody has said that they are two.
func (d *differ) newID(gone, heir int) {
	p, h := d.in.People[gone], d.in.People[heir]
	record, _ := d.in.recordFor(h, p)
	text, why, wayOut := "%s is gone from the directory, and %s has that e-mail", "has the e-mail of this account, whose person is gone", newIDWayOut
	if _, marked := d.moves.marks[gone]; marked {
		text, why, wayOut = "%s is gone from the directory, and the account names %s in Writer", "is named by this account, whose person is gone", movedWayOut
	}
	if d.in.orphan(p) {
		text = "the source of %s is not configured any more, and %s has that e-mail"
	}
	op := Op{
		Kind: MoveLink, Person: record, From: p.Ref, Account: p.Account, Login: stated(h), Changes: moveChanges(p, record),
		Reason: d.missingFrom(gone, Reason{Basis: NotVisible, Text: why}),
		Unread: d.unreadParts(gone, func(p Part) bool { return d.in.configured(p.Ref.Source) && !d.in.read(p.Ref.Source) }), // a delta read of each is enough
	}
	d.fates[gone] = fateNone
	d.hold(Held{
		Why: WhyNewID, Exit: Approve, Ops: []Op{op},
		Text:   fmt.Sprintf(text, p.Ref, h.Ref),
		WayOut: wayOut,
	})
}

// movedBefore reports whether the account of person i was moved before, and asks for it again.
func (d *differ) movedBefore(i int) bool {
	heir, marked := d.moves.marks[i]
	old, moved := d.moves.named[heir]
	if !marked || !moved || old != i || d.doubted[d.in.People[heir].Ref] {
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
		case Deactivate, DeleteUser:
			return fmt.Sprintf("%d users of source %s are gone, and several newcomers each have their e-mails", n, first.Person.Source)
		case CreateUser:
			return fmt.Sprintf("%d people of source %s have something in common with others, whose records cannot be relied on now", n, first.Person.Source)
		}
		return fmt.Sprintf("%d people of source %s are gone, and newcomers have their e-mails", n, first.From.Source)
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
		if b.kind == MoveLink {
			b.source = h.Ops[0].From.Source
		}
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
