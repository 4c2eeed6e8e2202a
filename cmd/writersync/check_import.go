package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"writersync/config"
	"writersync/dashboards/console"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// stored learns which groups import made, and says which groups list members by names or IDs
// that are nobody's any more: only what was read before shows whom they meant. Where the
// state cannot be read, that is said, and rules are tested without.
func (k *checker) stored(ctx context.Context, a *app) {
	status, err := a.stateOf(ctx, k.cfg)
	if err != nil {
		k.say("state", nil, "not read, so that it is not known which groups import made: %v", err)
		return
	}
	k.made = status.Imported
	if status.Last == nil {
		return
	}
	for _, w := range status.Last.Warnings {
		if w.Code == plan.UnresolvedMembers {
			k.say("members, as of the last pass", nil, "%s", w.Text)
		}
	}
}

// stateOf returns how things stand, by the daemon or by the file; nothing if there is
// neither, because a check makes no file.
func (a *app) stateOf(ctx context.Context, cfg *config.Config) (syncer.Status, error) {
	if client, err := console.Dial(ctx, cfg.Listen.Socket); err == nil {
		defer client.Close()
		return client.Status(ctx)
	}
	if _, err := os.Stat(cfg.State.Path); errors.Is(err, os.ErrNotExist) {
		return syncer.Status{}, nil
	}
	e, err := a.openEngine(ctx, cfg)
	if err != nil {
		return syncer.Status{}, err
	}
	status, err := e.Status(ctx)
	return status, errors.Join(err, e.close())
}

// isMade reports whether import made the group, or perhaps did.
func (k *checker) isMade(g group) bool {
	for _, i := range k.made {
		if i.IsGroup(g.ref, g.name) {
			return true
		}
	}
	return false
}

// clash is what is wrong with a rule that maps groups which import made.
func clash(groups []string) error {
	return fmt.Errorf("it maps %s, which import made of a team in Writer (group-imported): narrow the rule, or map a group of the directory's own",
		strings.Join(groups, ", "))
}
