package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"writersync/syncer"
	"writersync/syncer/plan"
)

func (a *app) applyVerb() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use: "apply [FILE]", Short: "Apply a saved plan, or make one, show it and ask; if it changed since, apply nothing",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				reviewed, err := a.reviewed(c.Context(), e, args)
				if err != nil {
					return err
				}
				if len(reviewed.Ops) == 0 {
					return a.nothingToApply(reviewed)
				}
				if !yes {
					if err := a.confirm(fmt.Sprintf("Apply %s?", counted(len(reviewed.Ops), "op"))); err != nil {
						return err
					}
				}
				return a.pass(c.Context(), e, syncer.Request{Trigger: syncer.TriggerApply, Only: reviewed.Hash()})
			})
		},
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

// nothingToApply says so, with the exit code that a pass with such holds has.
func (a *app) nothingToApply(p plan.Plan) error {
	a.code = max(a.code, codeOfHolds(p.Held))
	return a.show(p, func(w io.Writer) {
		if len(p.Held) > 0 {
			fmt.Fprintf(w, "Nothing to apply: all that the plan has is held. See `writersync status` for how things are now.\n")
		}
	})
}

// reviewed returns the saved plan, or makes one and shows it.
func (a *app) reviewed(ctx context.Context, e reached, args []string) (plan.Plan, error) {
	if len(args) == 1 {
		f, err := readPlanFile(args[0])
		if err != nil {
			return plan.Plan{}, err
		}
		if a.output == "text" {
			writePlan(a.out, f.Plan, longList)
		}
		return f.Plan, nil
	}
	outcome, err := e.Pass(ctx, syncer.Request{Trigger: syncer.TriggerPlan, DryRun: true})
	if err != nil {
		return plan.Plan{}, err
	}
	a.code = codeOf(outcome.Run)
	if a.output == "text" {
		writePlan(a.out, shown(outcome), longList)
		writeReadings(a.out, outcome.Run)
	}
	return outcome.Plan, nil
}

// confirm asks on the terminal. No answer is a no.
func (a *app) confirm(question string) error {
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was applied; say yes, or give --yes")
}

func (a *app) syncVerb() *cobra.Command {
	var dry, verify bool
	c := &cobra.Command{
		Use: "sync", Short: "Run one pass now: read, plan, apply what no rail holds",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				return a.passes(c.Context(), e, syncer.Request{Trigger: syncer.TriggerManual, DryRun: dry, Verify: verify})
			})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "apply nothing")
	c.Flags().BoolVar(&verify, "verify", false, "read Writer in full first, and repair what was changed there")
	return c
}

// passes makes a run, and those that are to follow at once: those of a daemon follow by
// themselves. If one of them failed, that is the exit code. JSON is of the last one.
func (a *app) passes(ctx context.Context, e reached, r syncer.Request) error {
	for failed := false; ; {
		outcome, err := a.ask(ctx, e, r)
		if err != nil {
			return err
		}
		if failed = failed || a.code == exitFailed; failed {
			a.code = exitFailed
		}
		more := !e.daemon && outcome.Run.GoesOn() && ctx.Err() == nil
		if !more || a.output != "json" {
			if err := a.showPass(outcome); err != nil || !more {
				return err
			}
		}
		r = syncer.Request{Trigger: syncer.TriggerSlice}
	}
}

// pass runs a pass and prints what it did.
func (a *app) pass(ctx context.Context, e reached, r syncer.Request) error {
	outcome, err := a.ask(ctx, e, r)
	if err != nil {
		return err
	}
	return a.showPass(outcome)
}

// ask makes one run.
func (a *app) ask(ctx context.Context, e reached, r syncer.Request) (syncer.Outcome, error) {
	outcome, err := e.Pass(ctx, r)
	if stopped := ctx.Err() != nil && errors.Is(err, context.Canceled) && !outcome.Run.Ended.IsZero(); err != nil && !stopped {
		return outcome, err // one that was stopped is recorded, and the next goes on
	}
	a.code = codeOf(outcome.Run)
	return outcome, nil
}

func (a *app) showPass(outcome syncer.Outcome) error {
	return a.show(outcome, func(w io.Writer) {
		if outcome.Run.DryRun {
			writePlan(w, shown(outcome), longList)
		} else {
			writeHolds(w, outcome.Run.Held, 5)
		}
		writeRun(w, outcome.Run)
	})
}
