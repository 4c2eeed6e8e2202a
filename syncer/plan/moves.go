package plan

import (
	"slices"

	"writersync/connectors"
)

// identities is what is known of who persons are.
type identities struct {
	// doubted are newcomers who may be another person, which an admin must say.
	doubted map[connectors.Ref]bool
	// spared are those with an account whose record such a one may have replaced.
	spared  map[connectors.Ref]spared
	namedBy func(Account) (int, bool) // see Input.Namer
	emails  emails
	moves   moves
}

// emails says who has which canonical e-mail, by index.
type emails struct {
	stated map[string][]int // persons listed with it, and not as disabled
	held   map[string][]int // persons with an account that takes it up; see Person.holds
}

func emailsOf(in Input) emails {
	out := emails{stated: map[string][]int{}, held: map[string][]int{}}
	for i, p := range in.People {
		if p.User != nil && p.User.Status != connectors.StatusDisabled && !in.orphan(p) {
			out.stated[stated(p)] = append(out.stated[stated(p)], i)
		}
		for _, mail := range p.holds() {
			out.held[mail] = append(out.held[mail], i)
		}
	}
	delete(out.stated, "")
	delete(out.held, "")
	return out
}

// Recycled returns the inactive accounts of listed users that took up the address of a user who is
// to get an account, as far as the records were loaded: such an account may be gone, and its
// address free.
func (in Input) Recycled() []RemoteID {
	inactive := func(p Person) bool { return p.Standing == Inactive }
	if !slices.ContainsFunc(in.People, inactive) {
		return nil
	}
	wanted := map[string]bool{}
	for _, p := range in.People {
		if !p.hasAccount() && p.active() && !in.orphan(p) {
			wanted[stated(p)] = true
		}
	}
	if delete(wanted, ""); len(wanted) == 0 {
		return nil
	}
	var out []RemoteID
	for _, p := range in.People {
		listed := p.User != nil || p.Settled
		if inactive(p) && listed && slices.ContainsFunc(p.holds(), func(mail string) bool { return wanted[mail] }) {
			out = append(out, p.Account)
		}
	}
	return out
}

// moves says who may be another person under a new ID: one with an account is not listed, and a
// newcomer is. Directories give new IDs when they are moved, or when a person is hired again.
type moves struct {
	// heirs are newcomers, by the person whose account has their e-mail, live or deactivated.
	heirs map[int][]int
	// marks are the persons that a linked account names, by the person it is linked to; -1: one
	// who is not known.
	marks map[int]int
	// named are, by newcomer, the persons who are gone and whose account has the newcomer's external
	// ID: it was moved before the state was restored. -1: there are several.
	named map[int]int
}

func (p *persons) findMoves() {
	p.moves = moves{heirs: map[int][]int{}, marks: p.marks(), named: map[int]int{}}
	for i, of := range p.in.People {
		if !of.hasAccount() || (!p.in.orphan(of) && (of.User != nil || of.Settled)) {
			continue
		}
		if heirs := p.heirs(i); len(heirs) > 0 {
			p.moves.heirs[i] = heirs
		}
		heir, marked := p.moves.marks[i]
		if !marked || heir < 0 || p.in.Moved || !p.mayFollow(heir, i) {
			continue
		}
		if _, twice := p.moves.named[heir]; twice {
			i = -1
		}
		p.moves.named[heir] = i
	}
}

// marks makes moves.marks.
func (p *persons) marks() map[int]int {
	out := map[int]int{}
	for i, of := range p.in.People {
		if of.Link == nil || of.Remote == nil || !of.Link.marks(*of.Remote) {
			continue
		}
		out[i] = -1
		if other, known := p.namedBy(*of.Remote); known && other != i {
			out[i] = other
		}
	}
	return out
}

// heirs returns the newcomers with an address of the account of a person who is gone.
func (p *persons) heirs(gone int) []int {
	for _, mail := range p.in.People[gone].holds() {
		all := p.emails.stated[mail]
		another := func(i int) bool { return !p.mayFollow(i, gone) }
		if len(all) > 0 && len(p.emails.held[mail]) == 1 && !slices.ContainsFunc(all, another) {
			return all
		}
	}
	return nil
}

// mayFollow reports whether person i has no account, and a record to follow the one who is gone,
// whose account names no other.
func (p *persons) mayFollow(i, gone int) bool {
	heir, marked := p.moves.marks[gone]
	_, has := p.in.recordFor(p.in.People[i], p.in.People[gone])
	return p.in.People[i].Standing == None && has && (!marked || heir == i)
}

// recordFor returns the record of a person that may take the place of one who is gone: of the same
// source, or of any where a source is no longer configured, or users of several are not joined.
func (in Input) recordFor(p, gone Person) (connectors.Ref, bool) {
	for _, part := range p.parts() {
		if part.Ref.Source == gone.Ref.Source && !part.Gone {
			return part.Ref, true
		}
	}
	return p.Ref, in.configured(p.Ref.Source) && (in.Policy.Join.By == "" || in.orphan(gone))
}

// orphan reports whether no source of the person is configured.
func (in Input) orphan(p Person) bool {
	if len(p.Parts) == 0 {
		return !in.configured(p.Ref.Source) // of most persons: nothing is made for them
	}
	return !slices.ContainsFunc(p.parts(), func(part Part) bool { return in.configured(part.Ref.Source) })
}
