package main

import (
	"bytes"
	"strings"
	"testing"

	"writersync/config"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
)

// TestCanaryEnding: the last lines say what to configure, and what is left in Writer.
func TestCanaryEnding(t *testing.T) {
	inactive := writer.Probe{Account: "7", Fate: writer.FateInactive, Returns: true, Deletes: true}
	removed := writer.Probe{Account: "7", Fate: writer.FateRemoved}
	ignored := writer.Probe{Account: "7", Fate: writer.FateActive, Deletes: true}
	nothing := writer.Probe{Account: "7", Fate: writer.FateActive, Left: true}
	for _, test := range []struct {
		name       string
		probe      writer.Probe
		configured plan.Deprovision
		want       []string
	}{
		{"as it should", inactive, plan.DeprovisionDeactivate, []string{"`deprovision: deactivate`, as it is configured, fits: ", "Nothing is left of it in Writer."}},
		{"delete by choice", inactive, plan.DeprovisionDelete, []string{"`deprovision: delete`, as it is configured, works; `deactivate` does as well: ", "Nothing is left"}},
		{"none by choice", inactive, plan.DeprovisionNone, []string{"`deprovision: deactivate` can be used (it is none): ", "Nothing is left"}},
		{"removed", removed, plan.DeprovisionDeactivate, []string{"Set `deprovision: delete` (it is deactivate): ", "Nothing is left"}},
		{"ignored", ignored, plan.DeprovisionDeactivate, []string{"Set `deprovision: delete` (it is deactivate): ", "Nothing is left"}},
		{"nothing works", nothing, plan.DeprovisionDelete, []string{"Set `deprovision: none` (it is delete): ", "LEFT BEHIND: account 7 of canary@example.com. Remove it"}},
		{"not made", writer.Probe{}, plan.DeprovisionDeactivate, []string{"No advice: ", ""}},
		{"not known", writer.Probe{Left: true}, plan.DeprovisionDeactivate, []string{"No advice: ", "PERHAPS LEFT BEHIND: an account of canary@example.com."}},
	} {
		cfg := config.Default()
		cfg.Deprovision = config.Deprovision(test.configured)
		var b bytes.Buffer
		writeProbe(&b, test.probe, &checker{cfg: cfg, canary: "canary@example.com"})
		_, text, _ := strings.Cut(b.String(), "what it means\n\n")
		lines := strings.Split(text, "\n")
		for i, want := range test.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: line %d is %q, want %q", test.name, i+1, lines[i], want)
			}
		}
	}
}
