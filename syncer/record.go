package syncer

import (
	"context"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// stored returns the run as it is remembered, and what it held apart.
func (r Run) stored() (store.Run, []store.Hold) {
	result, _ := store.Result(0).Of(string(r.Result))
	out := store.Run{
		ID: r.ID, Trigger: r.Trigger, DryRun: r.DryRun, Started: r.Started, Ended: r.Ended, Result: result, Error: r.Error,
		Requests: store.Requests(r.Requests), Verified: r.Verified, Base: r.Base, More: r.More, Untold: r.Untold,
	}
	for _, s := range r.Sources {
		out.Sources = append(out.Sources, store.SourceRun{
			Name: s.Name, Complete: s.Complete, Followed: s.Followed, Stated: s.Stated, Error: s.Error, Took: s.Took, Size: store.Size(s.Size),
			Unresolved: s.Unresolved, Generation: s.Generation,
		})
	}
	for _, c := range r.Counts {
		kind, _ := store.Kind(0).Of(string(c.Kind))
		out.Counts = append(out.Counts, store.Count{Kind: kind, Planned: c.Planned, Held: c.Held, Done: c.Done, Failed: c.Failed, Skipped: c.Skipped})
	}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, store.Warning(w))
	}
	for _, f := range r.Failures {
		class, _ := store.Class(0).Of(string(f.Class))
		out.Failures = append(out.Failures, store.Failure{Op: f.Op.Stored(), Class: class, Text: f.Text})
	}
	var held []store.Hold
	for _, h := range r.Held {
		held = append(held, h.Stored())
	}
	return out, held
}

// runOf returns the run of a record, without what it held.
func runOf(s store.Run) (Run, error) {
	out := Run{
		ID: s.ID, Trigger: s.Trigger, DryRun: s.DryRun, Started: s.Started, Ended: s.Ended, Result: Result(s.Result.String()), Error: s.Error,
		Requests: Requests(s.Requests), Verified: s.Verified, Base: s.Base, More: s.More, Untold: s.Untold,
	}
	for _, r := range s.Sources {
		out.Sources = append(out.Sources, SourceRun{
			Name: r.Name, Complete: r.Complete, Followed: r.Followed, Stated: r.Stated, Error: r.Error, Took: r.Took, Size: connectors.Size(r.Size),
			Unresolved: r.Unresolved, Generation: r.Generation,
		})
	}
	for _, c := range s.Counts {
		out.Counts = append(out.Counts, Count{Kind: plan.Kind(c.Kind.String()), Planned: c.Planned, Held: c.Held, Done: c.Done, Failed: c.Failed, Skipped: c.Skipped})
	}
	for _, w := range s.Warnings {
		out.Warnings = append(out.Warnings, plan.Warning(w))
	}
	for _, f := range s.Failures {
		op, err := plan.OpOf(f.Op)
		if err != nil {
			return Run{}, fmt.Errorf("run %s: %w", s.ID, err)
		}
		out.Failures = append(out.Failures, apply.Failure{Op: op, Class: connectors.Class(f.Class.String()), Text: f.Text})
	}
	return out, nil
}

// lastRuns returns the last n runs, newest first. Only the newest has what it held.
func lastRuns(tx store.Reader, n int) ([]Run, error) {
	records, err := tx.Runs(n)
	if err != nil {
		return nil, err
	}
	var out []Run
	for _, s := range records {
		r, err := runOf(s)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if len(out) > 0 {
		out[0].Held, err = heldOf(tx)
	}
	return out, err
}

// heldOf returns what the newest run held.
func heldOf(tx store.Decisions) ([]plan.Held, error) {
	records, err := tx.Holds()
	if err != nil {
		return nil, err
	}
	var out []plan.Held
	for _, s := range records {
		h, err := plan.HeldOf(s)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// LastRuns returns the last n runs, newest first; only the newest has what it held.
func LastRuns(ctx context.Context, s Store, n int) (runs []Run, err error) {
	err = s.View(ctx, func(tx Reader) (err error) { runs, err = lastRuns(tx, n); return err })
	return runs, err
}

// change changes the switches, and stores them if anything did.
func change(tx store.Writer, do func(*store.Control)) error {
	c, err := tx.Control()
	if err != nil {
		return err
	}
	before := c
	if do(&c); c == before {
		return nil
	}
	return tx.SetControl(c)
}

func control(ctx context.Context, s Store) (c store.Control, err error) {
	err = s.View(ctx, func(tx Reader) (err error) { c, err = tx.Control(); return err })
	return c, err
}

func sources(ctx context.Context, s Store) (all []store.Source, err error) {
	err = s.View(ctx, func(tx Reader) (err error) { all, err = tx.Sources(); return err })
	return all, err
}

// neighboursOf returns the controls of a claim; see store.Sources.
func neighboursOf(ctx context.Context, s Store, claim plan.Claim, n int) (container string, ids []string, err error) {
	err = s.View(ctx, func(tx Reader) (err error) {
		container, ids, err = tx.Neighbours(claim.Kind, claim.Ref, n)
		return err
	})
	return container, ids, err
}
