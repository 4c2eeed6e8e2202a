package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestHoldsOfOneReasonApart: how many more there are is said once of each reason, also
// where some of its holds are of this pass and others were taken over.
func TestHoldsOfOneReasonApart(t *testing.T) {
	var held []plan.Held
	for i, why := range []plan.Why{plan.WhyDrift, plan.WhyDrift, plan.WhyDrift, plan.WhyDrift, plan.WhyNoEmail, plan.WhyDrift, plan.WhyDrift} {
		op := plan.Op{Kind: plan.UpdateUser, Person: connectors.Ref{Source: "corp", ID: fmt.Sprint(i)}}
		held = append(held, plan.Held{Why: why, Exit: plan.Fix, Text: "why", WayOut: "way", Ops: []plan.Op{op}})
	}
	var b bytes.Buffer
	writeHolds(&b, held, 3)
	if said := b.String(); strings.Count(said, "more like it") != 1 || !strings.Contains(said, "Held: drift, 3 holds more like it") {
		t.Error(said)
	}
}
