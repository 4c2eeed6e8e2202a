package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"writersync/scripts/bench/company"
	"writersync/scripts/bench/target"
)

// The phases, by the names that the command line and the figures use.
const (
	phasePlan    = "first plan"
	phaseApprove = "approval"
	phasePush    = "first push"
	phaseIdle    = "idle"
	phaseOne     = "one member"
	phaseChurn   = "churn"
	phaseVerify  = "verification"
	phaseHold    = "waiting hold"

	phaseResume     = "resume"
	phaseOutage     = "outage"
	phaseJoinedPlan = "joined plan"
	phaseJoinedPush = "joined push"
	phaseJoinedIdle = "joined idle"
	phaseLarge      = "large directory"
	phaseStorm      = "storm" // and the kind of limit
)

// The paces of the bench, in requests a minute: the highest there is, so that the program
// is measured and not its manners; and for the storms one that begins below the limit.
const (
	fullPace  = 60_000
	stormPace = 1200
)

// concurrency is how many requests the program sends at a time; what it is by default.
const concurrency = 8

func (b *bench) usual() company.Config {
	settings := company.Config{Pace: fullPace, Concurrency: concurrency}
	if b.paced {
		settings.Pace = 0
	}
	return settings
}

// A step is one phase of a life that goes on.
type step struct {
	name string
	do   func(*world, context.Context) ([]Figure, error)
}

// life is what happens to one company, one phase after the other.
func life() []step {
	return []step{
		{phasePlan, (*world).begin},
		{phasePush, (*world).push},
		{phaseIdle, (*world).idle},
		{phaseOne, (*world).one},
		{phaseChurn, (*world).churn},
		{phaseVerify, (*world).verify},
		{phaseHold, (*world).hold},
	}
}

// begin makes the first plan, and approves it.
func (w *world) begin(ctx context.Context) ([]Figure, error) { return w.beginAs(ctx, phasePlan) }

func (w *world) beginAs(ctx context.Context, name string) ([]Figure, error) {
	hold := ""
	plan, err := w.measure(ctx, name, Requests{Reads: w.listing(0)}, func() (cost Cost, err error) {
		hold, cost, err = w.plan(ctx)
		return cost, err
	})
	if err != nil {
		return nil, err
	}
	approve, err := w.measure(ctx, phaseApprove, Requests{}, func() (Cost, error) { return w.approve(ctx, hold) })
	return []Figure{plan, approve}, err
}

func (w *world) push(ctx context.Context) ([]Figure, error) { return w.pushAs(ctx, phasePush) }

func (w *world) pushAs(ctx context.Context, name string) ([]Figure, error) {
	bound := least(w.listing(0), company.Least(company.Wanted{}, w.wanted))
	f, err := w.measure(ctx, name, bound, func() (Cost, error) { return w.converge(ctx) })
	if err == nil && f.Written == 0 {
		err = errors.New("the kernel says that nothing was written: use a folder on a disk (--dir), not one in memory")
	}
	return []Figure{f}, err
}

func (w *world) idle(ctx context.Context) ([]Figure, error) { return w.idleAs(ctx, phaseIdle) }

// idleAs runs once, since the first run after a push may have something to put in order,
// and then measures runs to which nothing is new.
func (w *world) idleAs(ctx context.Context, name string) ([]Figure, error) {
	if _, err := w.sync(ctx, exitDone); err != nil {
		return nil, fmt.Errorf("the run after the push: %w", err)
	}
	return w.steady(ctx, name, exitDone)
}

// steadyRuns is how many runs without news are measured.
const steadyRuns = 3

// steady measures runs to which nothing is new. They are short, and some of them are
// disturbed: time is that of the one that took the least processor time, memory the least, and
// all else the highest of all.
func (w *world) steady(ctx context.Context, name string, code int) ([]Figure, error) {
	var all Figure
	for i := range steadyRuns {
		f, err := w.measure(ctx, name, Requests{}, func() (Cost, error) { return w.sync(ctx, code) })
		if err != nil {
			return nil, err
		}
		if i == 0 {
			all = f
		}
		if f.CPU < all.CPU {
			all.CPU, all.User, all.Wall = f.CPU, f.User, f.Wall
		}
		// A garbage collector that other programs keep from a processor makes a peak of its own.
		all.Anonymous, all.Resident = min(all.Anonymous, f.Anonymous), min(all.Resident, f.Resident)
		all.Written, all.Commits = max(all.Written, f.Written), max(all.Commits, f.Commits)
		if f.Requests.all() > all.Requests.all() {
			all.Requests = f.Requests
		}
	}
	return []Figure{all}, nil
}

func (w *world) one(ctx context.Context) ([]Figure, error) {
	return w.changed(ctx, phaseOne, w.company.SwapInLargest)
}

func (w *world) churn(ctx context.Context) ([]Figure, error) {
	return w.changed(ctx, phaseChurn, w.company.Churn)
}

// changed changes the company and follows it.
func (w *world) changed(ctx context.Context, name string, change func()) ([]Figure, error) {
	before := w.wanted
	change()
	if err := w.export(); err != nil {
		return nil, err
	}
	f, err := w.measure(ctx, name, least(0, company.Least(before, w.wanted)), func() (Cost, error) { return w.converge(ctx) })
	return []Figure{f}, err
}

// verify reads Writer in full.
func (w *world) verify(ctx context.Context) ([]Figure, error) {
	f, err := w.measure(ctx, phaseVerify, Requests{Reads: w.listing(len(w.wanted.Users))}, func() (Cost, error) {
		e, err := w.verb(ctx, []int{exitDone}, "sync", "--verify")
		return e.Cost, err
	})
	return []Figure{f}, err
}

// shrunk is how much of the largest group disappears, in percent: more than the program
// takes out of a team in a day.
const shrunk = 40

// hold takes so much of the largest group away that it waits for an approval, and then
// measures a run to which nothing is new.
func (w *world) hold(ctx context.Context) ([]Figure, error) {
	w.company.ShrinkLargest(shrunk)
	if err := w.export(); err != nil {
		return nil, err
	}
	if _, err := w.sync(ctx, exitWaits); err != nil {
		return nil, err
	}
	return w.steady(ctx, phaseHold, exitWaits)
}

// resume kills the program in the middle of a push, with as many requests under way as it
// sends at a time, and measures what it does then.
func (b *bench) resume(ctx context.Context, users int) ([]Figure, error) {
	return b.inWorld(ctx, users, b.usual(), func(w *world) ([]Figure, error) {
		total := company.Least(company.Wanted{}, w.wanted)
		// The first write of a window: all before it are answered and settled, so how much
		// is open does not depend on chance.
		first := total.Writes()/2/concurrency*concurrency + 1
		if err := w.mode(ctx, target.Mode{Trap: first, Halt: true}); err != nil {
			return nil, err
		}
		p, err := start(w.command(ctx, "sync"))
		if err != nil {
			return nil, err
		}
		over := make(chan struct{})
		killed := make(chan error, 1)
		go func() {
			_, err := p.wait()
			close(over)
			killed <- err
		}()
		err = w.far.Until(ctx, over, func(c target.Counts) bool { return c.Waiting >= concurrency })
		if err == nil {
			err = p.still(ctx) // the next window is journaled
		}
		err = errors.Join(err, p.cmd.Process.Kill(), <-killed)
		if err != nil {
			return nil, fmt.Errorf("kill the program in the middle of a push: %w", err)
		}
		done, err := w.far.Counts(ctx)
		if err == nil {
			err = w.mode(ctx, target.Mode{})
		}
		if err != nil {
			return nil, err
		}
		// What is under way must be looked at: one by one, or by a listing.
		bound := Requests{Reads: min(concurrency, w.listing(done.Creates)), Creates: total.Creates - done.Creates, Edits: total.Edits - done.Edits}
		f, err := w.measure(ctx, phaseResume, bound, func() (Cost, error) { return w.converge(ctx) })
		return []Figure{f}, err
	})
}

// maxOutage is the largest company in an outage: one request at a time takes long.
const maxOutage = 10_000

// outage lets Writer carry requests out without an answer from the middle of a push on,
// until the program gives up, and measures the whole push.
func (b *bench) outage(ctx context.Context, users int) ([]Figure, error) {
	alone := b.usual()
	alone.Concurrency = 1 // how many requests find no answer must not depend on chance
	return b.inWorld(ctx, users, alone, func(w *world) ([]Figure, error) {
		total := company.Least(company.Wanted{}, w.wanted)
		if err := w.mode(ctx, target.Mode{Trap: total.Writes() / 2}); err != nil {
			return nil, err
		}
		f, err := w.measure(ctx, phaseOutage, least(w.listing(0), total), func() (Cost, error) {
			first, err := w.sync(ctx)
			if err == nil {
				err = w.mode(ctx, target.Mode{})
			}
			if err != nil {
				return first, err
			}
			rest, err := w.converge(ctx)
			return first.plus(rest), err
		})
		if err == nil && f.Unanswered == 0 {
			err = errors.New("outage: every request was answered")
		}
		return []Figure{f}, err
	})
}

// joined reads the same users from two sources, which makes one of every two.
func (b *bench) joined(ctx context.Context, users int) (figures []Figure, err error) {
	settings := b.usual()
	settings.Joined = true
	w, err := b.newWorld(ctx, users, settings)
	if err != nil {
		return nil, err
	}
	defer func() {
		_, cerr := w.close()
		err = errors.Join(err, cerr)
	}()
	for _, do := range []func() ([]Figure, error){
		func() ([]Figure, error) { return w.beginAs(ctx, phaseJoinedPlan) },
		func() ([]Figure, error) { return w.pushAs(ctx, phaseJoinedPush) },
		func() ([]Figure, error) { return w.idleAs(ctx, phaseJoinedIdle) },
	} {
		f, err := do()
		if err != nil {
			return nil, err
		}
		figures = append(figures, f[0])
	}
	return figures, nil
}

// large measures runs without news where one department alone has a team: what it costs to
// read a directory, and little else.
func (b *bench) large(ctx context.Context, users int) ([]Figure, error) {
	settings := b.usual()
	settings.Group = company.FirstDepartment()
	return b.inWorld(ctx, users, settings, func(w *world) ([]Figure, error) {
		if _, err := w.converge(ctx); err != nil {
			return nil, err
		}
		return w.idleAs(ctx, phaseLarge)
	})
}

// A storm is pushed into by a company of so many users at most: what a limit lets through
// in a second does not depend on how many wait. Larger sizes than maxStorm leave it out.
const (
	stormUsers = 150
	stormLimit = 50 // requests a second that pass
	maxStorm   = 1000
)

// storm pushes a company into a Writer that throttles.
func (b *bench) storm(ctx context.Context, users int, kind target.LimitKind) ([]Figure, error) {
	settings := b.usual()
	settings.Pace, settings.MaxPace = stormPace, fullPace
	return b.inWorld(ctx, min(users, stormUsers), settings, func(w *world) ([]Figure, error) {
		limit := target.Limit{Kind: kind, Requests: stormLimit, Window: target.Duration(time.Second)}
		if err := w.mode(ctx, target.Mode{Limit: limit}); err != nil {
			return nil, err
		}
		bound := least(w.listing(0), company.Least(company.Wanted{}, w.wanted))
		f, err := w.measure(ctx, phaseStorm+", "+string(kind), bound, func() (Cost, error) { return w.converge(ctx) })
		return []Figure{f}, err
	})
}

// inWorld does something in a world of its own whose first plan is approved.
func (b *bench) inWorld(ctx context.Context, users int, settings company.Config, do func(*world) ([]Figure, error)) (figures []Figure, err error) {
	w, err := b.newWorld(ctx, users, settings)
	if err != nil {
		return nil, err
	}
	defer func() {
		_, cerr := w.close()
		err = errors.Join(err, cerr)
	}()
	if err := w.planAndApprove(ctx); err != nil {
		return nil, err
	}
	return do(w)
}
