package main

import (
	"fmt"
	"io"
	"os/user"

	"github.com/spf13/cobra"

	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (a *app) approveVerb() *cobra.Command {
	return &cobra.Command{
		Use: "approve HASH", Short: "Let the ops of one hold through, each once, within 24 hours",
		Args: exactly("the HASH of a hold (see `writersync status`)"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				approval, err := e.Approve(c.Context(), args[0], whoami())
				if err != nil {
					return err
				}
				return a.show(approval, func(w io.Writer) {
					fmt.Fprintln(w, approvedLine(approval))
					switch status, err := e.Status(c.Context()); {
					case err == nil && status.Paused:
						fmt.Fprintln(w, "Nothing is applied as long as it is paused: `writersync resume` ends that.")
					case e.daemon:
						fmt.Fprintln(w, "The daemon makes that pass now; `writersync status` shows what came of it.")
					default:
						fmt.Fprintln(w, "No daemon is running: apply it with `writersync sync`.")
					}
				})
			})
		},
	}
}

// approvedLine says what an approval lets through. A gate opens as a whole, but for the
// removals of its plan.
func approvedLine(a store.Approval) string {
	until := a.Expires.Local().Format("2006-01-02 15:04")
	line := fmt.Sprintf("Approved %s (%s): %s. The next pass applies those that are still planned and still proven, until %s.",
		plan.Hash(a.Hold).Short(), a.Why, counted(a.Ops, "op"), until)
	if a.Left < a.Ops {
		line = fmt.Sprintf("%s (%s) is approved since %s: %d of %s are to come, until %s.", plan.Hash(a.Hold).Short(), a.Why,
			a.At.Local().Format("15:04:05"), a.Left, counted(a.Ops, "op"), until)
	}
	if a.Ops == 0 {
		line = fmt.Sprintf("Approved %s (%s), until %s: the gate opens with the next pass.", plan.Hash(a.Hold).Short(), a.Why, until)
	}
	switch {
	case a.Removals == 1:
		line += " The 1 removal of the plan is not part of it: the passes after that decide about it, within the limits."
	case a.Removals > 1:
		line += fmt.Sprintf(" The %d removals of the plan are not part of it: the passes after that decide about them, within the limits.", a.Removals)
	}
	return line
}

func (a *app) pauseVerb() *cobra.Command {
	return a.switchVerb("pause", "Stop changing anything in Writer, at once and until `resume`", true, func(bool) string {
		return "Paused: nothing is changed in Writer until `writersync resume`. Readings and plans go on."
	})
}

func (a *app) resumeVerb() *cobra.Command {
	return a.switchVerb("resume", "Let writersync change Writer again", false, func(daemon bool) string {
		if daemon {
			return "Resumed: the daemon makes a pass now, which applies what no rail holds; `writersync status` shows what came of it."
		}
		return "Resumed: the next pass applies what no rail holds; `writersync sync` makes it."
	})
}

func (a *app) switchVerb(use, short string, on bool, said func(daemon bool) string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				if err := e.Pause(c.Context(), on, whoami()); err != nil {
					return err
				}
				return a.show(map[string]bool{"paused": on}, func(w io.Writer) { fmt.Fprintln(w, said(e.daemon)) })
			})
		},
	}
}

// whoami names the person at the keyboard, for the record.
func whoami() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
