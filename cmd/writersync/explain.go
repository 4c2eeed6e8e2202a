package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (a *app) explainVerb() *cobra.Command {
	return &cobra.Command{
		Use: "explain NAME", Short: "Say why somebody is, or is not, in a team: by e-mail, ID, full name, or the name of a team or group",
		Args: exactly("the NAME of a person, team or group"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				x, err := e.Explain(c.Context(), args[0])
				if err != nil {
					return err
				}
				return a.show(x, func(w io.Writer) { writeExplanation(w, x) })
			})
		},
	}
}

func writeExplanation(w io.Writer, x syncer.Explanation) {
	for i, p := range x.People {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writePerson(w, p, x)
	}
	for i, t := range x.Teams {
		if i+len(x.People) > 0 {
			fmt.Fprintln(w)
		}
		writeTeam(w, t, x.Now)
	}
	for i, g := range x.Groups {
		if i+len(x.People)+len(x.Teams) > 0 {
			fmt.Fprintln(w)
		}
		writeGroup(w, g)
	}
}

// sheet is text in two columns: what is told, and what is told of it.
type sheet struct{ *tabwriter.Writer }

func newSheet(w io.Writer) sheet { return sheet{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// row writes lines under one name; without lines it writes nothing.
func (s sheet) row(name string, lines ...string) {
	for i, line := range lines {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(s, "  %s\t%s\n", name, printable(line))
	}
}

func writePerson(w io.Writer, p syncer.PersonFacts, x syncer.Explanation) {
	fmt.Fprintf(w, "%s\n", printable(titleOf(p)))
	s := newSheet(w)
	s.row("Directory", recordLines(p, x.Now)...)
	s.row("Groups", named(p.Groups, "none"))
	if len(p.Dangling) > 0 {
		s.row("Still in", named(p.Dangling, "")+", whose list does not name the user now: it is empty, or it has a reference that names no user")
	}
	s.row("In scope", yes(p.InScope)+", "+p.Why)
	s.row("Leads to", pathLines(p.Paths)...)
	s.row("Account", accountLines(p)...)
	s.row("Teams", membershipLines(p)...)
	s.row("Next pass", plannedLines(p, x.Gate)...)
	s.row("Held", heldLines(p.Held)...)
	s.row("History", historyLines(p.History)...)
	_ = s.Flush() // an error of w shows on the next write
}

func titleOf(p syncer.PersonFacts) string {
	name, mail := "", ""
	if p.Link != nil {
		name, mail = p.Link.Applied[connectors.DisplayName], p.Link.Email()
	}
	if p.Stated != nil {
		name, mail = p.Stated.Attributes[connectors.DisplayName], cmp.Or(connectors.CanonicalEmail(p.Stated.Email), mail)
	}
	if mail == "" {
		mail = p.Ref.String()
	}
	if name == "" {
		return mail
	}
	return fmt.Sprintf("%s (%s)", mail, name)
}

func recordLines(p syncer.PersonFacts, now time.Time) []string {
	var out []string
	for _, r := range p.Records {
		out = append(out, recordLine(r, now))
	}
	if p.Stated == nil {
		return out
	}
	if p.Stated.Fault != "" {
		out = append(out, "the record cannot be used: "+p.Stated.Fault)
	}
	for _, a := range slices.Sorted(maps.Keys(p.Stated.Unusable)) {
		out = append(out, fmt.Sprintf("the %s in the directory cannot be used (%s): what Writer has of it stays", a.Word(), p.Stated.Unusable[a]))
	}
	return out
}

func recordLine(r syncer.Record, now time.Time) string {
	at := fmt.Sprintf("%s, as read whole %s", r.Ref, when(r.Read, now))
	if r.Followed.After(r.Read) {
		at += ", its changes " + when(r.Followed, now)
	}
	switch {
	case r.Stated == nil:
		return at + ": not there" + sinceWhen(r.Gone, now)
	case r.Stated.Status == connectors.StatusUnknown:
		return at + ": with a status that says neither active nor disabled"
	}
	return at + ": " + string(r.Stated.Status)
}

// sinceWhen says since when something is so, as far as that is known.
func sinceWhen(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + when(t, now)
}

func named(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func pathLines(paths []plan.Path) []string {
	var out []string
	for _, p := range paths {
		line := fmt.Sprintf("team %s, by rule %q through %s", p.Team, p.Rule, strings.Join(p.Groups, " > "))
		if !p.Linked {
			line += "; not linked to a team in Writer yet"
		}
		out = append(out, line)
	}
	return out
}

func membershipLines(p syncer.PersonFacts) []string {
	var out []string
	for _, m := range p.Teams {
		switch {
		case m.Sleeps:
			out = append(out, m.Team+", asleep since the account was deactivated")
		case !m.Wanted:
			out = append(out, m.Team+", although no group leads there any more")
		default:
			out = append(out, m.Team)
		}
	}
	if len(out) == 0 {
		return []string{"none by us"}
	}
	return out
}

func plannedLines(p syncer.PersonFacts, gate guard.Gate) []string {
	if gate == guard.GateClosed {
		out := []string{"the gate is closed: nothing is done for anybody until a plan is approved (see `writersync status`)"}
		if len(p.Planned) > 0 {
			out = append(out, "of such a plan, for this person:")
		}
		for _, op := range p.Planned {
			out = append(out, "  "+op.String())
		}
		return out
	}
	switch {
	case len(p.Planned) == 0 && len(p.Held) > 0:
		return []string{"nothing but what is held"}
	case len(p.Planned) == 0:
		return []string{"nothing to do, if the directory and Writer stay as they were read"}
	}
	var out []string
	for _, op := range p.Planned {
		out = append(out, op.String())
	}
	return out
}

func heldLines(held []syncer.HeldPart) []string {
	var out []string
	for _, h := range held {
		way := h.Held.WayOut
		if h.Held.Exit == plan.Approve {
			way = approveLine(h.Held, h.Hash)
		}
		out = append(out, fmt.Sprintf("%s: %s. %s", h.Held.Why, strings.TrimSuffix(h.Held.Text, "."), way))
		for _, op := range h.Held.Ops {
			out = append(out, "  "+op.String())
		}
	}
	return out
}

func historyLines(events []store.Event) []string {
	if len(events) == 0 {
		return []string{"nothing is remembered"}
	}
	var out []string
	for _, e := range events {
		line := e.At.Local().Format("2006-01-02 15:04  ") + eventPhrase(e)
		if e.Reason != "" {
			line += "  [" + e.Reason + "]"
		}
		out = append(out, line)
	}
	return out
}

// eventPhrase says what was done, in a few words.
func eventPhrase(e store.Event) string {
	what := strings.ReplaceAll(e.Kind.String(), "-", " ")
	switch plan.Kind(e.Kind.String()) {
	case plan.AddMember:
		what = "added to team " + e.Team
	case plan.ConfirmMember:
		what = "found in team " + e.Team
	case plan.RemoveMember:
		what = "removed from team " + e.Team
	case plan.CreateUser:
		what = "account made"
	case plan.AdoptUser:
		what = "linked to account " + e.Account
	case plan.MoveLink:
		what = fmt.Sprintf("account of %s given to %s", connectors.Ref(e.From), connectors.Ref(e.Person))
	case plan.UpdateUser:
		what = "changed: " + strings.Join(e.Changed, ", ")
	case plan.ConfirmUser:
		what = "found to be as it should"
	case plan.Deactivate, plan.Reactivate, plan.DeleteUser:
		verb, _, _ := strings.Cut(what, " ")
		what = "account " + verb + "d" // deactivated, reactivated, deleted
	}
	if e.Result.String() == string(apply.Failed) {
		return "not taken by Writer: " + what + " (" + e.Text + ")"
	}
	return what
}
