package plan

import (
	"fmt"
	"time"

	"writersync/connectors"
)

// person decides what becomes of one person's account.
func (d *differ) person(i int) {
	p := d.in.People[i]
	_, configured := d.source(p.Ref.Source)
	live := p.Standing == Live
	if live {
		d.fates[i] = fateLive
		d.countOrphan(i)
	}
	switch {
	case !configured:
		d.orphaned(i)
	case d.isSpared(p.Ref):
		d.spare(i)
	case d.isForeign(p):
		d.foreignAccount(i)
	case len(d.keptOut[i]) > 0:
		d.notVisible(i)
	case p.Settled:
		if live && !d.mapped(i) {
			d.outOfScope(i)
		}
	case p.User != nil && p.User.Status != connectors.StatusDisabled:
		d.employed(i)
	default:
		d.departed(i)
	}
}

// orphaned decides for a person of a source that is not configured: its users may be those of
// another one, as where a source gets another name.
func (d *differ) orphaned(i int) {
	d.fates[i] = fateNone
	if d.in.People[i].hasAccount() && !d.succeeded(i) {
		d.movedBefore(i)
	}
}

// countOrphan counts a person with an account whom a source stated that is gone from the
// configuration: nothing is taken from them, since nobody asks that source any more.
func (d *differ) countOrphan(i int) {
	for _, part := range d.parts(i) {
		if _, configured := d.source(part.Ref.Source); !configured {
			d.orphans[part.Ref.Source]++
		}
	}
}

// departed decides for a person whom the source states as disabled, or not at all.
func (d *differ) departed(i int) {
	p := d.in.People[i]
	switch {
	case p.Standing == Live && p.User != nil:
		d.disabled(i, "")
	case p.Standing == Live:
		d.fates[i] = fateNone
		d.absent(i)
	case p.Standing == None && p.User != nil:
		d.disabledBeforeUs(i)
	case p.Standing == Inactive && d.succeeded(i):
	case p.reactivated():
		d.revived(i)
	}
}

// employed decides for a person whom the source states, and not as disabled.
func (d *differ) employed(i int) {
	p := d.in.People[i]
	if p.Standing == Live && d.mapped(i) {
		d.remember(i, time.Time{})
	}
	d.noteUnusable(i)
	switch {
	case d.disagree(i):
	case p.User.Fault != "" || p.User.Status == connectors.StatusUnknown:
		d.faultyRecord(i)
	case d.inScope(i) && d.unclear[i] != "":
		d.undecided(i)
	case d.inScope(i):
		d.present(i)
	case p.Standing == Live && !d.mapped(i):
		d.outOfScope(i)
	case p.reactivated() && !d.mapped(i):
		d.revivedOut(i)
	}
}

// present decides for a person who is active and in scope.
func (d *differ) present(i int) {
	switch d.in.People[i].Standing {
	case None:
		d.contact(i, Reason{Basis: Shown, Text: d.whyInScope(i)})
	case Live:
		d.live(i)
	case Inactive:
		d.reactivate(i)
	case Deleted:
		d.contact(i, Reason{Basis: Shown, Cause: Return, Text: "is back in scope, and the old account is gone"})
	}
}

func (d *differ) faultyRecord(i int) {
	p := d.in.People[i]
	h := Held{
		Why: WhyUnusableRecord, Exit: Fix,
		Text:   fmt.Sprintf("the record of %s cannot be used: %s", p.name(), p.User.Fault),
		WayOut: "Correct the person's record in the directory.",
	}
	if p.User.Fault == "" {
		h.Why = WhyStatusUnknown
		h.Text = fmt.Sprintf("the directory states neither that %s is active nor that they are disabled", p.name())
		h.WayOut = "Correct the status in the directory, or tell the source's configuration what it means."
	}
	kind, why := UpdateUser, d.whyOut(i)
	if d.inScope(i) {
		why = d.whyInScope(i)
	}
	if p.Standing != Live {
		if !d.inScope(i) {
			return
		}
		kind = CreateUser
	}
	h.Ops = []Op{{Kind: kind, Person: p.Ref, Account: p.Account, Login: stated(p), Reason: Reason{Basis: Shown, Text: why}}}
	d.hold(h)
}
