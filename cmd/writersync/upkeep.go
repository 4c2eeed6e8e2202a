package main

import (
	"context"
	"errors"
	"log/slog"

	"writersync/state"
	"writersync/syncer"
)

// upkeep keeps the state file from growing far beyond what is in it. A nil upkeep does
// nothing.
type upkeep struct {
	state   compactable
	metrics *syncer.Metrics // nil: nothing is exported
	log     *slog.Logger
	warned  bool  // that the file cannot be compacted
	failed  int64 // size of the file when a copy of it failed, in bytes; 0: none did
}

// compactable is a state whose file can be measured and compacted.
type compactable interface {
	Size() (state.Size, error)
	Compact(ctx context.Context) (state.Compaction, error)
}

// tidy compacts a file that is mostly free, and exports how large it is. One that cannot
// be compacted is used as it is, after one warning; where the copy failed, and not the room
// for it, until it has doubled. One call at a time.
func (u *upkeep) tidy(ctx context.Context) {
	if u == nil || ctx.Err() != nil {
		return
	}
	err := u.tryTidy(ctx)
	switch {
	case err == nil:
		u.warned = u.failed > 0
	case ctx.Err() == nil && !u.warned:
		u.warned = true
		u.log.Warn("the state file stays larger than it has to be", "error", err)
	}
}

func (u *upkeep) tryTidy(ctx context.Context) error {
	size, err := u.state.Size()
	if err != nil {
		return err
	}
	u.export(size)
	if !size.Wasteful() {
		u.failed = 0
		return nil
	}
	if size.File < 2*u.failed {
		return nil
	}
	c, err := u.state.Compact(ctx)
	if err != nil {
		var space *state.SpaceError
		if ctx.Err() == nil && !errors.As(err, &space) { // to see that there is no room costs nothing
			u.failed = size.File
		}
		return err
	}
	u.failed = 0
	u.export(c.After)
	u.log.Info("state compacted", "before", c.Before.File, "after", c.After.File, "live", c.After.Live)
	return nil
}

// export says in the metrics how large the file is.
func (u *upkeep) export(size state.Size) {
	if u != nil {
		u.metrics.State(size.File, size.Live)
	}
}
