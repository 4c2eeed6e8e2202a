package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (a *app) statusVerb() *cobra.Command {
	all := false
	c := &cobra.Command{
		Use: "status", Short: "Show on one screen how things stand: readings, holds, and who waits for what",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				status, err := e.Status(c.Context())
				if err != nil {
					return err
				}
				a.code = statusCode(status)
				most := 3
				if all {
					most = 1 << 30 // holds and ops
				}
				return a.show(status, func(w io.Writer) { writeStatus(w, status, most, e.daemon) })
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "name everybody who waits, not only the first few of each hold")
	return c
}

// statusCode is the exit code of the last pass, so that a script can watch it. A step of
// import decides nothing about what waits, and is done all the same.
func statusCode(s syncer.Status) int {
	if s.Last == nil {
		return exitSkips
	}
	if code := codeOf(*s.Last); code != exitDone && code != exitHeld {
		return code
	}
	return codeOfHolds(stillHeld(s))
}

// stillHeld returns what the last pass held and still waits.
func stillHeld(s syncer.Status) []plan.Held {
	return slices.DeleteFunc(slices.Clone(s.Last.Held), func(h plan.Held) bool { return awaited(s, h) })
}

func writeStatus(w io.Writer, s syncer.Status, most int, daemon bool) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(tw, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	zone := s.Now.Local().Format("MST")
	if daemon {
		line("Daemon", "running; times are %s", zone)
	} else {
		line("Daemon", "not running; read from the state file; times are %s", zone)
	}
	if s.Paused {
		line("Paused", "since %s by %s; nothing is changed in Writer until `writersync resume`", when(s.PausedAt, s.Now), s.PausedBy)
	}
	if s.Refused != nil {
		line("Configuration", "the one that was read %s is refused, and the one before it is in use:", when(s.Refused.At, s.Now))
		for text := range strings.Lines(s.Refused.Error) {
			line("", "%s", printable(strings.TrimRight(text, "\n")))
		}
	}
	line("Accounts", "%d managed in Writer, which was last read in full %s", s.Accounts, when(s.Verified, s.Now))
	writeGate(line, s.Gate)
	if s.Last == nil {
		line("Last pass", "none yet")
	} else {
		line("Last pass", "%s, %s, asked for by %s", when(s.Last.Ended, s.Now), s.Last.Result, s.Last.Trigger)
		if s.Last.Error != "" {
			line("", "%s", printable(s.Last.Error))
		}
	}
	if s.Running != nil {
		line("Running", "a pass since %s, asked for by %s", when(s.Running.Since, s.Now), s.Running.Trigger)
	}
	if !s.Next.IsZero() {
		line("Next pass", "due %s", due(s.Next, s.Now))
	}
	if s.Unsettled > 0 {
		line("Open", "%s to Writer under way, or without a known outcome, which the next pass looks for", counted(s.Unsettled, "request"))
	}
	for _, approval := range s.Approvals {
		if approval.Left > 0 {
			line("Approved", "%s (%s, %d of %s to come) by %s, until %s", plan.Hash(approval.Hold).Short(), approval.Why, approval.Left, counted(approval.Ops, "op"),
				approval.By, approval.Expires.Local().Format("2006-01-02 15:04"))
		}
	}
	_ = tw.Flush() // an error of w shows on the next write
	writeSources(w, s)
	if s.Last != nil {
		writeWaiting(w, s, most)
	}
}

func writeGate(line func(string, string, ...any), gate guard.Gate) {
	switch gate {
	case guard.GateClosed:
		line("Gate", "closed: the first plan under these rules waits for an approval, and until then nobody joins or leaves")
	case guard.GateOpening:
		line("Gate", "opening: the approved first plan is being carried out, and removes nobody")
	}
}

func writeSources(w io.Writer, s syncer.Status) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "\nSOURCE\tLAST COMPLETE READING\tPEOPLE\tGROUPS\tWHEN LAST LOOKED AT\n")
	for _, source := range s.Sources {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%s\n", source.Name, when(source.At, s.Now), source.Size.Users, source.Size.Groups,
			printable(lastReading(s, source)))
	}
	_ = tw.Flush() // an error of w shows on the next write
	for i, watch := range s.Watches {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "Changes of %s: %s.\n", watch.Source, printable(watchLine(watch, s.Now)))
	}
}

func watchLine(watch syncer.Watch, now time.Time) string {
	if watch.Error == "" {
		return "watched since " + when(watch.Since, now)
	}
	again := ""
	if !watch.Again.IsZero() {
		again = "; it is tried again " + due(watch.Again, now)
	}
	return fmt.Sprintf("not watched since %s, so that they wait for the schedule: %s%s", when(watch.Since, now), strings.TrimSuffix(watch.Error, "."), again)
}

func lastReading(s syncer.Status, source store.Source) string {
	if s.Last == nil {
		return "-"
	}
	if len(s.Last.Sources) == 0 {
		return "the last pass ended before it read anything"
	}
	for _, r := range s.Looked {
		switch {
		case r.Name != source.Name:
		case r.Error != "":
			return "not read: " + r.Error
		case r.Followed:
			return "what changed was read " + when(source.Followed, s.Now)
		default:
			return "read whole"
		}
	}
	return "not configured any more"
}

// awaited reports whether a hold was approved since it was found, or is one of a kill
// switch that is off again: the next pass carries it out, or judges it anew.
func awaited(s syncer.Status, h plan.Held) bool {
	if h.Why == guard.WhyPaused {
		return !s.Paused
	}
	return s.Approved(h)
}

func writeWaiting(w io.Writer, s syncer.Status, most int) {
	last := *s.Last
	for _, warning := range last.Warnings {
		fmt.Fprintf(w, "\nNote: %s.\n", printable(warning.Text))
	}
	if len(last.Failures) > 0 {
		fmt.Fprintln(w)
		writeFailures(w, last.Failures)
	}
	if last.More {
		fmt.Fprintln(w, "\nThe last pass left more to be done; the next one goes on.")
	}
	held := stillHeld(s)
	switch {
	case len(held) > 0:
		fmt.Fprintln(w)
		writeHolds(w, held, most)
	case unread(s.Looked) != "":
		fmt.Fprintf(w, "\nOf source %s the last complete reading counts: nobody is removed on its word until it is read again.\n", unread(s.Looked))
	case len(last.Failures) == 0 && !last.More && last.Error == "" && len(last.Held) == 0:
		fmt.Fprintln(w, "\nNothing is held and nobody waits.")
	}
	if len(held) == len(last.Held) {
		return
	}
	what := "approved"
	if !s.Paused && slices.ContainsFunc(last.Held, func(h plan.Held) bool { return h.Why == guard.WhyPaused }) {
		what = "paused"
	}
	fmt.Fprintf(w, "\nWhat was %s waits for the next pass.\n", what)
}

// unread returns the first source that could not be read when it was last looked at, ""
// for none.
func unread(looked []syncer.SourceRun) string {
	for _, source := range looked {
		if source.Error != "" {
			return source.Name
		}
	}
	return ""
}

// due says a time to come and how far it is.
func due(t, now time.Time) string {
	left := t.Sub(now)
	switch {
	case left <= 0:
		return "now"
	case left < time.Minute:
		return fmt.Sprintf("%s (in %ds)", t.Local().Format("15:04:05"), int(left.Seconds()))
	case left < 2*time.Hour:
		return fmt.Sprintf("%s (in %dm)", t.Local().Format("15:04"), int(left.Minutes()))
	}
	return fmt.Sprintf("%s (in %dh)", t.Local().Format("2006-01-02 15:04"), int(left.Hours()))
}

// when says a time and how long ago it was.
func when(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	ago := now.Sub(t)
	switch {
	case ago < time.Minute:
		return fmt.Sprintf("%s (%ds ago)", t.Local().Format("15:04:05"), int(ago.Seconds()))
	case ago < 2*time.Hour:
		return fmt.Sprintf("%s (%dm ago)", t.Local().Format("15:04"), int(ago.Minutes()))
	case ago < 48*time.Hour:
		return fmt.Sprintf("%s (%dh ago)", t.Local().Format("2006-01-02 15:04"), int(ago.Hours()))
	}
	return fmt.Sprintf("%s (%d days ago)", t.Local().Format("2006-01-02"), int(ago.Hours()/24))
}
