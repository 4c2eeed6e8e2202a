package plan

import (
	"encoding/json"
	"errors"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/store"
)

// ErrStored is returned for a record that this version cannot read as a decision: a
// later one may have written it.
var ErrStored = errors.New("the record is of a kind that this version does not know")

// Stored returns the op as the journal, holds and JSON have it.
func (o Op) Stored() store.Op {
	kind, _ := store.Kind(0).Of(string(o.Kind))
	out := store.Op{
		Kind: kind, Person: store.Ref(o.Person), Group: store.Ref(o.Group), From: store.Ref(o.From), Account: string(o.Account), Team: string(o.Team),
		Reason: o.Reason.stored(), After: store.Ref(o.After), Makes: o.Makes, Login: o.Login, TeamName: o.TeamName,
	}
	for _, c := range o.Changes {
		out.Changes = append(out.Changes, store.Change{Attribute: string(c.Attribute), Old: c.Old, New: c.New, Shown: c.Shown})
	}
	return out
}

func (r Reason) stored() store.Reason {
	basis, _ := store.Basis(0).Of(string(r.Basis))
	cause, _ := store.Cause(0).Of(string(r.Cause))
	out := store.Reason{Basis: basis, Cause: cause, Text: r.Text, By: r.By}
	out.Claims, out.Marks = storedClaims(r.Claims), storedClaims(r.Marks)
	return out
}

func storedClaims(claims []Claim) []store.Claim {
	var out []store.Claim
	for _, c := range claims {
		kind, _ := store.Object(0).Of(string(c.Kind))
		out = append(out, store.Claim{Kind: kind, Ref: store.Ref(c.Ref), Group: c.Group, Fact: c.Fact})
	}
	return out
}

func claimsOf(records []store.Claim) ([]Claim, error) {
	var out []Claim
	for _, c := range records {
		if !c.Kind.Known() {
			return nil, fmt.Errorf("claim about a %s: %w", c.Kind, ErrStored)
		}
		out = append(out, Claim{Kind: connectors.ObjectKind(c.Kind.String()), Ref: connectors.Ref(c.Ref), Group: c.Group, Fact: c.Fact})
	}
	return out, nil
}

// OpOf returns the op of a record, or ErrStored.
func OpOf(s store.Op) (Op, error) {
	if !s.Kind.Known() || s.Kind == 0 || !s.Reason.Basis.Known() || !s.Reason.Cause.Known() {
		return Op{}, fmt.Errorf("op %s on basis %s: %w", s.Kind, s.Reason.Basis, ErrStored)
	}
	out := Op{
		Kind: Kind(s.Kind.String()), Person: connectors.Ref(s.Person), Group: connectors.Ref(s.Group), From: connectors.Ref(s.From),
		Account: RemoteID(s.Account), Team: RemoteID(s.Team), After: connectors.Ref(s.After), Makes: s.Makes, Login: s.Login, TeamName: s.TeamName,
		Reason: Reason{Basis: Basis(s.Reason.Basis.String()), Cause: Cause(s.Reason.Cause.String()), Text: s.Reason.Text, By: s.Reason.By},
	}
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, Change{Attribute: connectors.Attribute(c.Attribute), Old: c.Old, New: c.New, Shown: c.Shown})
	}
	out.Reason = out.Reason.now()
	var err error
	if out.Reason.Claims, err = claimsOf(s.Reason.Claims); err != nil {
		return Op{}, err
	}
	out.Reason.Marks, err = claimsOf(s.Reason.Marks)
	return out, err
}

// now returns the reason of a record that an earlier version wrote in the words of this one.
func (r Reason) now() Reason {
	switch r.Basis {
	case "absence":
		r.Basis = NotVisible
	case "scope":
		r.Basis, r.Cause = Shown, OutOfScope
	case "contact":
		r.Basis, r.Cause = Shown, FirstMatch
	case "returned":
		r.Basis, r.Cause = Shown, Return
	}
	return r
}

// StoredOps returns ops as records.
func StoredOps(ops []Op) []store.Op {
	var out []store.Op
	for _, op := range ops {
		out = append(out, op.Stored())
	}
	return out
}

// OpsOf returns the ops of records, or ErrStored.
func OpsOf(records []store.Op) ([]Op, error) {
	var out []Op
	for _, s := range records {
		op, err := OpOf(s)
		if err != nil {
			return nil, err
		}
		out = append(out, op)
	}
	return out, nil
}

// Stored returns the hold as a record.
func (h Held) Stored() store.Hold {
	why, _ := store.Why(0).Of(string(h.Why))
	exit, _ := store.Exit(0).Of(string(h.Exit))
	return store.Hold{Why: why, Text: h.Text, Exit: exit, WayOut: h.WayOut, Ops: StoredOps(h.Ops)}
}

// HeldOf returns the hold of a record, or ErrStored.
func HeldOf(s store.Hold) (Held, error) {
	if !s.Why.Known() || !s.Exit.Known() {
		return Held{}, fmt.Errorf("hold %s with next step %s: %w", s.Why, s.Exit, ErrStored)
	}
	ops, err := OpsOf(s.Ops)
	return Held{Why: Why(s.Why.String()), Text: s.Text, Exit: Exit(s.Exit.String()), WayOut: s.WayOut, Ops: ops}, err
}

// RetryOf returns the retry of a record.
func RetryOf(s store.Retry) Retry {
	return Retry{
		Key: s.Key, Attempts: s.Attempts, Last: s.Last, Class: connectors.Class(s.Class.String()), Text: s.Text, Account: RemoteID(s.Account),
	}
}

// Stored returns the imported object as a record.
func (i Imported) Stored() store.Imported {
	kind, _ := store.Object(0).Of(string(i.Kind))
	return store.Imported{Kind: kind, Ref: store.Ref(i.Ref), From: string(i.From), Name: i.Name}
}

// ImportedOf returns the imported object of a record.
func ImportedOf(s store.Imported) Imported {
	return Imported{Kind: connectors.ObjectKind(s.Kind.String()), Ref: connectors.Ref(s.Ref), From: RemoteID(s.From), Name: s.Name}
}

// MarshalJSON returns the JSON of the record: what people and programs read does not
// change with what a plan needs.
func (o Op) MarshalJSON() ([]byte, error) { return json.Marshal(o.Stored()) }

// UnmarshalJSON takes the JSON of a record.
func (o *Op) UnmarshalJSON(data []byte) error {
	var s store.Op
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	op, err := OpOf(s)
	*o = op
	return err
}

// MarshalJSON returns the JSON of the record.
func (h Held) MarshalJSON() ([]byte, error) { return json.Marshal(h.Stored()) }

// UnmarshalJSON takes the JSON of a record.
func (h *Held) UnmarshalJSON(data []byte) error {
	var s store.Hold
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	held, err := HeldOf(s)
	*h = held
	return err
}
