package plan

import (
	"slices"
	"strings"

	"writersync/connectors"
)

// update plans what changed of a person. An e-mail that cannot be taken now is
// held by itself: the rest of the change does not wait for it. A deactivated
// account is first brought back, then renamed. It reports whether an op of that
// kind was planned.
func (d *differ) update(i int, kind Kind) bool {
	p, want := d.in.People[i], d.wish(i)
	have := d.have(p)
	op := d.updateOp(i, changesTo(want.attributes, have))
	op.Kind, op.Makes = kind, want.makes
	if len(op.Changes) == 0 && kind == UpdateUser {
		d.confirm(op, want, p.Link)
		return false
	}
	asked, drifted := splitDrift(op.Changes, p.Link)
	switch {
	case kind == Reactivate:
		op.Reason = Reason{Basis: Shown, Cause: Return, Text: d.whyInScope(i)}
	case len(drifted) > 0 && d.in.Policy.Drift.Attributes.leaves(Repair):
		undo := op
		undo.Changes = drifted
		d.reportDrift(undo, "attributes", strings.Join(changeNames(drifted), ", ")+" changed in Writer")
		op.Changes = asked
	case len(drifted) > 0:
		op.Reason.Basis = Weakest(op.Reason.Basis, Drift)
		if len(asked) == 0 {
			op.Reason.Text = "was changed in Writer"
		}
		for at, c := range op.Changes {
			if slices.Contains(asked, c) {
				op.Changes[at].Shown = true
			}
		}
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
		if why := d.otherAddress(i); verdict.why == "" && why != "" && !d.approved([]Op{d.renameOp(i, mail)}) {
			verdict = mailVerdict{
				why: WhySourcesDisagree, exit: Approve, text: why, wayOut: "Approve if the address is theirs now; else correct the directory.",
			}
		}
		if verdict.why == "" && op.Kind == UpdateUser {
			op.After = verdict.after
			return d.add(op)
		}
		op.Changes = slices.DeleteFunc(slices.Clone(op.Changes), func(c Change) bool { return c.Attribute == UserName })
		op.Makes = Fingerprint{}
		if verdict.why != "" {
			d.hold(verdict.held(d.renameOp(i, mail)))
		}
	}
	if len(op.Changes) == 0 && op.Kind == UpdateUser {
		return false
	}
	if why := d.comeback(i); op.Kind == Reactivate && why != "" {
		return !d.hold(back(why, op))
	}
	return d.add(op)
}

// renameOp is an update of the e-mail alone.
func (d *differ) renameOp(i int, mail Change) Op {
	op := d.updateOp(i, []Change{mail})
	op.Makes = Fingerprint{}
	return op
}

// have returns what the account has: as Writer was read to have it, or as it was
// last applied.
func (d *differ) have(p Person) map[connectors.Attribute]string {
	if p.Remote == nil {
		return p.Link.Applied
	}
	have := attributesOf(*p.Remote)
	for a := range d.in.Ignored {
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
	op.Reason = Reason{Basis: Shown, Text: "changed in the directory, and nothing of it is sent"}
	d.add(op)
}

func (d *differ) updateOp(i int, changes []Change) Op {
	p := d.in.People[i]
	return Op{
		Kind: UpdateUser, Person: p.Ref, Account: linkedAccount(p), Login: d.label(i), Changes: changes,
		Reason: Reason{Basis: Shown, Text: "changed in " + p.Ref.Source}, Makes: d.wish(i).makes,
	}
}
