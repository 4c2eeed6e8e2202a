package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// mailVerdict says whether a person may have the e-mail that the source states:
// why is empty if so. after names the person whose rename must come first.
type mailVerdict struct {
	why    Why
	text   string
	wayOut string
	after  connectors.Ref
}

func (v mailVerdict) held(ops ...Op) Held {
	return Held{Why: v.why, Text: v.text, Exit: Fix, WayOut: v.wayOut, Ops: ops}
}

func refusedVerdict(person connectors.Ref) mailVerdict {
	return mailVerdict{
		why: WhyEmailRefused, text: fmt.Sprintf("Writer refused the new e-mail of %s", person),
		wayOut: "Change the address in Writer's admin panel, or correct it in the directory.",
	}
}

// mail decides whether person i may take the e-mail that the source states. One
// address belongs to one person: two who state it are both held; one whom a link
// still gives it to must first be renamed away from it, by this very plan. So a
// wish can hang on another's wish, and that on a third's: mail follows the chain
// to its end, or back to its beginning.
func (d *differ) mail(i int) mailVerdict {
	owner, verdict := d.claim(i)
	if verdict.why != "" || owner < 0 {
		return verdict
	}
	self := d.in.People[i].Ref
	seen := map[int]bool{}
	for at := owner; at >= 0; {
		if at == i {
			return mailVerdict{
				why:    WhyEmailCycle,
				text:   fmt.Sprintf("%s exchanges e-mail addresses with %s, and nobody can go first", self, d.in.People[owner].Ref),
				wayOut: "Give one of them another address for one pass.",
			}
		}
		next, blocked := d.claim(at)
		if blocked.why != "" || seen[at] {
			return mailVerdict{
				why:    WhyEmailBlocked,
				text:   fmt.Sprintf("the e-mail of %s is still that of %s, whose own change is held", self, d.in.People[owner].Ref),
				wayOut: "Solve the other hold first.",
			}
		}
		seen[at] = true
		at = next
	}
	return mailVerdict{after: d.in.People[owner].Ref}
}

// claim looks one step along the chain: it returns the person who must give the
// address up first, or -1 if it is free, or why it cannot be had.
func (d *differ) claim(i int) (owner int, v mailVerdict) {
	p := d.in.People[i]
	mail := stated(p)
	if twins := others(d.emails[mail], i); len(twins) > 0 {
		return -1, mailVerdict{
			why:    WhyDuplicateEmail,
			text:   fmt.Sprintf("%s states the same e-mail as %s", p.Ref, d.names(twins)),
			wayOut: "Give each of them an e-mail of their own in the directory.",
		}
	}
	owners := others(d.owners[mail], i)
	if len(owners) == 0 {
		return -1, mailVerdict{}
	}
	if slices.ContainsFunc(owners, func(o int) bool { return !d.movesAway(o) }) {
		return -1, mailVerdict{
			why:    WhyRecycledEmail,
			text:   fmt.Sprintf("the e-mail of %s belongs to the account of %s", p.Ref, d.names(owners)),
			wayOut: "Give the newcomer another address, or change that of the old account, in Writer and in the directory.",
		}
	}
	return owners[0], mailVerdict{}
}

// movesAway reports whether this plan wants to give person i another e-mail.
func (d *differ) movesAway(i int) bool {
	p := d.in.People[i]
	usable := p.Standing == Live && !p.Lost && p.User != nil && p.User.Status == connectors.StatusActive && p.User.Fault == ""
	if !usable || !d.inScope(i) || (p.Remote != nil && !p.Remote.Active) {
		return false
	}
	mail := stated(p)
	if mail == "" || mail == p.Link.Email() || mail == p.Link.RefusedEmail {
		return false
	}
	r, failed := d.retries[Op{Kind: UpdateUser, Person: p.Ref}.Key()]
	return !failed || !d.in.Now.Before(r.Due())
}

func others(people []int, self int) []int {
	return slices.DeleteFunc(slices.Clone(people), func(i int) bool { return i == self })
}

func (d *differ) names(people []int) string {
	out := make([]string, len(people))
	for n, i := range people {
		out[n] = d.in.People[i].Ref.String()
	}
	return strings.Join(out, ", ")
}
