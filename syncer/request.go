package syncer

import "writersync/syncer/plan"

// A Request says what a pass is asked to do.
type Request struct {
	ID      string // the run's id, a UUIDv7; empty: one is made
	Trigger string // what asked: one of the Trigger constants
	DryRun  bool   // plan only: nothing is applied
	Verify  bool   // read Writer in full
	// Rings are the sources that said that they changed: what changed in them is read,
	// and of the others nothing. Nil: every source is read whole.
	Rings []string
	// Only, if set, is the hash of a plan that somebody reviewed: if this pass
	// plans anything else, it applies nothing.
	Only plan.Hash
	// Import makes the pass a step of `import`: it reads Writer in full, and does that
	// step in place of all that a pass does.
	Import ImportStep
	Into   string // the source that ImportWrite writes into
}

// What asks for passes.
const (
	TriggerSchedule = "schedule"
	TriggerStart    = "start"   // the daemon started
	TriggerRing     = "ring"    // sources said that they changed
	TriggerAgain    = "again"   // an earlier pass could not do all that it was to do
	TriggerSlice    = "slice"   // the run before left more to be done
	TriggerApprove  = "approve" // somebody approved a hold
	TriggerResume   = "resume"  // somebody turned the kill switch off
	TriggerManual   = "manual"  // somebody ran sync
	TriggerPlan     = "plan"
	TriggerApply    = "apply" // somebody has a plan carried out that they read
	TriggerImport   = "import"
	TriggerDemo     = "demo"
)
