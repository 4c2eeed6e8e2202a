package plan

import (
	"hash/fnv"
	"slices"
	"time"

	"writersync/connectors"
)

// A Vanished is a user that a source listed before and does not list now, and who has no account.
// What kept that user out then keeps out whoever Policy.Join would join with the user, until an
// admin approves what would follow.
type Vanished struct {
	User  connectors.Ref
	Since time.Time
	Mark  Mark // what the source listed last
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

// takeVanished finds the people who would be kept out if their vanished records were listed still.
func (d *desired) takeVanished() {
	by := d.in.Policy.Join.By
	if by == "" || len(d.in.Vanished) == 0 {
		return
	}
	vanished := map[uint64][]Vanished{}
	for _, v := range d.in.Vanished {
		if key := v.key(by); key != 0 && d.in.configured(v.User.Source) {
			vanished[key] = append(vanished[key], v)
		}
	}
	j := joiner{persons: persons{in: d.in}}
	for i, p := range d.in.People {
		if p.Standing != None || !p.active() {
			continue
		}
		for _, v := range vanished[HashKey(j.lastKey(p))] {
			listed := func(part Part) bool { return part.User != nil && part.Ref.Source == v.User.Source }
			if facts := v.keepsOut(d, j, p); len(facts) > 0 && !slices.ContainsFunc(d.parts(i), listed) {
				d.keepOut(i, facts...)
			}
		}
	}
}

// keepsOut returns the facts by which the person would be kept out if v were listed still.
func (v Vanished) keepsOut(d *desired, j joiner, p Person) []fact {
	mark := v.Mark
	mark.Shown = p.User
	parts := slices.DeleteFunc(slices.Clone(p.Parts), func(part Part) bool { return part.Ref == v.User })
	if len(parts) == 0 {
		parts = []Part{{Ref: p.Ref, User: p.User}}
	}
	before := mark.On(connectors.User{ID: v.User.ID, Status: connectors.StatusActive})
	parts = append(parts, Part{Ref: v.User, User: &before})
	j.rankParts(parts)
	marked := *j.union(p.Ref.ID, parts)
	authority := func(part Part) bool { return part.Ref.Source == d.in.Policy.Join.Authority && part.Ref != v.User }
	if mark.Disabled && !slices.ContainsFunc(parts, authority) {
		marked.Status = connectors.StatusDisabled // or it was asked about
	}
	facts := mark.keptOut(d.profile(), v.User.Source, marked)
	for i := range facts {
		facts[i].record, facts[i].since = v.User, v.Since
	}
	return facts
}
