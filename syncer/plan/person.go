package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// person decides what becomes of one person's account.
func (d *differ) person(i int) {
	p := d.in.People[i]
	source, configured := d.source(p.Ref.Source)
	live := p.Standing == Live
	if live {
		d.fates[i] = fateLive
	}
	switch {
	case !configured && live:
		d.orphans[p.Ref.Source]++
		d.fates[i] = fateNone
	case !configured:
	case d.isForeign(p):
		d.foreignAccount(i)
	case p.Settled:
		if live && !d.inScope(i) {
			d.outOfScope(i, source)
		}
	case p.User != nil && p.User.Status != connectors.StatusDisabled:
		d.employed(i, source)
	default:
		d.departed(i, source)
	}
}

// departed decides for a person whom the source states as disabled, or not at all.
func (d *differ) departed(i int, source Source) {
	p := d.in.People[i]
	switch {
	case p.Standing == Live && p.User != nil:
		d.disabled(i)
	case p.Standing == Live:
		d.fates[i] = fateNone
		d.absent(i)
	case p.Standing == Inactive && p.Remote != nil && p.Remote.Active:
		d.revived(i, source)
	}
}

// employed decides for a person whom the source states, and not as disabled.
func (d *differ) employed(i int, source Source) {
	p := d.in.People[i]
	if p.Link != nil && p.Link.OutOfScope != 0 && d.inScope(i) {
		d.add(Op{
			Kind: EnterScope, Person: p.Ref, Account: p.Account, Login: stated(p),
			Reason: Reason{Basis: Returned, Text: "is in a mapped group again"},
		})
	}
	d.disagree(i)
	switch {
	case p.User.Fault != "" || p.User.Status == connectors.StatusUnknown:
		d.unusable(i)
	case d.unclear[i] != "":
		d.undecided(i)
	case d.inScope(i):
		d.present(i)
	case p.Standing == Live:
		d.outOfScope(i, source)
	}
}

func (d *differ) source(name string) (Source, bool) {
	j, ok := slices.BinarySearchFunc(d.in.Sources, name, func(s Source, n string) int { return strings.Compare(s.Name, n) })
	if !ok {
		return Source{}, false
	}
	return d.in.Sources[j], true
}

func (d *differ) inScope(i int) bool {
	return (d.in.Policy.Everyone || d.wanted[i]) && d.barred[i] == ""
}

// present decides for a person who is active and in scope.
func (d *differ) present(i int) {
	switch d.in.People[i].Standing {
	case None:
		d.contact(i, Reason{Basis: Stated, Text: d.whyInScope(i)})
	case Live:
		d.live(i)
	case Inactive:
		d.reactivate(i)
	case Deleted:
		d.contact(i, Reason{Basis: Returned, Text: "is back in scope, and the old account is gone"})
	}
}

// contact decides for a person without an account: adopt one, or create one for the
// reason that is given.
func (d *differ) contact(i int, create Reason) {
	p := d.in.People[i]
	accounts := d.found[stated(p)]
	if len(accounts) == 0 || stated(p) == "" {
		d.create(i, create)
		return
	}
	account := d.in.Accounts[accounts[0]]
	adopt := Op{
		Kind: AdoptUser, Person: p.Ref, Account: account.ID, Login: stated(p), Changes: remoteChanges(account),
		Reason: Reason{Basis: Contact, Text: "has the e-mail of this account"},
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
			Text:   fmt.Sprintf("%s has no e-mail in the directory, and Writer knows people by it", p.Ref),
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
		op.Kind, op.Account, op.Changes, op.Makes = AdoptUser, account.ID, remoteChanges(account), Fingerprint{}
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
		return d.in.Moved && !p.Lost
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

func (d *differ) reactivate(i int) {
	if d.update(i, Reactivate) {
		d.fates[i] = fateComing
	}
}

// update plans what changed of a person. An e-mail that cannot be taken now is
// held by itself: the rest of the change does not wait for it. A deactivated
// account is first brought back, then renamed. It reports whether an op of that
// kind was planned.
func (d *differ) update(i int, kind Kind) bool {
	p, wish := d.in.People[i], d.wish(i)
	have := d.have(p)
	op := d.updateOp(i, changesTo(wish.attributes, have))
	op.Kind, op.Makes = kind, wish.makes
	if len(op.Changes) == 0 && kind == UpdateUser {
		d.confirm(op, wish, p.Link)
		return false
	}
	asked, drifted := splitDrift(op.Changes, p.Link)
	switch {
	case kind == Reactivate:
		op.Reason = Reason{Basis: Returned, Text: d.whyInScope(i)}
	case len(drifted) > 0 && d.in.Policy.Drift.Attributes.leaves(Repair):
		undo := op
		undo.Changes = drifted
		d.reportDrift(undo, "attributes", strings.Join(changeNames(drifted), ", ")+" changed in Writer")
		op.Changes = asked
	case len(asked) == 0:
		op.Reason = Reason{Basis: Drift, Text: "was changed in Writer"}
	}
	return d.updateMail(i, op)
}

// updateMail plans an update once it is known whether the e-mail in it can be had.
func (d *differ) updateMail(i int, op Op) bool {
	p := d.in.People[i]
	if mail, ok := op.Change(UserName); ok {
		verdict := d.mail(i)
		if p.Link.RefusedEmail != "" && p.Link.RefusedEmail == stated(p) {
			verdict = refusedVerdict(p.Ref)
		}
		if verdict.why == "" && op.Kind == UpdateUser {
			op.After = verdict.after
			return d.add(op)
		}
		op.Changes = slices.DeleteFunc(slices.Clone(op.Changes), func(c Change) bool { return c.Attribute == UserName })
		op.Makes = Fingerprint{}
		if verdict.why != "" {
			rename := d.updateOp(i, []Change{mail})
			rename.Makes = Fingerprint{}
			d.hold(verdict.held(rename))
		}
	}
	if len(op.Changes) == 0 && op.Kind == UpdateUser {
		return false
	}
	return d.add(op)
}

// have returns what the account has: as Writer was read to have it, or as it was
// last applied.
func (d *differ) have(p Person) map[connectors.Attribute]string {
	if p.Remote == nil {
		return p.Link.Applied
	}
	have := attributesOf(*p.Remote)
	for a := range d.ignored {
		have[a] = p.Link.Applied[a]
	}
	return have
}

// confirm notes that the account already is what the source states now, if the
// ledger does not know it yet: the record changed in a way that changes nothing
// which is sent.
func (d *differ) confirm(op Op, w wish, link *Link) {
	if w.makes == (Fingerprint{}) || w.makes == link.Fingerprint {
		return
	}
	op.Kind, op.Changes = ConfirmUser, changesTo(w.attributes, link.Applied)
	op.Reason = Reason{Basis: Stated, Text: "changed in the directory, and nothing of it is sent"}
	d.add(op)
}

func (d *differ) updateOp(i int, changes []Change) Op {
	p := d.in.People[i]
	return Op{
		Kind: UpdateUser, Person: p.Ref, Account: linkedAccount(p), Login: stated(p), Changes: changes,
		Reason: Reason{Basis: Stated, Text: "changed in " + p.Ref.Source}, Makes: d.wish(i).makes,
	}
}

func (d *differ) unusable(i int) {
	p := d.in.People[i]
	h := Held{
		Why: WhyUnusableRecord, Exit: Fix,
		Text:   fmt.Sprintf("the record of %s cannot be used: %s", p.Ref, p.User.Fault),
		WayOut: "Correct the person's record in the directory.",
	}
	if p.User.Fault == "" {
		h.Why = WhyStatusUnknown
		h.Text = fmt.Sprintf("the directory states neither that %s is active nor that they are disabled", p.Ref)
		h.WayOut = "Correct the status in the directory, or tell the source's configuration what it means."
	}
	kind := UpdateUser
	if p.Standing != Live {
		if !d.inScope(i) {
			return
		}
		kind = CreateUser
	}
	h.Ops = []Op{{Kind: kind, Person: p.Ref, Account: p.Account, Reason: Reason{Basis: Stated, Text: d.whyInScope(i)}}}
	d.hold(h)
}

// whyOut says why the person is not in scope.
func (d *differ) whyOut(i int) string {
	if why := d.barred[i]; why != "" {
		return why
	}
	return "is in no mapped group"
}

// whyInScope names a group that brings the person into scope.
func (d *differ) whyInScope(i int) string {
	for _, w := range d.mapping.Teams {
		if name := d.groupOf(w, i); name != "" {
			return fmt.Sprintf("is in group %s", name)
		}
	}
	return "is in the directory, and everyone is in scope"
}

// groupOf returns the name of a group through which the person is wanted in the
// team, or "".
func (d *differ) groupOf(w Wanted, i int) string {
	for _, g := range w.groups {
		if _, in := slices.BinarySearch(d.in.Groups[g].Members, uint32(i)); in { //nolint:gosec // an index of People
			return d.in.Groups[g].Name
		}
	}
	return ""
}
