package syncer

import (
	"context"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A Snapshot is what the sources stated when they were last read whole, beside what
// the ledger knows. It can be sent as JSON.
type Snapshot struct {
	Base    string         // of the last pass; see ReadUnder
	Sources []store.Source // those that were read; empty before the first pass

	// The next four are those of a plan.Input, with the records of everybody.
	People []plan.Person
	Groups []plan.Group
	Feeds  []plan.Feed
	Teams  []plan.Team
	Joins  []Joined
}

// Joined says that a person is somebody of another source.
type Joined struct{ Person, Is connectors.Ref }

// ReadUnder reports whether the last pass was made under a configuration whose
// deciding text is base: a reading keeps only what that one looks at.
func (s Snapshot) ReadUnder(base string) bool { return s.Base == BaseOf(base) }

// Input returns the snapshot as a plan sees it under the policy, as if each source were read
// once more, and showed the same.
func (s Snapshot) Input(policy plan.Policy) plan.Input {
	in := plan.Input{Policy: policy, People: s.People, Groups: s.Groups, Feeds: s.Feeds, Teams: s.Teams}
	for _, source := range s.Sources {
		in.Sources = append(in.Sources, plan.Source{Name: source.Name, Read: plan.InFull})
	}
	if len(s.Joins) > 0 {
		in.Joins = make(map[connectors.Ref]connectors.Ref, len(s.Joins))
	}
	for _, j := range s.Joins {
		in.Joins[j.Person] = j.Is
	}
	return in
}

// ReadSnapshot loads it from the state, in one transaction. Nothing else is read.
func ReadSnapshot(ctx context.Context, s Store) (out Snapshot, err error) {
	err = s.View(ctx, func(tx Reader) error {
		control, err := tx.Control()
		if err != nil {
			return err
		}
		if out.Sources, err = tx.Sources(); err != nil {
			return err
		}
		in, err := tx.Load()
		if err != nil {
			return err
		}
		everybody := make([]uint32, len(in.People))
		for i := range everybody {
			everybody[i] = uint32(i) //nolint:gosec // an index of People
		}
		if err := tx.Fill(&in, everybody); err != nil {
			return err
		}
		out.Base, out.People, out.Groups, out.Feeds, out.Teams = control.Base.Hash, in.People, in.Groups, in.Feeds, in.Teams
		for _, person := range slices.SortedFunc(maps.Keys(in.Joins), connectors.Ref.Compare) {
			out.Joins = append(out.Joins, Joined{person, in.Joins[person]})
		}
		return nil
	})
	return out, err
}
