package main

import (
	"context"
	"fmt"
	"io"

	"writersync/syncer"
)

// adopt shows the links that are possible, asks, and makes exactly these.
func (a *app) adopt(ctx context.Context, e reached, o importOrder, found syncer.Outcome) error {
	ops := found.Plan.Ops
	if len(ops) == 0 {
		return a.nothingToAdopt(found)
	}
	if a.output == "text" {
		fmt.Fprintf(a.out, "%s of Writer to be linked with the person of the very same address:\n", counted(len(ops), "account"))
		writeOps(a.out, "  ", ops, longList)
		writeHolds(a.out, found.Plan.Held, longList)
	}
	if !o.yes {
		if err := a.confirm(fmt.Sprintf("Link %s?", counted(len(ops), "account"))); err != nil {
			return err
		}
	}
	outcome, err := e.Pass(ctx, syncer.Request{Trigger: syncer.TriggerImport, Import: syncer.ImportAdopt, Only: found.Plan.Hash()})
	if err != nil {
		return err
	}
	a.code = max(a.code, codeOf(outcome.Run))
	return a.show(outcome, func(w io.Writer) { writeRun(w, outcome.Run) })
}

func (a *app) nothingToAdopt(found syncer.Outcome) error {
	if len(found.Plan.Held) > 0 && a.code == exitDone {
		a.code = exitSkips
	}
	return a.show(found, func(w io.Writer) {
		if len(found.Plan.Held) == 0 {
			fmt.Fprintln(w, "Nothing to do: there is no account to link with a person in scope.")
			return
		}
		fmt.Fprintln(w, "Nothing to do: all that could be linked is held.")
		writeHolds(w, found.Plan.Held, longList)
	})
}
