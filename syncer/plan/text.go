package plan

import (
	"fmt"
	"strings"

	"writersync/connectors"
)

// String returns the plan for people: one line an op, then what is held and why.
func (p Plan) String() string {
	var b strings.Builder
	for _, op := range p.Ops {
		fmt.Fprintln(&b, op)
	}
	for _, h := range p.Held {
		fmt.Fprint(&b, h)
	}
	return b.String()
}

// String returns the hold with its hash, its reason, its way out and its ops.
func (h Held) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "held %s %s: %s. %s\n", h.Hash().Short(), h.Why, strings.TrimSuffix(h.Text, "."), h.WayOut)
	for _, op := range h.Ops {
		fmt.Fprintf(&b, "  %s\n", op)
	}
	return b.String()
}

// String returns the op in one line: a sign, what is done to whom, and why.
func (o Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", o.sign(), o.phrase())
	for i, c := range o.shownChanges() {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s", sep, c)
	}
	if o.Reason.Text != "" {
		fmt.Fprintf(&b, "  [%s]", o.Reason.clause(o.Kind == JoinPerson))
	}
	return b.String()
}

// String returns the change: "title "A" to "B"".
func (c Change) String() string {
	if c.Old == "" {
		return fmt.Sprintf("%s %q", c.Attribute.Word(), c.New)
	}
	return fmt.Sprintf("%s %q to %q", c.Attribute.Word(), c.Old, c.New)
}

// shownChanges leaves out what the line says already.
func (o Op) shownChanges() []Change {
	switch o.Kind {
	case LinkTeam, AdoptUser, MoveLink:
		return nil
	case CreateUser:
		var out []Change
		for _, c := range o.Changes {
			if c.Attribute == connectors.DisplayName {
				out = append(out, c)
			}
		}
		return out
	}
	return o.Changes
}

func (o Op) sign() string {
	switch o.Kind {
	case CreateUser, AddMember, Reactivate:
		return "+"
	case RemoveMember, Deactivate, DeleteUser:
		return "-"
	case UpdateUser, SetRole:
		return "~"
	}
	return "="
}

func (o Op) phrase() string {
	who := o.Login
	switch {
	case who == "" && IsStranger(o.Person):
		who = "account " + string(o.Account)
	case who == "":
		who = o.Person.String()
	}
	switch o.Kind {
	case LinkTeam:
		return fmt.Sprintf("link group %s to team %s", o.Group, o.TeamName)
	case UnlinkTeam:
		return fmt.Sprintf("unlink group %s from team %s", o.Group, o.TeamName)
	case JoinPerson:
		return fmt.Sprintf("join %s (%s) with %s", who, o.Person, o.From)
	case MoveLink:
		return fmt.Sprintf("give account %s of %s to %s", o.Account, o.From, who)
	case AdoptUser:
		return fmt.Sprintf("link %s to account %s", who, o.Account)
	case AddMember:
		return fmt.Sprintf("add %s to team %s", who, o.TeamName)
	case ConfirmMember:
		return fmt.Sprintf("confirm %s in team %s", who, o.TeamName)
	case RemoveMember:
		return fmt.Sprintf("remove %s from team %s", who, o.TeamName)
	case SetRole:
		return "set the org role of " + who
	}
	verb, _, _ := strings.Cut(string(o.Kind), "-")
	return verb + " " + who // create, update, reactivate, deactivate, delete
}
