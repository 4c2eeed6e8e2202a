package plan

import (
	"fmt"

	"writersync/connectors"
)

// contact decides for a person without an account: adopt one, or create one for the
// reason that is given.
func (d *differ) contact(i int, create Reason) {
	if d.in.Policy.Join.By != "" && d.in.Partial {
		return // whether the newcomer is known to another source, a reading of all of them tells
	}
	p := d.in.People[i]
	if d.keyless(i, create) {
		return
	}
	accounts := d.found[stated(p)]
	if len(accounts) == 0 || stated(p) == "" {
		d.create(i, create)
		return
	}
	account := d.in.Accounts[accounts[0]]
	adopt := Op{
		Kind: AdoptUser, Person: p.Ref, Account: account.ID, Login: stated(p), Changes: d.remoteChanges(account),
		Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: "has the e-mail of this account"},
	}
	switch verdict := d.mail(i); {
	case len(accounts) > 1:
		d.hold(Held{
			Why: WhyAmbiguousAccount, Exit: Fix, Ops: []Op{adopt},
			Text:   fmt.Sprintf("%d accounts in Writer have the e-mail of %s", len(accounts), p.Ref),
			WayOut: "Leave one of them with that address in Writer.",
		})
	case verdict.why == WhyNewID:
		return // held where the one who is gone is judged
	case verdict.why != "":
		d.hold(verdict.held(adopt))
	case !account.Active:
		d.hold(Held{
			Why: WhyInactiveAccount, Exit: Fix, Ops: []Op{adopt},
			Text:   fmt.Sprintf("the account with the e-mail of %s is deactivated in Writer, and not by us", p.Ref),
			WayOut: "Reactivate or remove the account in Writer; it is linked or created on the next pass.",
		})
	default:
		d.adopt(i, adopt, account)
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
			Text:   fmt.Sprintf("%s %s in the directory, and Writer knows people by it", p.Ref, whyUnmailed(*p.User)),
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
	case p.Lost:
		d.gone(i, d.in.Policy.Drift.Missing, Held{
			Why: WhyAccountMissing, Exit: Approve, Ops: []Op{d.instead(i)},
			Text:   fmt.Sprintf("the account of %s was deleted in Writer, and not by us", p.Ref),
			WayOut: "Approve to create it anew, or to link the one that has the e-mail now; or take the person out of scope.",
		})
	case p.Remote != nil && !p.Remote.Active:
		d.gone(i, d.in.Policy.Drift.Inactive, Held{
			Why: WhyDeactivatedThere, Exit: Approve, Ops: []Op{{
				Kind: Reactivate, Person: p.Ref, Account: p.Account, Login: p.Link.Email(),
				Reason: Reason{Basis: Drift, Text: "the account was deactivated in Writer"},
			}},
			Text:   fmt.Sprintf("the account of %s was deactivated in Writer, and not by us", p.Ref),
			WayOut: "Approve to reactivate it, or disable the person in the directory.",
		})
	default:
		if stated(p) == "" && p.User.Unusable[connectors.Email] == "" {
			d.unmailed[p.Ref.Source] = append(d.unmailed[p.Ref.Source], p.Ref.String())
		}
		d.update(i, UpdateUser)
		d.role(i)
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
		op.Kind, op.Account, op.Changes, op.Makes = AdoptUser, account.ID, d.remoteChanges(account), Fingerprint{}
		op.Reason.Text += ", and this one has the e-mail"
	}
	return op
}

// foreignAccount keeps its hands off an account that is no longer the one that was
// linked.
func (d *differ) foreignAccount(i int) {
	p := d.in.People[i]
	d.fates[i] = fateNone
	d.hold(Held{
		Why: WhyForeignAccount, Exit: Fix, Ops: []Op{{Kind: UpdateUser, Person: p.Ref, Account: p.Account, Login: p.Link.Email()}},
		Text:   fmt.Sprintf("account %s in Writer is not the one that was linked to %s", p.Account, p.Ref),
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
	named := p.Link.Origin == Created && p.Remote.ExternalID != "" && p.Remote.ExternalID != p.Ref.ID
	return named || (d.in.Moved && p.Remote.Email() != p.Link.Email())
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
