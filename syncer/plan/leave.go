package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// absent decides for a linked person whom the last complete reading does not
// state.
func (d *differ) absent(i int) {
	if d.succeeded(i) {
		return
	}
	d.depart(i, d.missingFrom(i, Reason{Basis: NotVisible}))
}

// depart ends the account of a person that a source no longer lists, once each source that
// cannot look the person up has said so twice.
func (d *differ) depart(i int, why Reason) {
	ops := d.leaveOps(i, why)
	if len(ops) > 0 && d.awaits(d.goneOf(i), ops...) {
		return
	}
	d.leave(i, why)
}

// missingFrom completes a reason with the records that their sources do not list any more, each
// of which is to be confirmed.
func (d *differ) missingFrom(i int, why Reason) Reason {
	why.By = d.alsoIn(i)
	for _, part := range d.parts(i) {
		if !part.Gone {
			continue
		}
		why.Claims = append(why.Claims, Claim{Kind: connectors.UserObject, Ref: part.Ref})
		why.Basis = Weakest(why.Basis, NotVisible)
	}
	if why.Text == "" {
		why.Text = d.noLonger(i)
	}
	return why
}

// noLonger names the sources that list the person no more, "" if there are none.
func (d *differ) noLonger(i int) string {
	var names []string
	for _, part := range d.parts(i) {
		if part.Gone {
			names = append(names, part.Ref.Source)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "is no longer in " + strings.Join(names, " nor in ")
}

// withGone adds to a clause the sources that list the person no more.
func (d *differ) withGone(i int, clause string) string {
	if gone := d.noLonger(i); gone != "" {
		return clause + ", and " + gone
	}
	return clause
}

// revived decides for somebody whose account we deactivated and an admin of Writer
// reactivated, while the directory still does not state an active person.
func (d *differ) revived(i int) {
	p := d.in.People[i]
	if p.User != nil {
		d.disabled(i, ", and was reactivated in Writer")
		return
	}
	ops := d.leaveOps(i, d.missingFrom(i, Reason{Basis: NotVisible, Text: "is not in " + p.Ref.Source + ", and was reactivated in Writer"}))
	d.holdRevived(i, "is not in the directory", ops)
}

// revivedOut is revived for a person who is listed as active and is out of scope.
func (d *differ) revivedOut(i int) {
	why := d.missingFrom(i, Reason{Basis: Shown, Cause: OutOfScope, Text: d.withGone(i, d.whyOut(i)) + ", and was reactivated in Writer"})
	d.holdRevived(i, d.whyOut(i), d.leaveOps(i, why))
}

func (d *differ) holdRevived(i int, who string, ops []Op) {
	if len(ops) == 0 {
		return
	}
	ops[0].Unread = d.unread(i)
	d.hold(Held{
		Why: WhyRevivedThere, Exit: Approve, Ops: ops,
		Text:   fmt.Sprintf("the account of %s, who %s, was reactivated in Writer, and not by us", d.in.People[i].name(), who),
		WayOut: "Approve to deactivate it again.",
	})
}

// leave plans the end of a person's account.
func (d *differ) leave(i int, why Reason) {
	ops := d.leaveOps(i, why)
	if len(ops) == 0 {
		d.kept++
		if why.Cause != OutOfScope {
			d.fates[i] = fateNone // nothing at all is done to the account
		}
		return
	}
	if d.add(ops...) {
		d.fates[i] = fateLeaving
	}
}

func (d *differ) leaveOps(i int, why Reason) []Op {
	op := Op{
		Kind: Deactivate, Person: d.in.People[i].Ref, Account: d.in.People[i].Account, Login: d.login(i), Reason: why, Unread: d.unreadOf(i, why),
	}
	switch d.in.Policy.deprovision(d.in.People[i].Ref.Source) {
	case DeprovisionNone:
		return nil
	case DeprovisionDelete:
		op.Kind = DeleteUser
	}
	return []Op{op}
}

// unreadOf returns the sources that this run had to read for the account to end for that reason.
func (d *differ) unreadOf(i int, why Reason) []string {
	switch {
	case why.Cause == OutOfScope && d.stale[i]:
		return union(d.notFull, d.unread(i)...)
	case why.Cause == OutOfScope:
		return d.unread(i)
	case why.Cause == Disabled && d.decrees(i):
		return d.unreadParts(i, func(p Part) bool { return p.Ref.Source == d.in.Policy.Join.Authority && !d.in.shows(p.Ref) })
	}
	return d.unseen(i)
}

func (d *differ) login(i int) string {
	if link := d.in.People[i].Link; link != nil {
		return link.Email()
	}
	return ""
}

// summarise says what no single op shows: people who wait for a team, who keep an
// account, or whose source is gone from the configuration.
func (d *differ) summarise() {
	for _, u := range d.mapping.Unlinked {
		d.unlinked(u)
	}
	for _, source := range slices.Sorted(maps.Keys(d.orphans)) {
		d.warnings = append(d.warnings, Warning{
			Code: "source-not-configured",
			Text: fmt.Sprintf("%d people of source %s keep their accounts: the source is no longer configured", d.orphans[source], source),
		})
	}
	d.warnings = append(d.warnings, dangling(d.in, d.mapping)...)
	for _, source := range slices.Sorted(maps.Keys(d.unmailed)) {
		d.warnings = append(d.warnings, noMail(source, d.unmailed[source]))
	}
	d.warnUnusable()
	if d.kept > 0 {
		d.warnings = append(d.warnings, Warning{
			Code: "account-kept",
			Text: fmt.Sprintf("accounts of people who left, kept because of deprovision: none: %d", d.kept),
		})
	}
	if d.admins > 0 {
		d.warnings = append(d.warnings, Warning{
			Code: "role-kept",
			Text: fmt.Sprintf("writer.role is gone, and of those whom it made org admins, so many still are: %d; to undo it, set the attribute again with an empty list of admins", d.admins),
		})
	}
}

// noMail tells of people whom the directory states without an e-mail and whose account
// has one. Nothing is planned for that: what is not stated may be hidden, not deleted.
func noMail(source string, people []string) Warning {
	return Warning{
		Code: "email-unstated",
		Text: fmt.Sprintf("source %s states no e-mail of people who have an account, which keeps the one it has: %d (%s); give them one in the directory, or if it is there, see whether the credential may still read it",
			source, len(people), few(people)),
	}
}

// unlinked holds the people whose only teams do not exist in Writer, and warns of
// the team in any case.
func (d *differ) unlinked(u Unlinked) {
	text := fmt.Sprintf("team %q does not exist in Writer; group %s is mapped to it", u.Name, strings.Join(u.Groups, ", "))
	way := fmt.Sprintf("Create the team %q in Writer (SCIM cannot); it is linked on the next pass.", u.Name)
	if u.Why == WhyTeamAmbiguous {
		text = fmt.Sprintf("several teams in Writer are named %q; group %s is mapped to that name", u.Name, strings.Join(u.Groups, ", "))
		way = "Rename all but one of them in Writer."
	}
	d.warnings = append(d.warnings, Warning{Code: string(u.Why), Text: text})
	if d.in.Policy.Everyone {
		return
	}
	var waiting []Op
	for _, i := range u.People {
		p := d.in.People[i]
		kept := d.barred[int(i)] != "" || len(d.keptOut[int(i)]) > 0
		if p.Standing == None && !d.wanted[i] && p.active() && !kept && d.unclear[int(i)] == "" {
			waiting = append(waiting, Op{
				Kind: CreateUser, Person: p.Ref, Login: stated(p), Changes: changesTo(d.wish(int(i)).attributes, nil),
				Reason: Reason{Basis: Shown, Text: "is in a group whose team does not exist"},
			})
		}
	}
	if len(waiting) > 0 {
		d.hold(Held{Why: u.Why, Exit: Fix, Ops: waiting, Text: text, WayOut: way})
	}
}
