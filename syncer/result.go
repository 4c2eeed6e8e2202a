package syncer

import (
	"context"
	"errors"
	"slices"

	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// result says how the run ended: the first that applies of failed, paused, held,
// skips, done.
func (p *pass) result(err error) Result {
	stopped := errors.Is(err, context.Canceled)
	failed := (err != nil && !stopped) || (p.report.Unknown > 0 && !stopped) ||
		slices.ContainsFunc(p.run.Sources, func(s SourceRun) bool { return s.Error != "" }) ||
		slices.ContainsFunc(p.run.Counts, func(c Count) bool { return c.Failed > 0 })
	waits := p.run.More || len(p.run.Held) > 0 || slices.ContainsFunc(p.run.Counts, func(c Count) bool { return c.Skipped > 0 })
	switch {
	case failed:
		return ResultFailed
	case p.control.Paused || p.run.Result == ResultPaused:
		return ResultPaused
	case slices.ContainsFunc(p.run.Held, func(h plan.Held) bool { return h.Exit == plan.Approve }):
		return ResultHeld
	case waits:
		return ResultSkips
	}
	return ResultDone
}

// count says how many ops of each kind were planned, and how many of them the
// rails and Diff held.
func count(planned, screened plan.Plan) []Count {
	counts := make([]Count, 0, len(plan.Kinds()))
	for _, kind := range plan.Kinds() {
		c := Count{Kind: kind}
		for _, op := range planned.Ops {
			if op.Kind == kind {
				c.Planned++
			}
		}
		for _, h := range screened.Held {
			for _, op := range h.Ops {
				if op.Kind == kind {
					c.Held++
				}
			}
		}
		if c != (Count{Kind: kind}) {
			counts = append(counts, c)
		}
	}
	return counts
}

func addReport(counts []Count, r apply.Report) {
	for i, c := range counts {
		t := r.Counts[c.Kind]
		counts[i].Done, counts[i].Failed, counts[i].Skipped = t.Done, t.Failed, t.Skipped
	}
}
