package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// longList is how many ops of a hold or a plan are shown before "and N more".
const longList = 40

// show prints v as JSON if that was asked for, else as text writes it.
func (a *app) show(v any, text func(io.Writer)) error {
	if a.output == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
		return nil
	}
	text(a.out)
	return nil
}

// shown returns the plan with all that waits after the pass: what an earlier one asked
// and this one did not look at again included.
func shown(o syncer.Outcome) plan.Plan { return plan.Plan{Ops: o.Plan.Ops, Held: o.Run.Held} }

// writePlan prints what would be done, and what is held and why, up to most ops of
// each list.
func writePlan(w io.Writer, p plan.Plan, most int) {
	if len(p.Ops) == 0 && len(p.Held) == 0 {
		fmt.Fprintln(w, "Nothing to do.")
		return
	}
	if len(p.Ops) > 0 {
		fmt.Fprintf(w, "Plan %s, %s:\n", p.Hash().Short(), counted(len(p.Ops), "op"))
		writeOps(w, "  ", p.Ops, most)
	}
	writeHolds(w, p.Held, most)
}

func writeOps(w io.Writer, indent string, ops []plan.Op, most int) {
	for i, op := range ops {
		if i == most && len(ops) > most+1 {
			fmt.Fprintf(w, "%s... and %d more (--output json has all)\n", indent, len(ops)-most)
			return
		}
		fmt.Fprintf(w, "%s%s\n", indent, printable(op.String()))
	}
}

// writeHolds prints every hold with its hash, its reason and the way out. Of holds
// that are each about one person, a few stand for all of one reason.
func writeHolds(w io.Writer, held []plan.Held, most int) {
	few, seen := max(3, most/8), map[plan.Why]int{}
	for i, h := range held {
		if seen[h.Why]++; seen[h.Why] > few {
			if last := !slices.ContainsFunc(held[i+1:], func(o plan.Held) bool { return o.Why == h.Why }); last {
				fmt.Fprintf(w, "Held: %s, %s more like it (`writersync status --all` names them)\n", h.Why, counted(seen[h.Why]-few, "hold"))
			}
			continue
		}
		fmt.Fprintf(w, "Held: %s, %s, hash %s\n", h.Why, counted(len(h.Ops), "op"), h.Hash().Short())
		fmt.Fprintf(w, "  why:     %s\n", printable(h.Text))
		fmt.Fprintf(w, "  way out: %s\n", printable(wayOut(h)))
		writeOps(w, "    ", h.Ops, most)
	}
}

func wayOut(h plan.Held) string {
	if h.Exit != plan.Approve {
		return h.WayOut
	}
	return approveLine(h, h.Hash())
}

func approveLine(h plan.Held, hash plan.Hash) string {
	command := "writersync approve " + hash.Short()
	if strings.Contains(h.WayOut, "approve") {
		return fmt.Sprintf("%s (%s)", h.WayOut, command)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s. %s", command, h.WayOut), ". ")
}

// writeRun prints what a pass did, in a few lines.
func writeRun(w io.Writer, r syncer.Run) {
	for _, s := range r.Sources {
		if s.Error != "" {
			fmt.Fprintf(w, "Source %s was not read: %s\n", s.Name, printable(s.Error))
		}
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "Note: %s.\n", printable(strings.TrimSuffix(warning.Text, ".")))
	}
	writeFailures(w, r.Failures)
	var did []string
	for _, c := range r.Counts {
		if c.Done > 0 {
			did = append(did, fmt.Sprintf("%s %d", c.Kind, c.Done))
		}
		if c.Failed > 0 {
			did = append(did, fmt.Sprintf("%s %d failed", c.Kind, c.Failed))
		}
		if c.Skipped > 0 {
			did = append(did, fmt.Sprintf("%s %d skipped", c.Kind, c.Skipped))
		}
	}
	if len(did) == 0 {
		did = []string{"nothing changed"}
	}
	fmt.Fprintf(w, "Pass %s in %s: %s.\n", r.Result, r.Ended.Sub(r.Started).Round(time.Millisecond), strings.Join(did, ", "))
	if r.Error != "" {
		fmt.Fprintf(w, "It ended early: %s.\n", printable(r.Error))
	}
	fmt.Fprintf(w, "Requests to Writer: %d that read, %d that wrote", r.Requests.Reads, r.Requests.Writes)
	if r.Requests.Pace > 0 {
		fmt.Fprintf(w, "; pace %.0f a minute", r.Requests.Pace)
	}
	fmt.Fprintln(w, ".")
	if r.More && r.Error == "" {
		fmt.Fprintln(w, "More is to be done: the next pass goes on.")
	}
}

// writeFailures says what Writer did not take and why, each reason once with the
// first op that it is about.
func writeFailures(w io.Writer, failures []apply.Failure) {
	type reason struct {
		kind plan.Kind
		text string
	}
	var order []reason
	ops := map[reason][]plan.Op{}
	for _, f := range failures {
		r := reason{f.Op.Kind, f.Text}
		if ops[r] == nil {
			order = append(order, r)
		}
		ops[r] = append(ops[r], f.Op)
	}
	for _, r := range order {
		fmt.Fprintf(w, "Writer did not take %s, %s: %s\n", counted(len(ops[r]), "op"), r.kind, printable(r.text))
		writeOps(w, "  ", ops[r], 3)
	}
}

// counted returns "1 op" or "3 ops".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// printable shows what a directory or Writer said without letting it move the
// cursor or start a line of its own.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return '?'
		}
		return r
	}, s)
}
