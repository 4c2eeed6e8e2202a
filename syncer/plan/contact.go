package plan

import "fmt"

// disabledBeforeUs asks about an active account whose user the source lists as disabled, and
// which no run linked: it was there before us.
func (d *differ) disabledBeforeUs(i int) {
	p := d.in.People[i]
	found, named := d.accountsOf(i)
	if own := d.madeFor(i); len(found) > 1 && len(own) == 1 {
		found, named = own, true
	}
	if len(found) != 1 || !d.in.Accounts[found[0]].Active || (!named && len(d.emails.held[stated(p)])+len(d.emails.stated[stated(p)]) > 0) {
		return
	}
	account := d.in.Accounts[found[0]]
	if _, another := d.namesAnother(account, i); another {
		return
	}
	text := "has the e-mail of this account, and is disabled in "
	if named {
		text = "has this account under another e-mail, and is disabled in "
	}
	op := d.adoptOp(i, account, text+d.disabledIn(i))
	d.hold(Held{
		Why: WhyDisabledAccount, Exit: Approve, Ops: []Op{op},
		Text:   fmt.Sprintf("%s is disabled, and has an active account that was there before", p.name()),
		WayOut: "Approve to link the account; the next run deactivates it.",
	})
}
