package plan

import (
	"fmt"
	"slices"
)

// A Remedy is what becomes of a difference that arose in Writer.
type Remedy string

// The remedies. An empty one stands for the default of its kind.
const (
	Repair Remedy = "repair" // Writer gets back what the directory states
	Report Remedy = "report" // it is shown, and left
)

// A DriftPolicy says what becomes of each kind of difference that arose in Writer.
// The zero value has the defaults.
type DriftPolicy struct {
	Attributes Remedy // a name or another attribute was changed there; default: Repair
	Members    Remedy // somebody was taken out of a team there; default: Repair
	Inactive   Remedy // an account was deactivated there; default: Report
	Missing    Remedy // an account was deleted there; default: Report
}

// leaves reports whether a remedy leaves the difference, if the default is given.
func (r Remedy) leaves(otherwise Remedy) bool {
	if r == "" {
		r = otherwise
	}
	return r == Report
}

// splitDrift parts the changes of an account that was read from Writer into those
// that the source asks for and those that only undo what was done in Writer: there
// the wish is what was applied before.
func splitDrift(changes []Change, link *Link) (asked, drifted []Change) {
	for _, c := range changes {
		if applied, ok := link.Applied[c.Attribute]; ok && (applied == c.New || sameMail(c.Attribute, applied, c.New)) {
			drifted = append(drifted, c)
			continue
		}
		asked = append(asked, c)
	}
	return asked, drifted
}

// reportDrift holds what would undo a change made in Writer.
func (d *differ) reportDrift(op Op, key, what string) {
	op.Reason = Reason{Basis: Drift, Text: what}
	op.Makes = Fingerprint{}
	d.hold(Held{
		Why: WhyDrift, Exit: Fix, Ops: []Op{op},
		Text:   fmt.Sprintf("%s: %s; drift.%s says to report it", op.Person, what, key),
		WayOut: fmt.Sprintf("Undo it in Writer, change the directory, or set drift.%s: repair.", key),
	})
}

// changeNames names the attributes of changes.
func changeNames(changes []Change) []string {
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = c.Attribute.Word()
	}
	return slices.Compact(out)
}
