package state_test

import (
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

// TestFromSchema5 opens a file of schema 5: what users showed before is as it was, and by what
// users may be joined who vanish from now on is kept.
func TestFromSchema5(t *testing.T) {
	path := older(t, "schema-5.db.gz")
	clock := statetest.NewClock()
	clock.Add(24 * time.Hour)
	db := openWith(t, path, state.Options{Now: clock.Now})
	must(t, db.Check(t.Context()))
	must(t, state.Check(t.Context(), path+".schema-5"))
	w := &statetest.World{T: t, Store: db, Clock: clock}
	kind, joined := connectors.Extra("kind"), connectors.Ref{Source: "hr", ID: "h-ann"}
	in := w.Load()
	if in.Marks[statetest.Ref("cid")].Attributes[kind] != "contractor" || in.Joins[joined] != statetest.Ref("ann") || len(in.Vanished) > 0 {
		t.Errorf("marks %+v, joins %v, vanished %v", in.Marks, in.Joins, in.Vanished)
	}
	w.Read("corp", statetest.Users("ann", "bob"), statetest.Group("g1", "ann"))
	in = w.Load()
	if len(in.Vanished) != 1 || in.Vanished[0].User != statetest.Ref("cid") || in.Vanished[0].Mark.Attributes[kind] != "contractor" || in.Vanished[0].Mail != plan.HashKey("cid@example.com") {
		t.Errorf("vanished: %+v", in.Vanished)
	}
	must(t, db.Check(t.Context()))
}
