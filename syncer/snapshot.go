package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Snapshot is what the sources stated when they were last read whole, beside what
// the ledger knows. It can be sent as JSON.
type Snapshot struct {
	Base    string        // of the last pass; see ReadUnder
	Sources []SourceState // those that were read; empty before the first pass

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

// Input returns the snapshot as a plan sees it under the policy. No source was read in
// this pass, so nothing can be removed on its word.
func (s Snapshot) Input(policy plan.Policy) plan.Input {
	in := plan.Input{Policy: policy, People: s.People, Groups: s.Groups, Feeds: s.Feeds, Teams: s.Teams, Supposed: true}
	for _, source := range s.Sources {
		in.Sources = append(in.Sources, plan.Source{Name: source.Name, Generation: source.Generation})
	}
	if len(s.Joins) > 0 {
		in.Joins = make(map[connectors.Ref]connectors.Ref, len(s.Joins))
	}
	for _, j := range s.Joins {
		in.Joins[j.Person] = j.Is
	}
	return in
}

// ReadSnapshot loads it from the state. Nothing else is read.
func ReadSnapshot(ctx context.Context, store Store) (Snapshot, error) {
	control, err := store.Control(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read switches: %w", err)
	}
	sources, err := store.Sources(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("read sources: %w", err)
	}
	in, err := loadAll(ctx, store)
	if err != nil {
		return Snapshot{}, err
	}
	out := Snapshot{Base: control.Base.Hash, Sources: sources, People: in.People, Groups: in.Groups, Feeds: in.Feeds, Teams: in.Teams}
	for _, person := range slices.SortedFunc(maps.Keys(in.Joins), connectors.Ref.Compare) {
		out.Joins = append(out.Joins, Joined{person, in.Joins[person]})
	}
	return out, nil
}

// loadAll loads the input with everybody's record. A pass may commit a reading between
// the two steps: then it looks again.
func loadAll(ctx context.Context, store Store) (plan.Input, error) {
	for try := 1; ; try++ {
		in, err := store.Load(ctx)
		if err != nil {
			return plan.Input{}, fmt.Errorf("load state: %w", err)
		}
		everybody := make([]uint32, len(in.People))
		for i := range everybody {
			everybody[i] = uint32(i) //nolint:gosec // an index of People
		}
		if err = store.Fill(ctx, &in, everybody); err == nil {
			return in, nil
		}
		if try == 3 || ctx.Err() != nil {
			return plan.Input{}, fmt.Errorf("load people: %w", err)
		}
	}
}
