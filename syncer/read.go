package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/store"
)

// readSources reads every source whole, or fails it; or what changed in those that rang.
// One that fails does not stop the others: its last complete reading stands in for it,
// and nothing is removed on its word.
func (p *pass) readSources(ctx context.Context) error {
	if len(p.request.Rings) > 0 {
		return p.followSources(ctx)
	}
	for _, s := range p.o.Sources {
		if err := p.readOne(ctx, s, p.readWhole); err != nil {
			return err
		}
	}
	return p.rememberSources(ctx)
}

// readOne records what became of one reading, whichever way it is made.
func (p *pass) readOne(ctx context.Context, s Source, read func(context.Context, Source, *SourceRun) error) error {
	started := p.o.Now()
	run := SourceRun{Name: s.Name}
	if err := read(ctx, s, &run); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		run.Error = err.Error()
	}
	run.Took = p.o.Now().Sub(started)
	p.run.Sources = append(p.run.Sources, run)
	return nil
}

func (p *pass) readWhole(ctx context.Context, s Source, run *SourceRun) error {
	complete, err := p.readSource(ctx, s)
	if err != nil {
		return err
	}
	p.complete[s.Name] = complete
	run.Complete = true
	return nil
}

func (p *pass) readSource(ctx context.Context, s Source) (connectors.Complete, error) {
	ingest, err := p.o.Store.Ingest(ctx, s.Name)
	if err != nil {
		return connectors.Complete{}, fmt.Errorf("begin reading: %w", err)
	}
	var complete connectors.Complete
	err = p.take(ingest.Discard, func() error {
		var err error
		complete, err = s.Connector.Read(ctx, connectors.NewReading(s.Name, keeping{ingest, p.o.Keep}))
		if err == nil {
			err = closed(s.Name, complete.Source())
		}
		if err == nil {
			err = p.comparable(ctx, s, complete)
		}
		if err == nil {
			err = ingest.Commit(ctx, complete, p.o.Now())
		}
		return err
	})
	return complete, err
}

// take reads, and commits what was read. If that fails, or panics, it is discarded.
func (p *pass) take(discard, read func() error) error {
	err := apply.Contain(read)
	p.logFault(err)
	if err != nil {
		if derr := discard(); derr != nil {
			return fmt.Errorf("%w (and discard the reading: %w)", err, derr)
		}
	}
	return err
}

// closed refuses a reading that does not come from Reading, or from that of another
// source.
func closed(want, source string) error {
	if source != want {
		return fmt.Errorf("the reading was not closed: %w", connectors.ErrUnproven)
	}
	return nil
}

// comparable refuses a read that is older than the last one of the source, or is of other
// IDs.
func (p *pass) comparable(ctx context.Context, source Source, c connectors.Complete) error {
	states, err := sources(ctx, p.o.Store)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(s store.Source) bool { return s.Name == c.Source() })
	if i < 0 {
		return nil
	}
	if err := notOlder(states[i].Files, c.Evidence().Files, p.o.Now()); err != nil || p.gate() != guard.GateOpen {
		return err
	}
	return sameIdentity(source, states[i], c.Evidence())
}

// notOlder refuses a file that was written before the one of that path that was read last:
// an export of the past is a directory of the past. One of the same time may be another.
//
// A file that was written later than it was read is one of a clock that is ahead, and counts
// as written when it was read. So does each file after the clock of this machine was put
// back: where the last one is of the future, nothing is known.
func notOlder(last [2]store.File, files [2]connectors.File, now time.Time) error {
	for i, f := range files {
		was := last[i].Written
		if last[i].Read.Before(was) {
			was = last[i].Read
		}
		if f.Path != last[i].Path || !f.Written.Before(was) || was.After(now) {
			continue
		}
		return &connectors.Error{
			Class: connectors.Rejected, Op: "read " + f.Path,
			Err:  fmt.Errorf("it was written at %s, and the one that was read last at %s: an older file is not read", second(f.Written), second(was)),
			Hint: "Export it again. If this file is what counts now, give it the present time with `touch`: it is then read as a new one, and what follows from it may wait for an approval.",
		}
	}
	return nil
}

func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// sameIdentity refuses a read whose IDs are others than those that users are known by, and
// one of a directory that was put back to an earlier state. After the configuration was
// changed both are taken: nothing is applied then before an admin has seen what follows.
func sameIdentity(source Source, s store.Source, e connectors.Evidence) error {
	if historian, ok := source.Connector.(connectors.Historian); ok && s.Cursor != "" && e.Cursor != "" {
		if err := historian.WentBack(s.Cursor, e.Cursor); err != nil {
			return err
		}
	}
	if was, is := s.Identity, e.Identity; was != "" && was != is {
		return &connectors.Error{
			Class: connectors.Rejected, Op: "compare with the last reading", Err: fmt.Errorf("people were known by %s, and this reading knows them by %s", was, is),
			Hint: "Find out what changed in the source. To go on with what it has now, say so in its configuration: the next plan then shows what follows, and waits for an approval.",
		}
	}
	return nil
}

// keeping leaves out of a reading what nothing looks at.
type keeping struct {
	connectors.Sink
	keep func(connectors.Attribute) bool // nil: everything
}

// User implements connectors.Sink.
func (k keeping) User(u connectors.User) error {
	if k.keep != nil {
		unkept := func(a connectors.Attribute, _ string) bool { return a != connectors.Email && !k.keep(a) }
		u.Attributes, u.Unusable = maps.Clone(u.Attributes), maps.Clone(u.Unusable)
		maps.DeleteFunc(u.Attributes, unkept)
		maps.DeleteFunc(u.Unusable, unkept)
	}
	return k.Sink.User(u)
}

// rememberSources fills in what is stored of the sources, of those that failed too.
func (p *pass) rememberSources(ctx context.Context) error {
	var err error
	if p.states, err = sources(ctx, p.o.Store); err != nil {
		return err
	}
	for i := range p.run.Sources {
		run := &p.run.Sources[i]
		state := p.state(run.Name)
		run.Generation, run.Size = state.Generation, state.Size
	}
	return nil
}

func (p *pass) state(name string) store.Source {
	for _, s := range p.states {
		if s.Name == name {
			return s
		}
	}
	return store.Source{Name: name}
}

// stated returns States as a plan asks of it.
func stated(s store.Source) map[connectors.Attribute]bool {
	out := make(map[connectors.Attribute]bool, len(s.States))
	for _, a := range s.States {
		out[a] = true
	}
	return out
}

// readSince returns since when the files of a source are in the version that was read.
func readSince(s store.Source) [2]time.Time { return [2]time.Time{s.Files[0].Read, s.Files[1].Read} }
