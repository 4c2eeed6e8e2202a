package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// gather brings the three views together: what the state holds, and what of
// Writer must be read.
func (p *pass) gather(ctx context.Context) error {
	if err := p.o.Store.View(ctx, p.look); err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	if err := p.exclude(ctx); err != nil {
		return err
	}
	p.gatherChanged()
	if err := p.findTeams(ctx); err != nil {
		return err
	}
	if err := p.readConflicts(ctx); err != nil {
		return err
	}
	if err := p.fill(ctx, p.toSee()); err != nil {
		return err
	}
	if err := p.readRecycled(ctx); err != nil {
		return err
	}
	if err := p.judgeMarks(ctx); err != nil {
		return err
	}
	p.gatherEvidence()
	return nil
}

// exclude stores which groups keep which users out: one that is listed no more, or under another
// name, keeps out the same users as before. A dry run stores it too, as it stores what it read.
func (p *pass) exclude(ctx context.Context) error {
	want := plan.Exclude(p.in)
	if slices.EqualFunc(want, p.in.Excluded, plan.Excluded.Same) {
		return nil
	}
	was := p.in.Excluded
	p.in.Excluded = want
	if p.gate() != guard.GateOpen { // the configuration that no longer names them is not approved
		for _, e := range was {
			if !slices.ContainsFunc(want, func(o plan.Excluded) bool { return o.Group == e.Group }) {
				want = append(want, e)
			}
		}
	}
	var groups []store.Excluded
	for _, e := range want {
		g := store.Excluded{Group: store.Ref(e.Group), Name: e.Name, Within: e.Within, Since: e.Since}
		for _, i := range e.Members {
			g.Users = append(g.Users, p.in.People[i].Ref.ID)
		}
		groups = append(groups, g)
	}
	if err := p.o.Store.Update(ctx, func(tx Writer) error { return tx.Exclude(groups) }); err != nil {
		return fmt.Errorf("remember the groups that keep users out: %w", err)
	}
	return nil
}

// judgeMarks judges the facts that are not visible now: it forgets those that have ended
// although no other value of them is shown. The picture is then
// gathered anew. A dry run leaves that to the next one.
func (p *pass) judgeMarks(ctx context.Context) error {
	w := plan.NewWitness(p.in)
	for _, source := range w.Sources() {
		err := p.o.Store.View(ctx, func(tx Reader) error {
			return tx.Users(source, func(u connectors.User) error { w.See(source, u); return nil })
		})
		if err != nil {
			return fmt.Errorf("see what other users of %s show: %w", source, err)
		}
	}
	ended, stay := w.Judge()
	switch {
	case len(ended)+len(stay) == 0:
		return nil
	case p.request.DryRun:
		p.in.Ended(ended)
		return nil
	}
	if err := p.o.Store.Update(ctx, func(tx Writer) error { return tx.JudgeMarks(ended, stay) }); err != nil {
		return fmt.Errorf("judge what is not visible: %w", err)
	}
	return store.ErrMoved
}

// rememberOutside stores since when people are out of scope. That begins in no run that
// only shows what it would do, and under no configuration that is not approved.
func (p *pass) rememberOutside(ctx context.Context) error {
	begins := !p.request.DryRun && p.gate() != guard.GateClosed
	var changed []store.Outside
	for _, o := range p.diffed.Outside {
		if begins || o.Since.IsZero() {
			changed = append(changed, store.Outside{Person: store.Ref(o.Person), Since: o.Since})
		}
	}
	if len(changed) == 0 || p.request.Import != "" {
		return nil
	}
	if err := p.o.Store.Update(ctx, func(tx Writer) error { return tx.SetOutside(changed) }); err != nil {
		return fmt.Errorf("remember who is out of scope: %w", err)
	}
	return nil
}

// look takes from the state what the run decides by.
func (p *pass) look(tx Reader) error {
	in, err := tx.Load()
	if err != nil {
		return err
	}
	in.Policy, in.Now, in.Sources, in.Review = p.o.Policy, p.o.Now(), p.sources(), p.gate() == guard.GateClosed
	control, err := tx.Control()
	if err != nil {
		return err
	}
	p.splits.Store(control.Splits)
	in.Verified, in.Partial = p.run.Verified, len(p.request.Rings) > 0
	in.Moved = p.control.Writer != "" && p.control.Writer != p.o.Endpoint
	if p.approval, err = tx.Approvals(in.Now); err != nil {
		return err
	}
	open, err := tx.Approved(in.Now)
	if err != nil {
		return err
	}
	in.Approved = make(map[plan.Hash]bool, len(open))
	for hash := range open {
		in.Approved[plan.Hash(hash)] = true
	}
	p.in = in
	p.admins = nil
	for mail := range p.o.Policy.Roles.Admins {
		found, err := tx.Find(mail)
		if err != nil {
			return err
		}
		p.admins = append(p.admins, found...)
	}
	for i := range p.run.Sources {
		p.run.Sources[i].Unresolved = unresolved(in, p.run.Sources[i].Name)
	}
	if p.removed, err = tx.Removals(p.in.Now.Add(-week)); err != nil {
		return err
	}
	p.in.Removed = lastRemoved(p.removed)
	p.unsettled, err = tx.Unsettled()
	return err
}

// lastRemoved returns when each person was last removed from a team. The oldest come first.
func lastRemoved(removed []store.Removal) map[connectors.Ref]time.Time {
	out := make(map[connectors.Ref]time.Time, len(removed))
	for _, r := range removed {
		if r.Kind.String() == string(plan.RemoveMember) {
			out[connectors.Ref(r.Person)] = r.At
		}
	}
	return out
}

// unresolved counts the references in groups of a source that name nothing there.
func unresolved(in plan.Input, source string) (n int) {
	for _, g := range in.Groups {
		if g.Ref.Source == source {
			n += g.Unresolved
		}
	}
	return n
}

// fill loads the records of people. It fails with store.ErrMoved if they are not those
// of look any more.
func (p *pass) fill(ctx context.Context, people []uint32) error {
	return p.o.Store.View(ctx, func(tx Reader) error { return tx.Fill(&p.in, people) })
}

// howRead says how this run read a source.
func (p *pass) howRead(source string) plan.Read {
	switch {
	case p.complete[source].Valid():
		return plan.InFull
	case p.deltas[source].Valid():
		return plan.ByDelta
	}
	return plan.NotRead
}

func (p *pass) sources() []plan.Source {
	out := make([]plan.Source, 0, len(p.o.Sources))
	for _, s := range p.o.Sources {
		_, proves := s.Connector.(connectors.Prover)
		out = append(out, plan.Source{
			Name: s.Name, Read: p.howRead(s.Name), Credible: p.state(s.Name).Credible, Proves: proves, States: stated(p.state(s.Name)),
			At: p.state(s.Name).At, Files: readSince(p.state(s.Name)),
		})
	}
	slices.SortFunc(out, func(a, b plan.Source) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// toSee returns the people whose records the plan will want to see: those
// with something open, and those without an account whom a rule wants. While the
// base is not settled, that is everybody in scope;
// import wants to see everybody there is.
func (p *pass) toSee() []uint32 {
	if p.request.Import != "" {
		return p.everybody()
	}
	want := make([]bool, len(p.in.People))
	mapping := plan.Map(p.in)
	for _, w := range mapping.Teams {
		p.markUnlinked(want, w.People)
	}
	for _, u := range mapping.Unlinked {
		p.markUnlinked(want, u.People)
	}
	for _, i := range p.admins {
		want[i] = true
	}
	p.markMarked(want)
	p.markNamed(want)
	all := p.gate() != guard.GateOpen
	several := p.o.Policy.Join.By != "" || len(p.in.Joins) > 0 // everybody may be somebody
	var out []uint32
	for i, person := range p.in.People {
		if several {
			out = append(out, uint32(i)) //nolint:gosec // an index of People
			continue
		}
		linked := person.Standing != plan.None
		if want[i] || (linked && (all || !person.Settled)) || (!linked && p.o.Policy.Everyone) {
			out = append(out, uint32(i)) //nolint:gosec // an index of People
		}
	}
	return out
}

// markMarked marks those who may be kept out by a fact that is not visible.
func (p *pass) markMarked(want []bool) {
	for ref, m := range p.in.Marks {
		if i, known := p.in.Person(ref); known && (m.Disabled || p.in.People[i].Standing != plan.Live) {
			want[i] = true
		}
	}
}

// markNamed marks the users that an account names which is not linked to them.
func (p *pass) markNamed(want []bool) {
	namedBy := p.in.Namer()
	mark := func(a plan.Account) {
		if i, known := namedBy(a); known {
			want[i] = true
		}
	}
	for _, a := range p.in.Accounts {
		mark(a)
	}
	for _, person := range p.in.People {
		if person.Remote != nil {
			mark(*person.Remote)
		}
	}
}

func (p *pass) everybody() []uint32 {
	out := make([]uint32, len(p.in.People))
	for i := range out {
		out[i] = uint32(i) //nolint:gosec // an index of People
	}
	return out
}

func (p *pass) markUnlinked(want []bool, people []uint32) {
	for _, i := range people {
		want[i] = want[i] || p.in.People[i].Standing != plan.Live
	}
}

// gatherEvidence collects what the rails judge the plan by, but for proofs.
func (p *pass) gatherEvidence() {
	now := p.o.Now()
	p.evidence = guard.Evidence{
		Now: now, Approved: p.in.Approved, Gate: p.gate(), Paused: p.control.Paused, Protected: p.o.Protected, Limits: p.o.Limits,
		TeamSize: map[plan.RemoteID]int{},
	}
	for _, person := range p.in.People {
		if person.Standing == plan.Live {
			p.evidence.Managed++
		}
	}
	for _, t := range p.in.Teams {
		p.evidence.TeamSize[t.ID] = len(t.Had) - len(t.Dormant)
	}
	for _, s := range p.in.Sources {
		p.evidence.Sources = append(p.evidence.Sources, p.sourceEvidence(s))
	}
	p.gatherRemoved()
}

// gatherRemoved collects what was taken from people within a day and a week, and what
// perhaps was: requests whose outcome is not known. An account that went took its
// teams along, where the memberships sleep.
func (p *pass) gatherRemoved() {
	for _, r := range p.removed {
		kind, person := plan.Kind(r.Kind.String()), connectors.Ref(r.Person)
		if !r.Approved {
			p.countRemoved(r.At, guard.Removed{Kind: kind, Person: person, Team: plan.RemoteID(r.Team), Teams: p.teamsLost(kind, person)})
		}
	}
	for _, intent := range p.unsettled {
		for _, op := range intent.Ops {
			if kind := plan.Kind(op.Kind.String()); kind.Removes() {
				p.countRemoved(p.evidence.Now, guard.Removed{Kind: kind, Person: connectors.Ref(op.Person), Team: plan.RemoteID(op.Team)})
			}
		}
	}
}

func (p *pass) countRemoved(at time.Time, r guard.Removed) {
	p.evidence.Week = append(p.evidence.Week, r)
	if !at.Before(p.evidence.Now.Add(-day)) {
		p.evidence.Removed = append(p.evidence.Removed, r)
	}
}

// teamsLost returns the teams in which somebody who lost the account has a membership
// that sleeps.
func (p *pass) teamsLost(kind plan.Kind, person connectors.Ref) []plan.RemoteID {
	at, known := p.in.Person(person)
	if !kind.RemovesPerson() || !known {
		return nil
	}
	var out []plan.RemoteID
	for _, t := range p.in.Teams {
		if _, sleeps := slices.BinarySearch(t.Dormant, uint32(at)); sleeps { //nolint:gosec // an index of People
			out = append(out, t.ID)
		}
	}
	return out
}

// teamsOf returns the teams in which those who lose their account by the plan have
// a live membership.
func teamsOf(in plan.Input, pl plan.Plan) map[connectors.Ref][]plan.RemoteID {
	out := map[connectors.Ref][]plan.RemoteID{}
	for _, op := range pl.Ops {
		at, known := in.Person(op.Person)
		if !op.Kind.RemovesPerson() || !known {
			continue
		}
		person := uint32(at) //nolint:gosec // an index of People
		for _, t := range in.Teams {
			_, had := slices.BinarySearch(t.Had, person)
			if _, dormant := slices.BinarySearch(t.Dormant, person); had && !dormant {
				out[op.Person] = append(out[op.Person], t.ID)
			}
		}
	}
	return out
}

// countStrangers counts, as members of a team, those whom the plan takes out of it
// and whose membership the ledger does not know.
func (p *pass) countStrangers() {
	for _, op := range p.plan.Ops {
		if op.Kind != plan.RemoveMember {
			continue
		}
		at, known := p.in.Person(op.Person)
		team := slices.IndexFunc(p.in.Teams, func(t plan.Team) bool { return t.ID == op.Team })
		if team < 0 {
			continue
		}
		if _, had := slices.BinarySearch(p.in.Teams[team].Had, uint32(at)); !known || !had { //nolint:gosec // an index of People
			p.evidence.TeamSize[op.Team]++
		}
	}
}

func (p *pass) sourceEvidence(s plan.Source) guard.Source {
	state := p.state(s.Name)
	out := guard.Source{Name: s.Name, Delta: s.Read == plan.ByDelta, Proves: s.Proves, Size: state.Size, Accepted: state.Accepted}
	out.Read = state.At
	if state.Followed.After(out.Read) {
		out.Read = state.Followed
	}
	for _, run := range p.run.Sources {
		if run.Name == s.Name {
			out.Error = run.Error
		}
	}
	return out
}
