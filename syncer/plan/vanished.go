package plan

import (
	"hash/fnv"
	"slices"
	"time"

	"writersync/connectors"
)

// A Vanished is a user that a source listed before and does not list now, and who has no account.
// What kept that user out then keeps out a person that Policy.Join would join with the user, until
// an admin approves what would follow.
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

// meet finds, for persons without an account, the vanished users that each would be joined with.
func (j *joiner) meet() {
	by := j.in.Policy.Join.By
	if by == "" || len(j.in.Vanished) == 0 {
		return
	}
	vanished := map[uint64][]Vanished{}
	for _, v := range j.in.Vanished {
		if key := v.key(by); key != 0 && j.in.configured(v.User.Source) {
			vanished[key] = append(vanished[key], v)
		}
	}
	j.in.Met = map[int][]Vanished{}
	for i, p := range j.in.People {
		if m := j.in.Marks[p.Ref]; m.Shown != nil {
			p.User, p.Parts = m.Shown, m.parts
		}
		if p.Standing != None || !p.active() {
			continue
		}
		for _, v := range vanished[HashKey(j.lastKey(p))] {
			listed := func(part Part) bool { return part.User != nil && part.Ref.Source == v.User.Source }
			if !slices.ContainsFunc(p.parts(), listed) {
				j.in.Met[i] = append(j.in.Met[i], v)
			}
		}
	}
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

// keepsOut returns the facts by which the person would be kept out if v were listed still. Where
// the person's other sources are no authority over it, a disabled record kept the person out by a
// question that was open.
func (v Vanished) keepsOut(d *desired, p Person) []fact {
	mark := v.Mark
	mark.Shown = p.User
	parts := slices.DeleteFunc(slices.Clone(p.parts()), func(part Part) bool { return part.Ref == v.User })
	before := mark.On(connectors.User{ID: v.User.ID, Status: connectors.StatusActive})
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
