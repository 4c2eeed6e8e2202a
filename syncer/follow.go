package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// followSources reads what changed in the sources that rang, and the others not at all:
// their last readings stand in for them, and nothing is removed on their word.
func (p *pass) followSources(ctx context.Context) error {
	p.changed = map[string]Changed{}
	states, err := sources(ctx, p.o.Store)
	if err != nil {
		return err
	}
	p.states = states
	for _, s := range p.o.Sources {
		if !slices.Contains(p.request.Rings, s.Name) {
			continue
		}
		if err := p.readOne(ctx, s, p.follow); err != nil {
			return err
		}
	}
	return p.rememberSources(ctx)
}

// follow reads what changed in a source, or all of it where the source cannot tell, or
// where nobody acted on the last reading: what changed since then is not all that did.
func (p *pass) follow(ctx context.Context, s Source, run *SourceRun) error {
	changer, ok := s.Connector.(connectors.Changer)
	since := p.state(s.Name).Cursor
	if !ok || since == "" {
		return p.readWhole(ctx, s, run)
	}
	last, err := lookedAt(ctx, p.o.Store, s.Name)
	if err != nil {
		return err
	}
	if last.Untold {
		p.o.Log.Info("the source is read whole, since nothing was done about its last reading", "source", s.Name)
		return p.readWhole(ctx, s, run)
	}
	delta, changed, err := p.readChanges(ctx, s.Name, changer, since)
	if errors.Is(err, connectors.ErrCursorLost) {
		p.o.Log.Info("the source is read whole, since it cannot tell what changed", "source", s.Name, "error", err)
		return p.readWhole(ctx, s, run)
	}
	if err != nil {
		return err
	}
	p.deltas[s.Name], p.changed[s.Name] = delta, changed
	run.Followed, run.Stated = true, delta.Stated()
	return nil
}

func (p *pass) readChanges(ctx context.Context, name string, changer connectors.Changer, since connectors.Cursor) (connectors.Delta, Changed, error) {
	following, err := p.o.Store.Follow(ctx, name)
	if err != nil {
		return connectors.Delta{}, Changed{}, fmt.Errorf("begin reading of changes: %w", err)
	}
	var delta connectors.Delta
	var changed Changed
	err = p.take(following.Discard, func() error {
		var err error
		delta, err = changer.Changes(ctx, since, connectors.NewChanges(name, keepingChanges{keeping{following, p.o.Keep}, following}))
		if err == nil {
			err = closed(name, delta.Source())
		}
		if err == nil {
			changed, err = following.Commit(ctx, delta, p.o.Now())
		}
		return err
	})
	return delta, changed, err
}

// keepingChanges is keeping for a reading of changes.
type keepingChanges struct {
	keeping
	changes connectors.ChangeSink
}

// Gone implements connectors.ChangeSink.
func (k keepingChanges) Gone(kind connectors.ObjectKind, id string) error {
	return k.changes.Gone(kind, id)
}

// gatherChanged says of whom the readings of changes said something.
func (p *pass) gatherChanged() {
	p.in.Changed = plan.Changed{Stated: map[connectors.Ref]bool{}, Left: map[connectors.Ref][]connectors.Ref{}}
	for source, c := range p.changed {
		ref := func(id string) connectors.Ref { return connectors.Ref{Source: source, ID: id} }
		for _, id := range c.Stated {
			p.in.Changed.Stated[ref(id)] = true
		}
		for _, l := range c.Lost {
			p.gatherLost(ref(l.Group), l, ref)
		}
	}
}

// gatherLost says who left a group, or a group that was nested in it.
func (p *pass) gatherLost(group connectors.Ref, l Lost, ref func(id string) connectors.Ref) {
	leaves := func(person connectors.Ref) { p.in.Changed.Left[person] = append(p.in.Changed.Left[person], group) }
	for _, id := range l.Members {
		leaves(ref(id))
	}
	nested := make([]connectors.Ref, len(l.Nested))
	for i, id := range l.Nested {
		nested[i] = ref(id)
	}
	for _, i := range plan.Within(p.in, nested) {
		leaves(p.in.People[i].Ref)
	}
}
