package plan

import "fmt"

// disabledBeforeUs asks about an active account whose user the source lists as disabled, and
// which no run linked: it was there before us.
func (d *differ) disabledBeforeUs(i int) {
	p := d.in.People[i]
	found := d.found[stated(p)]
	if stated(p) == "" || len(found) != 1 || !d.in.Accounts[found[0]].Active || len(d.owners[stated(p)])+len(d.emails[stated(p)]) > 0 {
		return
	}
	account := d.in.Accounts[found[0]]
	op := Op{
		Kind: AdoptUser, Person: p.Ref, Account: account.ID, Login: stated(p), Changes: d.remoteChanges(account),
		Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: "has the e-mail of this account, and is disabled in " + d.disabledIn(i)},
	}
	d.hold(Held{
		Why: WhyDisabledAccount, Exit: Approve, Ops: []Op{op},
		Text:   fmt.Sprintf("%s is disabled, and has an active account that was there before", p.Ref),
		WayOut: "Approve to link the account; the next run deactivates it.",
	})
}
