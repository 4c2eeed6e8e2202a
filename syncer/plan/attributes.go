package plan

import (
	"cmp"
	"maps"
	"slices"

	"writersync/connectors"
)

// changesTo returns what must change so that have becomes what is wanted, sorted by
// attribute. Without have, everything wanted is a change. An attribute that is not
// in want stays as it is; one that is empty there is emptied.
func changesTo(want, have map[connectors.Attribute]string) []Change {
	var out []Change
	for _, name := range slices.SortedFunc(maps.Keys(want), cmp.Compare) {
		if old := have[name]; old != want[name] && !sameMail(name, old, want[name]) {
			out = append(out, Change{Attribute: name, Old: old, New: want[name]})
		}
	}
	return out
}

// sameMail reports whether two spellings of an e-mail are one address.
func sameMail(name connectors.Attribute, a, b string) bool {
	return name == UserName && connectors.CanonicalEmail(a) == connectors.CanonicalEmail(b)
}

// attributesOf returns all attributes of an account, UserName included.
func attributesOf(a Account) map[connectors.Attribute]string {
	out := maps.Clone(a.Attributes)
	if out == nil {
		out = map[connectors.Attribute]string{}
	}
	out[UserName] = a.UserName
	return out
}

// remoteChanges returns what an account that person i gets has, for the ledger to remember.
// The role is not among it: what an admin of Writer gave is theirs to take. The external ID
// is if it names the person: the account was made by us.
func (d *differ) remoteChanges(i int, a Account) []Change {
	attributes := attributesOf(a)
	if a.Names(d.in.People[i].Ref) {
		attributes[ExternalID] = a.ExternalID
	}
	delete(attributes, d.in.Policy.Roles.Attribute)
	out := make([]Change, 0, len(attributes))
	for _, name := range slices.SortedFunc(maps.Keys(attributes), cmp.Compare) {
		out = append(out, Change{Attribute: name, New: attributes[name]})
	}
	return out
}
