package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

// outOfScope decides for a person with a live account whom no mapped group holds, or
// whom an expression leaves out: the second complete reading of every source that has
// a say in that takes the account. A record that is not stated any more may be what
// brought the person into scope: its absence has to be proven like any other.
func (d *differ) outOfScope(i int) {
	p := d.in.People[i]
	if d.clouded[i] || !d.whole(i) {
		return // a group that was not read may hold the person still
	}
	if p.Link == nil || !d.outBefore(i) {
		why := d.missingFrom(i, Reason{Basis: Scope, Text: d.whyOut(i) + "; the next complete reading decides"})
		why.Readings = 1
		d.add(Op{Kind: LeaveScope, Person: p.Ref, Account: p.Account, Login: d.login(i), Reason: why})
		return
	}
	if d.outTwice(i) {
		why := d.missingFrom(i, Reason{Basis: Scope, Text: d.whyOut(i) + ", in two complete readings"})
		why.Readings = 2
		d.blind(i, why)
	}
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
		Text: fmt.Sprintf("%s %s, which looks at %s, and %s does not state that of them", d.in.People[i].Ref, d.whyOut(i),
			words(d.unstated[i], " and "), d.in.People[i].Ref.Source),
		WayOut: "Approve if they may go; if the directory does have it, see whether the credential may still read it.",
	})
}

// unseenOf returns which of the attributes are not stated of a person, or only by a
// source that counts less than one that stated them of somebody, now or in the past.
func (d *differ) unseenOf(p Person, looked []connectors.Attribute) []connectors.Attribute {
	return slices.DeleteFunc(slices.Clone(looked), func(a connectors.Attribute) bool {
		for _, part := range p.Parts {
			switch {
			case part.User == nil:
			case part.User.States(a):
				return true
			case d.everStates(part.Ref.Source, a):
				return false
			}
		}
		return len(p.Parts) == 0 && p.User.States(a)
	})
}

// everStates reports whether a source ever stated the attribute of anybody.
func (d *differ) everStates(source string, a connectors.Attribute) bool {
	s, _ := d.source(source)
	return s.States[a]
}

// mergeUnstated makes one hold of all people of a source of whom something is not
// stated: a right that is lost is lost for many.
func (d *differ) mergeUnstated() {
	d.together(WhyAttributeUnstated, "", func(n int, first Op) string {
		return fmt.Sprintf("%d people of source %s are left out by an expression that looks at what the source does not state of them", n, first.Person.Source)
	})
}

// scopedBy returns the sources of the person that have a say in whether they are in
// scope: those that feed a team, or if something says that the person is not wanted,
// all of them.
func (d *differ) scopedBy(i int) []string {
	var all, feeding []string
	for _, part := range d.parts(i) {
		all = append(all, part.Ref.Source)
		if d.mapping.feeding[part.Ref.Source] {
			feeding = append(feeding, part.Ref.Source)
		}
	}
	if d.barred[i] != "" || len(feeding) == 0 {
		return all
	}
	return feeding
}

// outBefore reports whether a reading of every source that has a say was remembered to
// have said so.
func (d *differ) outBefore(i int) bool {
	return !slices.ContainsFunc(d.scopedBy(i), func(source string) bool { return d.in.People[i].Link.OutOfScope[source] == 0 })
}

// outTwice reports whether every source that has a say was read anew since.
func (d *differ) outTwice(i int) bool {
	return !slices.ContainsFunc(d.scopedBy(i), func(name string) bool {
		source, _ := d.source(name)
		return source.Generation <= d.in.People[i].Link.OutOfScope[name]
	})
}
