package plan

// outOfScope decides for a person with a live account whom no mapped group holds, or
// whom an expression leaves out: the second complete reading of every source of the
// person that says so takes the account. A record that is not stated any more may be
// what brought the person into scope: its absence has to be proven like any other.
func (d *differ) outOfScope(i int) {
	p := d.in.People[i]
	if d.clouded[i] || !d.whole(i) {
		return // a group that was not read may hold the person still
	}
	if p.Link == nil || !d.outBefore(i) {
		d.add(Op{
			Kind: LeaveScope, Person: p.Ref, Account: p.Account, Login: d.login(i),
			Reason: Reason{Basis: Scope, Text: d.whyOut(i) + "; the next complete reading decides", By: d.alsoIn(i), Readings: 1},
		})
		return
	}
	if d.outTwice(i) {
		why := d.missingFrom(i, Reason{Basis: Scope, Text: d.whyOut(i) + ", in two complete readings"})
		why.Readings = 2
		d.depart(i, why)
	}
}

// outBefore reports whether a reading of every source of the person was remembered to
// have said so.
func (d *differ) outBefore(i int) bool {
	for _, part := range d.parts(i) {
		if d.in.People[i].Link.OutOfScope[part.Ref.Source] == 0 {
			return false
		}
	}
	return true
}

// outTwice reports whether every source of the person was read anew since.
func (d *differ) outTwice(i int) bool {
	for _, part := range d.parts(i) {
		source, _ := d.source(part.Ref.Source)
		if source.Generation <= d.in.People[i].Link.OutOfScope[part.Ref.Source] {
			return false
		}
	}
	return true
}
