package syncer_test

import (
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// grace is how long users are out of scope in a life before their account ends.
const grace = time.Hour

// scopes is when records were last read in a mapped group, and when accounts last lost a
// membership: for an hour after both, no account ends because its user is out of scope.
type scopes struct {
	listed  map[connectors.Ref]time.Time
	removed map[plan.RemoteID]time.Time
}

// visit takes a person out of every group, puts them back within the grace, and takes them
// out again.
func (l *life) visit(i int) {
	for range 2 {
		back := l.company.Out(i)
		l.pass(time.Minute, false)
		l.pass(grace/2, false)
		back()
		l.pass(time.Minute, false)
	}
	l.company.Out(i)
	l.pass(time.Minute, false)
	l.pass(grace/2, false)
}

// outOfScope takes in a run and what it sent to Writer, and holds the end of accounts
// against what was before.
func (l *life) outOfScope(out syncer.Outcome, sent []applytest.Entry) {
	now := l.clock.Now()
	for _, ref := range l.company.Mapped() {
		read := slices.ContainsFunc(out.Run.Sources, func(s syncer.SourceRun) bool { return s.Name == ref.Source && s.Complete })
		if read && !l.lying && len(l.company.Corp.Emptied)+len(l.company.HR.Emptied) == 0 {
			l.scopes.listed[ref] = now
		}
	}
	for _, e := range sent {
		for _, account := range e.Edit.Remove {
			l.scopes.removed[account] = now
		}
	}
	for _, op := range out.Plan.Ops {
		if op.Kind != plan.Deactivate || op.Reason.Cause != plan.OutOfScope {
			continue
		}
		l.tally.add("out of scope")
		if since := now.Sub(l.scopes.removed[op.Account]); since < grace {
			l.r.Fatalf("%s, and a membership was removed %s ago", op, since)
		}
		i, _ := l.company.Who(op.Person)
		for _, source := range append([]string{op.Person.Source}, op.Reason.By...) {
			ref := connectors.Ref{Source: source, ID: l.company.Record(i, source)}
			if since := now.Sub(l.scopes.listed[ref]); since < grace {
				l.r.Fatalf("%s, and %s was in a mapped group %s ago", op, ref, since)
			}
		}
	}
}
