package state_test

import (
	"fmt"
	"testing"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

// TestFromSchema4 opens a file of schema 4: users are as they were, by no fact yet, and what
// kept one out is kept once the source does not show it.
func TestFromSchema4(t *testing.T) {
	for _, step := range []int{0, 1} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			path := older(t, "schema-4.db.gz")
			clock := statetest.NewClock()
			db := openWith(t, path, state.Options{Step: step, Now: clock.Now})
			must(t, db.Check(t.Context()))
			must(t, state.Check(t.Context(), path+".schema-4"))
			w := &statetest.World{T: t, Store: db, Clock: clock}
			in := w.Load()
			w.Must(w.Fill(&in, 0, 1, 2, 3, 4))
			for i, want := range []plan.Standing{plan.Live, plan.Live, plan.None, plan.Inactive, plan.None} {
				if p := in.People[i]; p.Standing != want || (p.User.Status == connectors.StatusDisabled) != (i > 2) || p.User.StatusBy != "" {
					t.Errorf("%s: %q, %+v", p.Ref, p.Standing, p.User)
				}
			}
			if len(in.Marks) > 0 || in.People[2].User.Attributes[connectors.Extra("kind")] != "contractor" {
				t.Errorf("marks %v, %+v", in.Marks, in.People[2].User)
			}
			w.ReadAt("corp", "cursor-2", statetest.Users("ann", "bob", "cid", "dan", "eve"), statetest.Group("g1", "ann", "bob", "dan"), statetest.Group("g2", "cid", "zoe"))
			in = w.Load()
			w.Must(w.Fill(&in, 0, 1, 2, 3, 4))
			if len(in.Marks) != 3 || !in.Marks[statetest.Ref("dan")].Disabled || in.People[4].User.Status != connectors.StatusDisabled {
				t.Errorf("marks %+v, %+v", in.Marks, in.People[4].User)
			}
			must(t, db.Check(t.Context()))
		})
	}
}
