package plan

import (
	"cmp"
	"maps"
	"slices"

	"writersync/connectors"
)

// changesTo returns what must change so that have becomes what u states, sorted
// by attribute. Without have, everything u states is a change. An attribute the
// source does not state stays as it is; one it states as empty is emptied.
func changesTo(u connectors.User, have map[connectors.Attribute]string) []Change {
	want := maps.Clone(u.Attributes)
	if want == nil {
		want = map[connectors.Attribute]string{}
	}
	if mail := connectors.CanonicalEmail(u.Email); mail != "" {
		want[UserName] = mail
	}
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

// remoteChanges states what an adopted account has, for the ledger to remember.
func remoteChanges(a Account) []Change {
	attributes := attributesOf(a)
	out := make([]Change, 0, len(attributes))
	for _, name := range slices.SortedFunc(maps.Keys(attributes), cmp.Compare) {
		out = append(out, Change{Attribute: name, New: attributes[name]})
	}
	return out
}

// withChanges returns have after the changes.
func withChanges(have map[connectors.Attribute]string, changes []Change) map[connectors.Attribute]string {
	out := make(map[connectors.Attribute]string, len(have)+len(changes))
	maps.Copy(out, have)
	for _, c := range changes {
		out[c.Attribute] = c.New
	}
	return out
}
