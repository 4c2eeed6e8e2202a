package plan

import (
	"hash/fnv"
	"slices"
	"time"

	"writersync/connectors"
)

// A Vanished is a user that a source listed before and does not list now, and who had no active
// account then.
// What kept that user out then keeps out a person that Policy.Join would join with the user, or that
// the same source lists with the e-mail under a new ID, until an admin approves what would follow.
type Vanished struct {
	User  connectors.Ref
	Since time.Time
	Mark  Mark // what the source listed last
	// Group is the name of a group that kept the user out, as Policy.ExcludeGroups named it.
	Group string
	// Mail and Number are hashes, by HashKey, of the canonical e-mail and the employee number.
	Mail, Number uint64
}

// key returns the hash of what the user was joined by.
func (v Vanished) key(by connectors.Attribute) uint64 {
	switch by {
	case UserName:
		return v.Mail
	case connectors.EmployeeNumber:
		return v.Number
	}
	return HashKey(v.Mark.Attributes[by])
}

// HashKey returns what is kept of a value by which users of several sources are joined; zero for
// none. Equal values have equal hashes.
func HashKey(value string) uint64 {
	if value == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(value))
	return h.Sum64()
}

// meet finds, for persons without an active account, the vanished users that each may be.
func (p *persons) meet() {
	if len(p.in.Vanished) == 0 || p.in.Met != nil {
		return
	}
	keyed, mailed := p.vanished()
	p.in.Met = map[int][]Vanished{}
	for i, of := range p.in.People {
		if m := p.in.Marks[of.Ref]; m.Shown != nil {
			of.User, of.Parts = m.Shown, m.parts
		}
		if of.Standing == Live || !of.active() {
			continue
		}
		var met []Vanished
		if key := HashKey(p.lastKey(of)); key != 0 && of.Standing != Inactive { // an account is of all records
			met = slices.Clone(keyed[key])
		}
		for _, v := range withMail(of, mailed) {
			if !slices.ContainsFunc(met, func(o Vanished) bool { return o.User == v.User }) {
				met = append(met, v)
			}
		}
		own := func(v Vanished) bool {
			return slices.ContainsFunc(of.parts(), func(part Part) bool { return part.Ref == v.User })
		}
		if met = slices.DeleteFunc(met, own); len(met) > 0 {
			p.in.Met[i] = met
		}
	}
}

// withMail returns the vanished users that had an e-mail of the person in the same source.
func withMail(of Person, mailed map[mailIn][]Vanished) []Vanished {
	var out []Vanished
	for _, part := range of.parts() {
		if part.User != nil && part.User.Email != "" {
			out = append(out, mailed[mailIn{part.Ref.Source, HashKey(connectors.CanonicalEmail(part.User.Email))}]...)
		}
	}
	return out
}

// mailIn is an e-mail in a source, by its hash.
type mailIn struct {
	source string
	mail   uint64
}

// vanished returns the users who vanished, by what Policy.Join joins by, and by their e-mail.
func (p *persons) vanished() (keyed map[uint64][]Vanished, mailed map[mailIn][]Vanished) {
	keyed, mailed = map[uint64][]Vanished{}, map[mailIn][]Vanished{}
	by := p.in.Policy.Join.By
	for _, v := range p.in.Vanished {
		if !p.in.configured(v.User.Source) {
			continue
		}
		in := mailIn{v.User.Source, v.Mail}
		mailed[in] = append(mailed[in], v)
		if by != "" {
			keyed[v.key(by)] = append(keyed[v.key(by)], v)
		}
	}
	return keyed, mailed
}

// takeVanished finds the persons who would be kept out if their vanished records were listed still.
func (d *desired) takeVanished() {
	for i, met := range d.in.Met {
		for _, v := range met {
			if facts := v.keepsOut(d, d.in.People[i]); len(facts) > 0 {
				d.keepOut(i, facts...)
			}
		}
	}
}

// keepsOut returns the facts by which the person would be kept out if v were listed still, in the
// place of a record of the same source. Where the person's other sources are no authority over it, a
// disabled record kept the person out by a question that was open.
func (v Vanished) keepsOut(d *desired, p Person) []fact {
	mark := v.Mark
	mark.Shown = p.User
	now := connectors.User{ID: v.User.ID, Status: connectors.StatusActive}
	parts := slices.DeleteFunc(slices.Clone(p.parts()), func(part Part) bool {
		same := part.Ref.Source == v.User.Source
		if same && part.User != nil {
			now = *part.User
		}
		return same
	})
	if now.Denies(mark.By) {
		mark.Disabled = false
	}
	before := mark.On(now)
	parts = append(parts, Part{Ref: v.User, User: &before})
	d.in.Policy.Join.rankParts(parts)
	marked := *d.in.Policy.Join.union(p.Ref.ID, parts)
	authority := func(part Part) bool { return part.Ref.Source == d.in.Policy.Join.Authority && part.Ref != v.User }
	if mark.Disabled && !slices.ContainsFunc(parts, authority) {
		marked.Status = connectors.StatusDisabled
	}
	facts := mark.keptOut(d.profile(), v.User.Source, marked)
	named := func(pattern string) bool { return Matches(pattern, v.Group) }
	if v.Group != "" && slices.ContainsFunc(d.in.Policy.ExcludeGroups, named) {
		facts = append(facts, fact{value: "group " + v.Group})
	}
	for i := range facts {
		facts[i].record, facts[i].since = v.User, v.Since
	}
	return facts
}
