package plan

import (
	"cmp"
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
	exit   Exit // empty: Fix
	wayOut string
	after  connectors.Ref
}

func (v mailVerdict) held(ops ...Op) Held {
	return Held{Why: v.why, Text: v.text, Exit: cmp.Or(v.exit, Fix), WayOut: v.wayOut, Ops: ops}
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
// wish can hang on another's wish, and that on a third's.
func (d *differ) mail(i int) mailVerdict {
	owner, verdict := d.claim(i)
	if verdict.why != "" || owner < 0 {
		return verdict
	}
	self, first := d.in.People[i].Ref, d.in.People[owner].Ref
	switch d.chain(i) {
	case chainCircles:
		return mailVerdict{
			why:    WhyEmailCycle,
			text:   fmt.Sprintf("%s exchanges e-mail addresses with %s, and nobody can go first", self, first),
			wayOut: "Give one of them another address for one pass.",
		}
	case chainBlocked:
		return mailVerdict{
			why:    WhyEmailBlocked,
			text:   fmt.Sprintf("the e-mail of %s is still that of %s, whose own change is held", self, first),
			wayOut: "Solve the other hold first.",
		}
	}
	return mailVerdict{after: first}
}

// chain is how a chain of wishes ends.
type chain uint8

const (
	chainFree    chain = iota + 1 // the last one takes an address that is free
	chainBlocked                  // somebody on the way is held
	chainCircles                  // it comes back to where it began
)

// chain follows the wishes from person i to their end. Every person on the way is
// remembered, so that a long chain is walked once.
func (d *differ) chain(i int) chain {
	var way []int
	on := map[int]int{} // person to place on the way
	end := chainFree
	for at := i; ; {
		if known := d.chains[at]; known != 0 {
			if end = known; known == chainCircles {
				end = chainBlocked // who hangs on a circle is not on it
			}
			break
		}
		if start, again := on[at]; again {
			for _, p := range way[start:] {
				d.chains[p] = chainCircles
			}
			way, end = way[:start], chainBlocked
			break
		}
		on[at], way = len(way), append(way, at)
		next, verdict := d.claim(at)
		if verdict.why != "" {
			end = chainBlocked
			break
		}
		if next < 0 {
			break
		}
		at = next
	}
	for _, p := range way {
		d.chains[p] = end
	}
	return d.chains[i]
}

// claim looks one step along the chain: it returns the person who must give the
// address up first, or -1 if it is free, or why it cannot be had.
func (d *differ) claim(i int) (owner int, v mailVerdict) {
	p := d.in.People[i]
	mail := stated(p)
	if d.doubted[p.Ref] {
		return -1, mailVerdict{why: WhyNewID, exit: Approve, text: fmt.Sprintf("%s may be somebody who left", p.Ref), wayOut: newIDWayOut}
	}
	if old, moved := d.moves.named[i]; moved && old >= 0 {
		return -1, mailVerdict{
			why: WhyNewID, exit: Approve,
			text:   fmt.Sprintf("%s is gone from the directory, and the account names %s in Writer", d.in.People[old].Ref, p.Ref),
			wayOut: movedWayOut,
		}
	}
	if twins := others(d.emails.stated[mail], i); len(twins) > 0 {
		return -1, mailVerdict{
			why:    WhyDuplicateEmail,
			text:   fmt.Sprintf("%s states the same e-mail as %s", p.Ref, d.names(twins)),
			wayOut: "Give each of them an e-mail of their own in the directory.",
		}
	}
	owners := others(d.emails.held[mail], i)
	if why := d.comeback(i); p.Standing == Deleted && why != "" && len(owners) == 0 {
		h := back(why)
		return -1, mailVerdict{why: h.Why, exit: h.Exit, text: h.Text, wayOut: h.WayOut}
	}
	if len(owners) == 0 {
		return -1, d.taken(i, mail)
	}
	if slices.Contains(d.moves.heirs[owners[0]], i) {
		return -1, mailVerdict{
			why: WhyNewID, exit: Approve,
			text:   fmt.Sprintf("%s is gone from the directory, and %s has that e-mail", d.in.People[owners[0]].Ref, p.Ref),
			wayOut: newIDWayOut,
		}
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

// taken says whether an account that is nobody's has the address that a person with
// an account is to get.
func (d *differ) taken(i int, mail string) mailVerdict {
	p := d.in.People[i]
	if p.Link == nil || (p.Standing != Live && p.Standing != Inactive) || p.Link.Email() == mail {
		return mailVerdict{}
	}
	for _, at := range d.found[mail] {
		if a := d.in.Accounts[at]; a.ID != p.Account {
			return mailVerdict{
				why:    WhyEmailTaken,
				text:   fmt.Sprintf("the e-mail of %s is that of account %s in Writer, which is nobody's here", p.Ref, a.ID),
				wayOut: "Remove that account in Writer, or give it another address.",
			}
		}
	}
	return mailVerdict{}
}

// movesAway reports whether this plan wants to give person i another e-mail.
func (d *differ) movesAway(i int) bool {
	p := d.in.People[i]
	usable := p.Standing == Live && !p.Lost && p.active() && len(d.keptOut[i]) == 0
	if !usable || !d.inScope(i) || (p.Remote != nil && !p.Remote.Active) {
		return false
	}
	mail := stated(p)
	if mail == "" || mail == p.Link.Email() || mail == p.Link.RefusedEmail || d.otherAddress(i) != "" {
		return false
	}
	r, failed := d.retries[Op{Kind: UpdateUser, Person: p.Ref}.Key()]
	return !failed || !r.Waits(d.in.Now)
}

func others(people []int, self int) []int {
	return slices.DeleteFunc(slices.Clone(people), func(i int) bool { return i == self })
}

func (d *differ) names(people []int) string {
	out := make([]string, 0, len(people))
	for _, i := range people {
		out = append(out, d.in.People[i].Ref.String())
	}
	return few(out)
}

// few names the first of many.
func few(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
