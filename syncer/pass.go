package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/match"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// ErrPaused ends a pass when the kill switch is turned on while it applies.
var ErrPaused = errors.New("paused: run `writersync resume` to let writersync change Writer again")

// ErrPlanMoved ends a pass that was to apply a reviewed plan and made another.
var ErrPlanMoved = errors.New("the plan changed since it was reviewed, because the directory or Writer did: nothing was applied; plan again")

// errSplit ends what a pass applies: its plan takes two people for one.
var errSplit = errors.New("two people were split while the plan was carried out")

// pass is one pass under way. Its steps are its methods, in the order of do.
type pass struct {
	*Syncer
	request   Request
	control   store.Control
	complete  map[string]connectors.Complete // by source, those read whole in this pass
	deltas    map[string]connectors.Delta    // by source, those that stated what changed
	changed   map[string]Changed             // by source, of whom
	states    []store.Source
	in        plan.Input
	diffed    plan.Plan // as Diff made it, before any rail
	plan      plan.Plan
	evidence  guard.Evidence
	approval  []store.Approval
	removed   []store.Removal        // within a week
	admins    []uint32               // of writer.role.admins, those who are known
	unsettled []store.Intent         // requests without an outcome
	looked    map[plan.RemoteID]bool // accounts that readRecycled looked at
	report    apply.Report
	before    Requests
	decided   bool
	left      map[plan.Hash]bool // what was planned or held, once what a look-up refutes was dropped
	blind     bool               // it is not known what the last run held
	run       Run
	match     *match.Report
	written   *Written
}

func newPass(s *Syncer, r Request) *pass {
	if r.ID == "" {
		r.ID = uuid.Must(uuid.NewV7()).String()
	}
	return &pass{
		Syncer: s, request: r, complete: map[string]connectors.Complete{}, deltas: map[string]connectors.Delta{}, before: s.o.Requests(),
		run: Run{ID: r.ID, Trigger: r.Trigger, DryRun: r.DryRun, Started: s.o.Now()},
	}
}

// step is one step of a pass.
type step struct {
	name string
	do   func(context.Context) error
}

// steps returns what the pass does, in this order.
func (p *pass) steps() []step {
	if p.request.Import != "" {
		return p.importSteps()
	}
	return []step{
		{"open the pass", p.open},
		{"resolve unknown outcomes", p.resolve},
		{"read sources", p.readSources},
		{"look at Writer", p.observe},
		{stepGather, p.gather},
		{"decide", p.decide},
		{"apply", p.apply},
		{"conclude", p.conclude},
	}
}

// do makes the steps. Where the state changed between two of them, as by a split, the
// picture is gathered anew.
func (p *pass) do(ctx context.Context) error {
	steps := p.steps()
	gather := slices.IndexFunc(steps, func(s step) bool { return s.name == stepGather })
	for at, tries := 0, 1; at < len(steps); at++ {
		err := steps[at].do(ctx)
		if errors.Is(err, store.ErrMoved) && tries < mostTries {
			tries++
			at = gather - 1
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", steps[at].name, err)
		}
	}
	return nil
}

// mostTries is how often a run gathers before it leaves the rest to the next one.
const mostTries = 5

const stepGather = "gather"

// open reads the switches and the base, and moves the base if the configuration
// did.
func (p *pass) open(ctx context.Context) error {
	var err error
	if p.control, err = control(ctx, p.o.Store); err != nil {
		return err
	}
	if p.o.Ready != nil {
		if err := p.o.Ready(ctx); err != nil {
			return err
		}
	}
	if p.control.Base.Hash != p.rules {
		p.o.Log.Info("the gate is closed, and nobody joins or leaves until a plan is approved: this is the first one, or the rules, the scope, the sources or the Writer organization changed", "run", p.run.ID)
		p.control.Base = store.Base{Hash: p.rules}
		return p.o.Store.Update(ctx, func(tx Writer) error {
			if err := change(tx, func(c *store.Control) { c.Base = p.control.Base }); err != nil {
				return err
			}
			return p.endGateApprovals(tx) // they are of a plan under other rules
		})
	}
	return nil
}

func (p *pass) resolve(ctx context.Context) error {
	if _, err := p.applier.Resolve(ctx); err != nil {
		return err
	}
	return nil
}

// decide makes the plan, screens it with the rails that need no look at the
// sources, looks up what is left, and judges it by what that found.
func (p *pass) decide(ctx context.Context) error {
	p.plan, p.run.Warnings = plan.Diff(p.in)
	// Safeguards and people want to know whose account an op is about: the records of
	// people who turn out to be in the plan are loaded.
	if unnamed := p.unnamed(); len(unnamed) > 0 {
		if err := p.fill(ctx, unnamed); err != nil {
			return err
		}
		p.in.Name(p.plan)
	}
	if p.request.Import != "" {
		p.adoptions()
	}
	p.diffed = p.plan
	if err := p.rememberOutside(ctx); err != nil {
		return err
	}
	p.evidence.TeamsOf = teamsOf(p.in, p.plan)
	p.countStrangers()
	if err := p.shield(ctx); err != nil {
		return err
	}
	if err := p.witness(ctx); err != nil {
		return err
	}
	p.plan = guard.Screen(p.plan, p.evidence, guard.BeforeProof()...)
	if err := p.prove(ctx); err != nil {
		return err
	}
	var found []plan.Warning
	p.plan, found = guard.Confirm(p.plan, p.evidence)
	p.run.Warnings = append(p.run.Warnings, found...)
	p.run.Held, p.run.Base = p.plan.Held, p.rules
	p.run.Counts = count(p.diffed, p.plan)
	if len(p.in.Approved) > 0 {
		p.left = hashes(p.plan)
	}
	p.decided = true
	return nil
}

// unnamed returns the people of the plan whose record was not loaded.
func (p *pass) unnamed() []uint32 {
	var out []uint32
	look := func(ops []plan.Op) {
		for _, op := range ops {
			i, ok := p.in.Person(op.Person)
			if ok && p.in.People[i].Settled {
				out = append(out, uint32(i)) //nolint:gosec // an index of People
			}
		}
	}
	look(p.plan.Ops)
	for _, h := range p.plan.Held {
		look(h.Ops)
	}
	return out
}

func (p *pass) apply(ctx context.Context) error {
	if p.request.Only != "" && p.request.Only != p.plan.Hash() {
		return ErrPlanMoved
	}
	if p.request.DryRun || len(p.plan.Ops) == 0 {
		return nil
	}
	if err := p.confirm(ctx); err != nil {
		return err
	}
	slice := p.o.Slice
	if p.gate() == guard.GateOpening {
		slice = 0 // the first push removes nothing: no disable waits behind it
	}
	var err error
	p.report, err = p.applier.Run(ctx, p.plan, slice)
	p.run.More, p.run.Failures = p.run.More || p.report.More, p.report.Failures
	addReport(p.run.Counts, p.report)
	if n := p.report.Unnamed; n > 0 {
		p.run.Warnings = append(p.run.Warnings, plan.Warning{
			Code: "external-id-kept",
			Text: fmt.Sprintf("Writer keeps the external ID of accounts that now belong to users with another ID: %d; they are linked all the same", n),
		})
	}
	switch {
	case errors.Is(err, ErrPaused):
		p.run.Result = ResultPaused
		return nil
	case errors.Is(err, errSplit):
		p.run.More = true // the next pass decides anew
		return nil
	}
	return err
}

// uncovers reports whether what this run did lets the next one plan more: an account was
// linked with a user, and this run could not plan the rest of that user.
func (p *pass) uncovers() bool {
	return slices.ContainsFunc(p.plan.Ops, func(op plan.Op) bool {
		if p.report.Counts[op.Kind].Done == 0 {
			return false
		}
		switch op.Kind {
		case plan.MoveLink:
			return true
		case plan.JoinPerson: // else this run planned by the join already
			return p.gate() == guard.GateOpen && p.in.Approved[op.Hash()]
		case plan.AdoptUser:
			mail, _ := op.Change(plan.UserName)
			i, known := p.in.Person(op.Person)
			disabled := known && p.in.People[i].User != nil && p.in.People[i].User.Status == connectors.StatusDisabled
			return disabled || connectors.CanonicalEmail(mail.New) != op.Login
		}
		return false
	})
}

// gate returns how far the base of this pass is approved.
func (p *pass) gate() guard.Gate { return gateOf(p.control.Base, p.run.Started) }

// close makes the run's record. A pass that ended before it had decided leaves the
// holds as they were: people still wait, and can still be approved.
func (p *pass) close(ctx context.Context, err error) Run {
	if !p.decided {
		p.keepHolds(ctx)
	}
	if err != nil && p.request.Verify && !p.request.DryRun {
		p.verifyAgain(ctx)
	}
	p.run.More = p.run.More || p.uncovers()
	p.run.Ended = p.o.Now()
	after := p.o.Requests()
	p.run.Requests = Requests{
		Reads: after.Reads - p.before.Reads, Writes: after.Writes - p.before.Writes, Pace: after.Pace,
	}
	switch {
	case errors.Is(err, context.Canceled):
		p.run.More, p.run.Error = true, "the program was told to stop; the next pass goes on"
	case err != nil:
		p.run.Error = err.Error()
	}
	p.run.Untold = len(p.request.Rings) == 0 && (err != nil || p.request.DryRun || p.request.Import != "")
	p.run.Result = p.result(err)
	if p.request.Import != "" {
		p.keepHolds(ctx) // it decided about adoptions alone
	}
	return p.run
}

// logFault logs the stack of a panic: the error that people see has none.
func (p *pass) logFault(err error) {
	var fault *apply.PanicError
	if errors.As(err, &fault) {
		p.o.Log.Error("panic", "run", p.run.ID, "value", fmt.Sprint(fault.Value), "stack", string(fault.Stack))
	}
}

func (p *pass) log(ctx context.Context) {
	log := p.o.Log.With("run", p.run.ID, "trigger", p.run.Trigger, "result", p.run.Result,
		"took", p.run.Ended.Sub(p.run.Started).Round(time.Millisecond), "reads", p.run.Requests.Reads, "writes", p.run.Requests.Writes)
	for _, c := range p.run.Counts {
		log = log.With(string(c.Kind), c.Done)
	}
	held := 0
	for _, h := range p.run.Held {
		held += len(h.Ops)
	}
	level := slog.LevelInfo
	if p.run.Result == ResultFailed {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, "pass ended", "held", held, "error", p.run.troubles())
}
