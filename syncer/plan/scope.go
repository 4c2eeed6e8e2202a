package plan

import (
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
)

// outOfScope notes a person with a live account who is in no mapped group, or is left out by
// an expression; see leaveScope.
func (d *differ) outOfScope(i int) {
	d.fates[i] = fateOut
	d.out = append(d.out, i)
}

// leaveScope ends the accounts of people who are out of scope and in no team any more, once
// Policy.Grace has passed since. The time begins only in a run that read every source of the
// person: a group that was not read may have the person still.
func (d *differ) leaveScope() {
	removing := d.removing()
	var waiting []time.Time
	for _, i := range d.out {
		since := d.in.OutSince(i)
		if since.IsZero() && d.leftScope(i) {
			since = d.in.Now
		}
		d.remember(i, since)
		due, keeps := since.Add(d.in.Policy.Grace), d.in.Policy.deprovision(d.in.People[i].Ref.Source) == DeprovisionNone
		switch {
		case since.IsZero():
		case d.in.Review && !d.clouded[i]:
			d.blind(i, d.missingFrom(i, Reason{Basis: Shown, Cause: OutOfScope, Text: d.withGone(i, d.whyOut(i))}))
		case removing[d.in.People[i].Ref]:
		case !d.in.Now.Before(due) && !d.clouded[i]:
			d.blind(i, d.missingFrom(i, Reason{Basis: Shown, Cause: OutOfScope, Text: d.withGone(i, d.whyOut(i)+" since "+when(since))}))
		case d.in.Now.Before(due) && !keeps:
			waiting = append(waiting, due)
		}
	}
	if len(waiting) > 0 {
		d.warnings = append(d.warnings, Warning{
			Code: "out-of-scope",
			Text: fmt.Sprintf("accounts of users who are out of scope, which end after %s at the earliest: %d", when(slices.MinFunc(waiting, time.Time.Compare)), len(waiting)),
		})
	}
}

// OutSince returns since when person i is out of scope, and in no team any more, as far as
// that was seen before. A time of the future is that of a clock that was wrong.
func (in Input) OutSince(i int) time.Time {
	p := in.People[i]
	if p.Link == nil || p.Link.OutSince.IsZero() {
		return time.Time{}
	}
	since := p.Link.OutSince
	if removed := in.Removed[p.Ref]; removed.After(since) && !removed.After(in.Now) {
		since = removed
	}
	if since.After(in.Now) {
		return in.Now
	}
	return since
}

// remember notes since when person i is out of scope, if that is not what the ledger has.
func (d *differ) remember(i int, since time.Time) {
	p := d.in.People[i]
	stored := time.Time{}
	if p.Link != nil {
		stored = p.Link.OutSince
	}
	if stored.Equal(since) {
		return
	}
	d.outside = append(d.outside, Outside{p.Ref, since})
}

// removing returns the people who have a membership left to remove, planned or held.
func (d *differ) removing() map[connectors.Ref]bool {
	out := map[connectors.Ref]bool{}
	take := func(ops []Op) {
		for _, op := range ops {
			if op.Kind == RemoveMember {
				out[op.Person] = true
			}
		}
	}
	if len(d.out) == 0 {
		return out
	}
	take(d.ops)
	for _, h := range d.held {
		take(h.Ops)
	}
	return out
}

// blind ends the account of somebody who is out of scope, unless what says so looked at
// an attribute that the source does not state: a credential that lost the right to
// read it sees just that, and no proof by the person's ID would tell.
func (d *differ) blind(i int, why Reason) {
	ops := d.leaveOps(i, why)
	if len(d.unstated[i]) == 0 || len(ops) == 0 || d.approved(ops) {
		d.depart(i, why)
		return
	}
	d.hold(Held{
		Why: WhyAttributeUnstated, Exit: Approve, Ops: ops,
		Text: fmt.Sprintf("%s %s, which looks at %s, and %s does not state that of them", d.in.People[i].name(), d.whyOut(i),
			words(d.unstated[i], " and "), d.in.People[i].Ref.Source),
		WayOut: "Approve if they may go; if the directory does have it, see whether the credential may still read it.",
	})
}

// mergeUnstated makes one hold of all people of a source of whom something is not
// stated: a right that is lost is lost for many.
func (d *differ) mergeUnstated() {
	d.together(WhyAttributeUnstated, "", func(n int, first Op) string {
		return fmt.Sprintf("%d people of source %s are left out by an expression that looks at what the source does not state of them", n, first.Person.Source)
	})
}
