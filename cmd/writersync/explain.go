package main

import (
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
	"writersync/syncer/plan"
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
		writePerson(w, p, x.Now)
	}
	for i, t := range x.Teams {
		if i+len(x.People) > 0 {
			fmt.Fprintln(w)
		}
		writeTeam(w, t)
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

func writePerson(w io.Writer, p syncer.PersonFacts, now time.Time) {
	fmt.Fprintf(w, "%s\n", printable(titleOf(p)))
	s := newSheet(w)
	s.row("Directory", directoryLine(p, now))
	if p.Stated != nil && p.Stated.Fault != "" {
		s.row("", "its record cannot be used: "+p.Stated.Fault)
	}
	for _, other := range p.Joined {
		s.row("Also", other.String()+": the same person")
	}
	s.row("Groups", named(p.Groups, "none"))
	s.row("In scope", yes(p.InScope)+", "+p.Why)
	s.row("Leads to", pathLines(p.Paths)...)
	s.row("Account", accountLines(p)...)
	s.row("Teams", membershipLines(p)...)
	s.row("Next pass", plannedLines(p)...)
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
		name, mail = p.Stated.Attributes[connectors.DisplayName], connectors.CanonicalEmail(p.Stated.Email)
	}
	if mail == "" {
		mail = p.Ref.String()
	}
	if name == "" {
		return mail
	}
	return fmt.Sprintf("%s (%s)", mail, name)
}

func directoryLine(p syncer.PersonFacts, now time.Time) string {
	at := fmt.Sprintf("%s, as read whole %s", p.Ref, when(p.Read, now))
	switch {
	case p.Stated == nil:
		return fmt.Sprintf("%s: not there, in %s in a row", at, counted(max(1, p.Missing), "complete reading"))
	case p.Stated.Status == connectors.StatusUnknown:
		return at + ": with a status that says neither active nor disabled"
	}
	return at + ": " + string(p.Stated.Status)
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
			line += "; the team does not exist in Writer"
		}
		out = append(out, line)
	}
	return out
}

func accountLines(p syncer.PersonFacts) []string {
	if p.Link == nil {
		return []string{"none in Writer by us"}
	}
	origin := map[plan.Origin]string{plan.Created: "made by us", plan.Adopted: "was there before us"}[p.Link.Origin]
	out := []string{fmt.Sprintf("%s in Writer, %s, %s", p.Link.Account, p.Link.Standing, origin)}
	if p.Protected {
		out = append(out, "protected: nothing is ever taken from it")
	}
	if p.Link.RefusedEmail != "" {
		out = append(out, "Writer refused the e-mail "+p.Link.RefusedEmail)
	}
	if p.Stated != nil {
		out = append(out, differences(p)...)
	}
	return out
}

// differences says in which attributes the account is not what the source states.
func differences(p syncer.PersonFacts) []string {
	var out []string
	if mail := connectors.CanonicalEmail(p.Stated.Email); mail != "" && mail != p.Link.Email() {
		out = append(out, fmt.Sprintf("e-mail in Writer: %s", p.Link.Email()))
	}
	for _, a := range slices.Sorted(maps.Keys(p.Link.Applied)) {
		if stated, ok := p.Stated.Attributes[a]; ok && stated != p.Link.Applied[a] {
			out = append(out, fmt.Sprintf("%s in Writer: %q, in the directory: %q", a.Word(), p.Link.Applied[a], stated))
		}
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

func plannedLines(p syncer.PersonFacts) []string {
	if len(p.Planned) == 0 {
		return []string{"nothing to do, if the directory stays as it was read"}
	}
	var out []string
	for _, op := range p.Planned {
		out = append(out, op.String())
	}
	return out
}

func heldLines(held []plan.Held) []string {
	var out []string
	for _, h := range held {
		out = append(out, fmt.Sprintf("%s: %s. %s", h.Why, strings.TrimSuffix(h.Text, "."), wayOut(h)))
		for _, op := range h.Ops {
			out = append(out, "  "+op.String())
		}
	}
	return out
}

func historyLines(events []syncer.Event) []string {
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
func eventPhrase(e syncer.Event) string {
	what, _, _ := strings.Cut(string(e.Kind), "-")
	switch e.Kind {
	case plan.AddMember:
		what = "added to team " + e.Team
	case plan.ConfirmMember:
		what = "found in team " + e.Team
	case plan.RemoveMember:
		what = "removed from team " + e.Team
	case plan.CreateUser:
		what = "account made"
	case plan.AdoptUser:
		what = "linked to account " + string(e.Account)
	case plan.MoveLink:
		what = fmt.Sprintf("account of %s given to %s", e.From, e.Person)
	case plan.UpdateUser:
		what = "changed: " + strings.Join(e.Changed, ", ")
	case plan.ConfirmUser:
		what = "found to be as it should"
	case plan.LeaveScope:
		what = "seen out of scope"
	case plan.EnterScope:
		what = "seen in scope again"
	case plan.Deactivate, plan.Reactivate, plan.DeleteUser:
		what = "account " + what + "d" // deactivated, reactivated, deleted
	}
	if e.Result == apply.Failed {
		return "not taken by Writer: " + what + " (" + e.Text + ")"
	}
	return what
}

func writeTeam(w io.Writer, t syncer.TeamFacts) {
	fmt.Fprintf(w, "Team %s\n", printable(t.Name))
	s := newSheet(w)
	if t.Missing != "" {
		s.row("In Writer", t.Missing)
	} else {
		s.row("In Writer", fmt.Sprintf("%s, with %s by us; %d wanted", t.ID, counted(t.Members, "member"), t.Wanted))
	}
	s.row("Fed by", feedLines(t.Feeds)...)
	if len(t.Waiting) > 0 {
		s.row("Waiting", strings.Join(t.Waiting, ", "))
	}
	s.row("Held", heldLines(t.Held)...)
	_ = s.Flush() // an error of w shows on the next write
}

func feedLines(feeds []syncer.TeamFeed) []string {
	var out []string
	for _, f := range feeds {
		by := "nested in a group that feeds it"
		if f.Rule != "" {
			by = fmt.Sprintf("by rule %q", f.Rule)
		}
		switch {
		case f.Missing > 0 || (f.Name == "" && f.Group.ID != ""):
			out = append(out, fmt.Sprintf("group %s, not there in %s in a row, %s", f.Group, counted(max(1, f.Missing), "complete reading"), by))
		case f.Group.ID == "":
			out = append(out, "group "+f.Name)
		default:
			out = append(out, fmt.Sprintf("group %s (%s), which lists %s, %s", f.Name, f.Group, people(f.People), by))
		}
	}
	return out
}
