package syncer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/match"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// An ImportStep is what a pass does for `import`.
type ImportStep string

// The steps of import. None of them opens the gate, judges the plan of an ordinary
// pass, or changes what that one is compared with.
const (
	// ImportCompare compares Writer with the directory and plans adoptions: see
	// Outcome.Match and Outcome.Plan. It changes nothing.
	ImportCompare ImportStep = "compare"
	// ImportAdopt links persons with accounts that have the very same address, and
	// does nothing else. Request.Only is required: it is the hash of the adoptions that
	// somebody read and confirmed, and stands for their approval.
	ImportAdopt ImportStep = "adopt"
	// ImportWrite makes what only Writer has in the source Request.Into. Request.Only
	// is required: it is the hash of the match.Work that somebody confirmed.
	ImportWrite ImportStep = "write"
)

// ErrMatchMoved ends an import whose comparison is not the one that was confirmed.
var ErrMatchMoved = errors.New("what import found changed since it was shown, because the directory or Writer did: nothing was done; run import again")

func (p *pass) importSteps() []step {
	first := []step{{"open the pass", p.openImport}, {"read sources", p.readSources}, {"look at Writer", p.observe}, {stepGather, p.gather}}
	switch p.request.Import {
	case ImportAdopt:
		first = slices.Insert(first, 1, step{"resolve unknown outcomes", p.resolve})
		return append(first, step{"compare", p.refuseUnread}, step{"decide", p.decide}, step{"apply", p.apply}, step{"conclude", p.concludeAdoptions})
	case ImportWrite:
		return append(first, step{"compare", p.compare}, step{"write", p.write})
	}
	return append(first, step{"compare", p.compare}, step{"decide", p.decide})
}

// openImport refuses a step that nobody confirmed, and one that would mix the
// accounts of two organizations.
func (p *pass) openImport(ctx context.Context) error {
	switch {
	case !slices.Contains([]ImportStep{ImportCompare, ImportAdopt, ImportWrite}, p.request.Import):
		return fmt.Errorf("there is no step %q of import", p.request.Import)
	case p.request.Import != ImportCompare && p.request.Only == "":
		return fmt.Errorf("step %q of import needs the hash of what was confirmed", p.request.Import)
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if p.control.Writer != "" && p.control.Writer != p.o.Endpoint {
		return fmt.Errorf("the state was filled against another Writer, %s: give this one a state file of its own", p.control.Writer)
	}
	return nil
}

// compare makes the report, after it has noted which objects were made whose making
// was cut short.
func (p *pass) compare(ctx context.Context) error {
	report := match.Compare(plan.AsOne(p.in), p.o.Protected.Emails)
	found := foundOpen(report, p.in.Imported)
	for _, i := range found {
		if err := p.o.Store.Update(ctx, func(tx Writer) error { return tx.Import(i.Stored()) }); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		p.in.Imported = append(slices.Clone(p.in.Imported), found...)
		report = match.Compare(plan.AsOne(p.in), p.o.Protected.Emails)
	}
	report.Unread = append(p.unread(), report.Unread...)
	for _, s := range p.o.Sources {
		if _, can := s.Connector.(connectors.Importer); can {
			report.Into = append(report.Into, s.Name)
		}
	}
	p.match = &report
	return nil
}

// unread says what was not read whole.
func (p *pass) unread() []string {
	var out []string
	for _, s := range p.run.Sources {
		if !s.Complete {
			out = append(out, fmt.Sprintf("source %s: %s", s.Name, s.Error))
		}
	}
	if !p.in.Verified {
		out = append(out, "Writer: its listing cannot be shown to be whole")
	}
	return out
}

// refuseUnread ends an adoption while something was not read: there may be somebody
// else who states the address, or another account that has it.
func (p *pass) refuseUnread(context.Context) error {
	if unread := p.unread(); len(unread) > 0 {
		return fmt.Errorf("what was not read may have the same addresses, so nothing was linked: %s", unread[0])
	}
	return nil
}

// foundOpen returns those of the objects whose making has no outcome that the
// directory shows.
func foundOpen(r match.Report, all []plan.Imported) []plan.Imported {
	var out []plan.Imported
	for _, i := range all {
		if i.Ref.ID != "" {
			continue
		}
		for _, row := range r.People {
			if i.Kind == connectors.UserObject && row.Account == i.From && row.Person.Source == i.Ref.Source {
				i.Ref = row.Person
				out = append(out, i)
			}
		}
		for _, row := range r.Teams {
			if i.Kind != connectors.GroupObject || row.Kind != match.SameName || row.Team != i.From {
				continue
			}
			for _, g := range row.Groups {
				if g.Ref.Source == i.Ref.Source {
					i.Ref = g.Ref
					out = append(out, i)
				}
			}
		}
	}
	return out
}

// adoptions narrows the plan to links between a person and an account of the very
// same address, and to what holds such. The gate does not hold them: it is there for
// plans that nobody has read, and these are done only once somebody has confirmed
// this list. All other rails stand.
func (p *pass) adoptions() {
	narrow, in := plan.Plan{}, plan.AsOne(p.in)
	for _, op := range p.plan.Ops {
		if isExact(in, op) {
			narrow.Ops = append(narrow.Ops, op)
		}
	}
	for _, h := range p.plan.Held {
		h.Ops = slices.DeleteFunc(slices.Clone(h.Ops), func(op plan.Op) bool { return op.Kind != plan.AdoptUser })
		if len(h.Ops) > 0 {
			narrow.Held = append(narrow.Held, h)
		}
	}
	p.plan, p.run.Warnings, p.evidence.Gate = narrow, nil, guard.GateOpen
}

func isExact(in plan.Input, op plan.Op) bool {
	person, known := in.Person(op.Person)
	account, there := slices.BinarySearchFunc(in.Accounts, op.Account, func(a plan.Account, id plan.RemoteID) int { return cmp.Compare(a.ID, id) })
	return op.Kind == plan.AdoptUser && known && there &&
		in.People[person].User != nil && in.People[person].User.Email == in.Accounts[account].UserName
}

// concludeAdoptions remembers whose accounts the ledger holds now.
func (p *pass) concludeAdoptions(ctx context.Context) error {
	if p.control.Writer != "" || p.report.Counts[plan.AdoptUser].Done == 0 {
		return nil
	}
	return p.change(ctx, func(c *store.Control) { c.Writer = p.o.Endpoint })
}

// keepHolds takes over what the last pass held.
func (p *pass) keepHolds(ctx context.Context) {
	p.run.Held, p.run.Base = nil, ""
	runs, err := LastRuns(ctx, p.o.Store, 1)
	switch {
	case err != nil:
		p.blind = true
		p.o.Log.Warn("what is held cannot be read, and stays as it is stored", "run", p.run.ID, "error", err)
	case len(runs) > 0:
		p.run.Held, p.run.Base = runs[0].Held, runs[0].Base
	}
}

// mayWrite says why nothing can be written into the source.
func (p *pass) mayWrite(work match.Work) (connectors.Importer, error) {
	switch {
	case p.control.Paused:
		return nil, ErrPaused
	case len(p.match.Unread) > 0:
		return nil, fmt.Errorf("what was not read may be there already, so nothing was written: %s", p.match.Unread[0])
	case p.request.Only != work.Hash():
		return nil, ErrMatchMoved
	}
	at := slices.IndexFunc(p.o.Sources, func(s Source) bool { return s.Name == p.request.Into })
	if at < 0 {
		return nil, fmt.Errorf("there is no source %q", p.request.Into)
	}
	importer, ok := p.o.Sources[at].Connector.(connectors.Importer)
	if !ok {
		return nil, fmt.Errorf("source %s cannot be written into: of an ldap source, set import.users and import.groups, of an okta source import.enabled; of others, use --export", p.request.Into)
	}
	return importer, nil
}

// write makes in the source what only Writer has.
func (p *pass) write(ctx context.Context) error {
	work := p.match.Work(p.request.Into)
	importer, err := p.mayWrite(work)
	if err != nil {
		return err
	}
	w := &importWriter{pass: p, to: importer, ids: map[plan.RemoteID]string{}, open: map[plan.RemoteID]bool{}}
	p.written = &w.Written
	err = apply.Contain(func() error { return w.do(ctx, work) })
	p.o.Log.Info("import wrote", "run", p.run.ID, "source", p.request.Into, "users", w.Users, "groups", w.Groups, "failed", len(w.Failed))
	return err
}
