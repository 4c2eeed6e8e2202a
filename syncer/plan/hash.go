package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"

	"writersync/connectors"
)

// A Hash names a set of ops.
type Hash string

// Short returns the first 12 digits, which is what people type.
func (h Hash) Short() string { return string(h[:min(len(h), 12)]) }

// Hash returns what an approval of h binds to: the sorted ops and nothing else,
// so that it stays the same for as long as the set does.
func (h Held) Hash() Hash {
	ops := make([]Hash, len(h.Ops))
	for i, op := range h.Ops {
		ops[i] = op.Hash()
	}
	slices.Sort(ops)
	sum := sha256.New()
	for _, op := range ops {
		putString(sum, string(op))
	}
	return sumHash(sum)
}

// Hash names the plan's ops, so that what is applied can be held against what was
// reviewed.
func (p Plan) Hash() Hash { return Held{Ops: p.Ops}.Hash() }

// Hash covers the kind, person, group, account, team and changes, and of a removal
// what it rests on: who approved that somebody goes because the directory says so
// has not approved that they go because it says nothing. So it is with what rests on a
// fact that is not visible. The account is left out of
// additions and joins, which are planned before the account exists.
func (o Op) Hash() Hash {
	account := o.Account
	if o.Kind == AddMember || o.Kind == ConfirmMember || o.Kind == JoinPerson {
		account = ""
	}
	sum := sha256.New()
	for _, s := range []string{
		string(o.Kind), o.Person.Source, o.Person.ID, o.Group.Source, o.Group.ID, string(account), string(o.Team),
	} {
		putString(sum, s)
	}
	if o.Kind == MoveLink || o.Kind == JoinPerson {
		putString(sum, o.From.String())
		putString(sum, o.Reason.Text) // the question that was answered
	}
	if joins := o.Kind == MoveLink || o.Kind == JoinPerson; o.Removes() || (o.Reason.Basis == NotVisible && !joins) {
		putString(sum, o.Reason.approved())
		for _, m := range o.Reason.Marks { // an approval is of these facts, and of no other that is hidden later
			putString(sum, m.String()+" "+m.Fact)
		}
	}
	for _, c := range o.Changes {
		putString(sum, string(c.Attribute))
		putString(sum, c.Old)
		putString(sum, c.New)
	}
	return sumHash(sum)
}

// approved is the evidence that an approval of the op is bound to. The words are those of the
// first version: an approval outlives an upgrade.
func (r Reason) approved() string {
	switch {
	case r.Basis == NotVisible && len(r.Marks) == 0:
		return "absence"
	case r.Basis != Shown:
		return string(r.Basis)
	case r.Cause == OutOfScope:
		return "scope"
	case r.Cause == Return:
		return "returned"
	}
	return "stated"
}

// FingerprintOf returns the fingerprint of u: what a plan looks at, so neither
// where the object stands nor how its e-mail is spelled.
func FingerprintOf(u connectors.User) Fingerprint {
	sum := sha256.New()
	putString(sum, connectors.CanonicalEmail(u.Email))
	putString(sum, string(u.Status))
	putString(sum, u.Fault)
	for _, a := range slices.SortedFunc(maps.Keys(u.Attributes), cmp.Compare) {
		putString(sum, string(a))
		putString(sum, u.Attributes[a])
	}
	for _, a := range slices.SortedFunc(maps.Keys(u.Unusable), cmp.Compare) {
		putString(sum, "unusable "+string(a))
		putString(sum, u.Unusable[a])
	}
	return Fingerprint(sum.Sum(nil)[:16])
}

// putString writes s with its length, so that no two lists of strings collide.
func putString(h hash.Hash, s string) {
	h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	h.Write([]byte(s))
}

func sumHash(h hash.Hash) Hash { return Hash(hex.EncodeToString(h.Sum(nil))) }
