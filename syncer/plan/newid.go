package plan

import (
	"fmt"

	"writersync/connectors"
)

const newIDWayOut = "If it is the same person with a new ID, approve: the account becomes theirs. If it is somebody else, give the newcomer another address."

// succeeds reports whether person i, who is new, may be person old under another ID:
// old is gone from a source that was read whole, and i states the e-mail of old's
// account. Directories do that when they are moved, or when somebody is hired again.
func (d *differ) succeeds(i, old int) bool {
	newcomer, gone := d.in.People[i], d.in.People[old]
	source, _ := d.source(gone.Ref.Source)
	if len(newcomer.Parts)+len(gone.Parts) > 0 {
		return false // another source vouches for one of them
	}
	return newcomer.Standing == None && gone.Standing == Live && gone.User == nil && gone.Ref.Source == newcomer.Ref.Source && source.Complete.Valid()
}

// successor returns the one newcomer who may be person i under another ID.
func (d *differ) successor(i int) (int, bool) {
	heirs := d.emails[d.login(i)]
	if len(heirs) != 1 || !d.succeeds(heirs[0], i) || len(d.owners[d.login(i)]) != 1 {
		return 0, false
	}
	return heirs[0], true
}

// newID holds what would follow if two people were one. Nothing is taken from the
// one who is gone as long as nobody has said that they are two.
func (d *differ) newID(gone, heir int) {
	p, h := d.in.People[gone], d.in.People[heir]
	op := Op{
		Kind: MoveLink, Person: h.Ref, From: p.Ref, Account: p.Account, Login: stated(h),
		Reason: Reason{
			Basis: Absence, Text: "has the e-mail of this account, whose person is gone",
			Claims: []Claim{{Kind: connectors.UserObject, Ref: p.Ref}},
		},
	}
	d.fates[gone] = fateNone
	d.hold(Held{
		Why: WhyNewID, Exit: Approve, Ops: []Op{op},
		Text:   fmt.Sprintf("%s is gone from the directory, and %s has that e-mail", p.Ref, h.Ref),
		WayOut: newIDWayOut,
	})
}

// mergeNewIDs makes one hold of all people of a source who seem to have a new ID:
// after a directory was moved that is everybody, and one decision.
func (d *differ) mergeNewIDs() {
	at := map[string]int{} // source to place in out
	var out []Held
	for _, h := range d.held {
		if h.Why != WhyNewID {
			out = append(out, h)
			continue
		}
		source := h.Ops[0].Person.Source
		i, seen := at[source]
		if !seen {
			at[source] = len(out)
			out = append(out, h)
			continue
		}
		out[i].Ops = append(out[i].Ops, h.Ops...)
		out[i].Text = fmt.Sprintf("%d people of source %s are gone, and newcomers have their e-mails", len(out[i].Ops), source)
	}
	d.held = out
}
