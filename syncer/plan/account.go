package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

// contact decides for a person without an account: adopt one, or create one for the
// reason that is given.
func (d *differ) contact(i int, create Reason) {
	d.fresh[i] = d.in.Policy.Join.By != ""
	p := d.in.People[i]
	if d.keyless(i, create) {
		return
	}
	accounts, named := d.accountsOf(i)
	if len(accounts) == 0 {
		d.create(i, create)
		return
	}
	account := d.in.Accounts[accounts[0]]
	adopt := d.adoptOp(i, account, "has the e-mail of this account")
	verdict := d.mail(i)
	other, another := d.namesAnother(account, i)
	_, gone := d.namesGone(account, i)
	switch {
	case verdict.why == WhyNewID:
		return // held where the one who is gone is judged
	case len(accounts) > 1:
		d.hold(Held{
			Why: WhyAmbiguousAccount, Exit: Fix, Ops: []Op{adopt},
			Text:   fmt.Sprintf("%d accounts in Writer have the e-mail of %s, or the external ID", len(accounts), p.name()),
			WayOut: "Leave one of them in Writer.",
		})
	case !named && verdict.why != "":
		d.hold(verdict.held(adopt))
	case another:
		d.hold(emailTaken(p, other, adopt))
	case !account.Active:
		d.hold(Held{
			Why: WhyInactiveAccount, Exit: Fix, Ops: []Op{adopt},
			Text:   fmt.Sprintf("the account with the e-mail or the external ID of %s is deactivated in Writer, and not by us", p.name()),
			WayOut: "Reactivate or remove the account in Writer; it is linked or created on the next pass.",
		})
	case named:
		d.otherEmail(i, account, verdict)
	case gone:
		d.madeForGone(i, adopt, account)
	default:
		d.adopt(i, adopt, account)
	}
}

// accountsOf returns the accounts of no user that may be that of person i, as indexes into
// Input.Accounts: those with the e-mail, and those that were made for the person. Of the
// latter an inactive one counts only if there is no other; if there are such, one that has
// the e-mail and was made for another user does not count. named says that none has the
// e-mail.
func (d *differ) accountsOf(i int) (accounts []int, named bool) {
	own := d.madeFor(i)
	if mail := stated(d.in.People[i]); mail != "" {
		accounts = slices.DeleteFunc(slices.Clone(d.found[mail]), func(at int) bool {
			_, another := d.namesAnother(d.in.Accounts[at], i)
			return another && len(own) > 0
		})
	}
	none := len(accounts) == 0
	for _, at := range own {
		if (none || d.in.Accounts[at].Active) && !slices.Contains(accounts, at) {
			accounts = append(accounts, at)
		}
	}
	return accounts, none && len(accounts) > 0
}

func (d *differ) adoptOp(i int, a Account, why string) Op {
	p := d.in.People[i]
	if other, gone := d.namesGone(a, i); gone {
		why += fmt.Sprintf(", which was made for %s, who is not listed", other)
	}
	return Op{
		Kind: AdoptUser, Person: p.Ref, Account: a.ID, Login: stated(p), Changes: d.remoteChanges(i, a),
		Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: why},
	}
}

// otherEmail asks whether an account that was made for a person, and has another e-mail, is
// still theirs: it was made under a state that is lost, or of after the one that was restored.
func (d *differ) otherEmail(i int, account Account, verdict mailVerdict) {
	p := d.in.People[i]
	ops := []Op{d.adoptOp(i, account, "has this account under another e-mail")}
	changes := changesTo(d.wish(i).attributes, attributesOf(account))
	if verdict.why != "" || len(d.found[stated(p)]) > 0 { // the account keeps its address until that is free
		changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Attribute == UserName })
	}
	if len(changes) > 0 {
		update := d.updateOp(i, changes)
		update.Account, update.Login, update.After = account.ID, account.Email(), verdict.after
		ops = append(ops, update)
	}
	held := d.hold(Held{
		Why: WhyOtherEmail, Exit: Approve, Ops: ops,
		Text:   fmt.Sprintf("%s has an account in Writer under another e-mail: it was made for them, and no link to it is known", p.name()),
		WayOut: "Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.",
	})
	if !held {
		d.fates[i] = fateComing
	}
}

// madeForGone asks whether an account with the e-mail of a person, which was made for a user who
// is not listed, is theirs: the same person may have a new ID, or a newcomer the address of one
// who left.
func (d *differ) madeForGone(i int, adopt Op, account Account) {
	p := d.in.People[i]
	held := d.hold(Held{
		Why: WhyNewID, Exit: Approve, Ops: []Op{adopt},
		Text:   fmt.Sprintf("account %s has the e-mail of %s, and was made for %s, who is not listed", account.ID, p.Ref, account.ExternalID),
		WayOut: newIDWayOut,
	})
	if !held {
		d.fates[i] = fateComing
	}
}

func (d *differ) adopt(i int, adopt Op, account Account) {
	wish := d.wish(i)
	changes := changesTo(wish.attributes, attributesOf(account))
	if len(changes) == 0 {
		adopt.Makes = wish.makes
	}
	if !d.add(adopt) {
		return
	}
	d.fates[i] = fateComing
	if len(changes) > 0 {
		d.add(d.updateOp(i, changes))
	}
}

// create plans a new account, unless its e-mail stands in the way.
func (d *differ) create(i int, why Reason) {
	p, wish := d.in.People[i], d.wish(i)
	op := Op{
		Kind: CreateUser, Person: p.Ref, Login: stated(p), Changes: changesTo(wish.attributes, nil), Reason: why, Makes: wish.makes,
	}
	if stated(p) == "" {
		d.hold(Held{
			Why: WhyNoEmail, Exit: Fix, Ops: []Op{op},
			Text:   fmt.Sprintf("%s %s in the directory, and Writer knows people by it", p.name(), whyUnmailed(*p.User)),
			WayOut: "Give the person an e-mail in the directory.",
		})
		return
	}
	verdict := d.mail(i)
	switch {
	case verdict.why == WhyNewID:
		return // held where the one who is gone is judged
	case verdict.why != "":
		d.hold(verdict.held(op))
		return
	}
	op.After = verdict.after
	if d.add(op) {
		d.fates[i] = fateComing
	}
}

// live decides for a person whose account we manage.
func (d *differ) live(i int) {
	p := d.in.People[i]
	switch {
	case p.Lost && d.mail(i).why != "":
		d.fates[i] = fateNone
		d.hold(d.mail(i).held(d.instead(i))) // the address is somebody else's now
	case p.Lost && d.othersAccount(i):
	case p.Lost:
		d.gone(i, d.in.Policy.Drift.Missing, Held{
			Why: WhyAccountMissing, Exit: Approve, Ops: []Op{d.instead(i)},
			Text:   fmt.Sprintf("the account of %s was deleted in Writer, and not by us", p.name()),
			WayOut: "Approve to create it anew, or to link the one that has the e-mail now; or take the person out of scope.",
		})
	case p.Remote != nil && !p.Remote.Active:
		d.gone(i, d.in.Policy.Drift.Inactive, Held{
			Why: WhyDeactivatedThere, Exit: Approve, Ops: []Op{{
				Kind: Reactivate, Person: p.Ref, Account: p.Account, Login: p.Link.Email(),
				Reason: Reason{Basis: Drift, Text: "the account was deactivated in Writer"},
			}},
			Text:   fmt.Sprintf("the account of %s was deactivated in Writer, and not by us", p.name()),
			WayOut: "Approve to reactivate it, or disable the person in the directory.",
		})
	default:
		if stated(p) == "" && p.User.Unusable[connectors.Email] == "" {
			d.unmailed[p.Ref.Source] = append(d.unmailed[p.Ref.Source], p.name())
		}
		d.update(i, UpdateUser)
		d.role(i)
	}
}

// othersAccount holds that person i gets, in the place of an account that was deleted in Writer,
// one that was made for another user. It reports whether there is such a one.
func (d *differ) othersAccount(i int) bool {
	op := d.instead(i)
	at, known := d.stranger(op.Account)
	if op.Kind != AdoptUser || !known {
		return false
	}
	account := d.in.Accounts[at]
	other, another := d.namesAnother(account, i)
	_, gone := d.namesGone(account, i)
	switch {
	case another:
		d.hold(emailTaken(d.in.People[i], other, op))
	case gone:
		d.madeForGone(i, op, account)
	}
	if (another || gone) && d.fates[i] != fateComing {
		d.fates[i] = fateNone
	}
	return another || gone
}

func emailTaken(p, other Person, adopt Op) Held {
	return Held{
		Why: WhyEmailTaken, Exit: Fix, Ops: []Op{adopt},
		Text:   fmt.Sprintf("the e-mail of %s is that of account %s in Writer, which was made for %s", p.name(), adopt.Account, other.name()),
		WayOut: "Link that account first, where that is held; else give it another address in Writer, or remove it.",
	}
}

// instead returns the op that gives somebody an account in the place of one that was
// deleted in Writer: a new one, or the one that an admin made with the e-mail.
func (d *differ) instead(i int) Op {
	p, wish := d.in.People[i], d.wish(i)
	op := Op{
		Kind: CreateUser, Person: p.Ref, Login: stated(p), Changes: changesTo(wish.attributes, nil), Makes: wish.makes,
		Reason: Reason{Basis: Drift, Text: "the account was deleted in Writer"},
	}
	if found := d.found[stated(p)]; len(found) == 1 && d.in.Accounts[found[0]].Active {
		account := d.in.Accounts[found[0]]
		op.Kind, op.Account, op.Changes, op.Makes = AdoptUser, account.ID, d.remoteChanges(i, account), Fingerprint{}
		op.Reason.Text += ", and this one has the e-mail"
	}
	return op
}

// foreignAccount keeps its hands off an account that is no longer the one that was
// linked, unless that was moved before.
func (d *differ) foreignAccount(i int) {
	if d.movedBefore(i) {
		return
	}
	p := d.in.People[i]
	d.fates[i] = fateNone
	d.hold(Held{
		Why: WhyForeignAccount, Exit: Fix, Ops: []Op{{Kind: UpdateUser, Person: p.Ref, Account: p.Account, Login: p.Link.Email()}},
		Text:   fmt.Sprintf("account %s in Writer is not the one that was linked to %s", p.Account, p.name()),
		WayOut: "If writer.url names another organization now, give it a state file of its own; else correct the account in Writer.",
	})
}

// isForeign reports whether the linked account is somebody else's: it names another
// person, or the endpoint is another one and the account has another e-mail.
func (d *differ) isForeign(p Person) bool {
	if p.Link == nil || (p.Standing != Live && p.Standing != Inactive) {
		return false
	}
	if p.Remote == nil {
		return d.in.Moved && !p.Lost && !d.in.Verified // else it is the account that it was
	}
	return p.Link.marks(*p.Remote) || (d.in.Moved && p.Remote.Email() != p.Link.Email())
}

// gone plans to bring back an account that an admin took in Writer, or holds that.
func (d *differ) gone(i int, remedy Remedy, h Held) {
	d.fates[i] = fateNone
	if remedy.leaves(Report) && d.hold(h) {
		return
	}
	if !remedy.leaves(Report) && !d.add(h.Ops...) {
		return
	}
	d.fates[i] = fateComing
}
