package syncer

import (
	"context"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A Status is what an admin wants to know at a glance.
type Status struct {
	Now      time.Time
	Paused   bool
	PausedBy string
	PausedAt time.Time
	Gate     guard.Gate
	Base     string    // of the configuration that the next pass uses; see SameBase
	Verified time.Time // when Writer was last read in full
	Sources  []store.Source
	Last     *Run // nil if there was no pass yet
	// Running and Next are a daemon's: the pass under way, nil for none, and when its
	// schedule asks for one.
	Running *Running
	Next    time.Time
	// Watches are a daemon's too, of the sources that are to be watched for changes, by
	// name; and Refused is the configuration that it read last, if it did not take it.
	Watches []Watch
	Refused *Refused
	// Looked is what the last pass that looked at a source saw of it, in the order of
	// Sources. One that the last whole pass did not look at is left out: it is not
	// configured any more.
	Looked    []SourceRun
	Approvals []store.Approval
	Accounts  int             // people with a live account by us
	Unsettled int             // requests whose outcome is unknown
	Imported  []plan.Imported // groups that import made, or perhaps did
	Retries   []plan.Retry    // ops that failed and wait
	Recent    map[Result]int  // of the last runs, by result
}

// SameBase reports whether the configuration whose deciding text is base is the one that
// the next pass uses, as far as that is known.
func (s Status) SameBase(base string) bool { return s.Base == "" || s.Base == BaseOf(base) }

// A Watch says since when a source is watched for changes, or why it is not.
type Watch struct {
	Source string
	Since  time.Time
	Error  string    // "" while it is watched
	Again  time.Time // when it is tried again; zero: now
}

// Refused is a configuration that was not taken: the one before stays in use.
type Refused struct {
	At    time.Time
	Error string
}

// Running is a pass under way.
type Running struct {
	ID, Trigger string // see Request
	Since       time.Time
}

// recentRuns is how many runs a status sums up.
const recentRuns = 20

// ReadStatus gathers a status from the state alone, in one transaction. It does not load
// the snapshot.
func ReadStatus(ctx context.Context, s Store, now time.Time) (Status, error) {
	out := Status{Now: now, Recent: map[Result]int{}}
	err := s.View(ctx, out.read)
	return out, err
}

func (s *Status) read(tx Reader) error {
	control, err := tx.Control()
	if err != nil {
		return err
	}
	s.Paused, s.PausedBy, s.PausedAt, s.Verified = control.Paused, control.PausedBy, control.PausedAt, control.Verified
	s.Gate = gateOf(control.Base, s.Now)
	if s.Sources, err = tx.Sources(); err != nil {
		return err
	}
	runs, err := lastRuns(tx, recentRuns)
	if err != nil {
		return err
	}
	for i, r := range runs {
		if i == 0 {
			s.Last = &runs[0]
		}
		s.Recent[r.Result]++
	}
	if s.Looked, err = looks(tx, s.Sources, runs); err != nil {
		return err
	}
	if s.Approvals, err = tx.Approvals(s.Now); err != nil {
		return err
	}
	return s.readWork(tx)
}

// readWork reads what is not finished.
func (s *Status) readWork(tx Reader) error {
	unsettled, err := tx.Unsettled()
	if err != nil {
		return err
	}
	s.Unsettled = len(unsettled)
	if s.Accounts, err = tx.Accounts(); err != nil {
		return err
	}
	retries, err := tx.Retries()
	if err != nil {
		return err
	}
	for _, r := range retries {
		s.Retries = append(s.Retries, plan.RetryOf(r))
	}
	imports, err := tx.Imports()
	if err != nil {
		return err
	}
	for _, i := range imports {
		if imported := plan.ImportedOf(i); imported.Kind == connectors.GroupObject {
			s.Imported = append(s.Imported, imported)
		}
	}
	return nil
}

// lookedAt returns the last run that read the source, or what changed in it. Another one
// that rings all the time can have taken the place of many runs.
func lookedAt(ctx context.Context, s Store, name string) (Run, error) {
	for _, n := range []int{recentRuns, store.KeptRuns} {
		runs, err := LastRuns(ctx, s, n)
		if err != nil {
			return Run{}, err
		}
		for _, r := range runs {
			if slices.ContainsFunc(r.Sources, func(s SourceRun) bool { return s.Name == name && (s.Complete || s.Followed) }) {
				return r, nil
			}
		}
	}
	return Run{Untold: true}, nil // nobody remembers
}

// looks returns what the last pass that looked at each source saw.
func looks(tx store.Reader, sources []store.Source, recent []Run) ([]SourceRun, error) {
	if slices.ContainsFunc(recent, Run.whole) || len(recent) < recentRuns {
		return lastOf(sources, recent), nil
	}
	runs, err := lastRuns(tx, store.KeptRuns)
	if err != nil {
		return nil, err
	}
	return lastOf(sources, runs), nil
}

// whole reports whether the run looked at every source.
func (r Run) whole() bool { return len(r.Sources) > 0 && r.Trigger != TriggerRing }

// lastOf finds the sources in the runs, newest first, up to the last that looked at all.
func lastOf(sources []store.Source, runs []Run) []SourceRun {
	if last := slices.IndexFunc(runs, Run.whole); last >= 0 {
		runs = runs[:last+1]
	}
	var out []SourceRun
	for _, s := range sources {
		for _, r := range runs {
			if at := slices.IndexFunc(r.Sources, func(sr SourceRun) bool { return sr.Name == s.Name }); at >= 0 {
				out = append(out, r.Sources[at])
				break
			}
		}
	}
	return out
}

// gateOf returns how far the base is approved. An approval that ran out before its
// plan was carried out closes the gate again.
func gateOf(b store.Base, now time.Time) guard.Gate {
	switch {
	case b.Settled:
		return guard.GateOpen
	case !b.Approved.IsZero() && now.Before(b.Approved.Add(approvalLife)):
		return guard.GateOpening
	}
	return guard.GateClosed
}
