package connectortest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Differ returns how what changes led to differs from what a whole reading states, and
// nothing if it does not: in any order, containers and faults included.
func Differ(whole, followed *Collect) string {
	return cmp.Diff(whole.Resolved().ordered(), followed.Resolved().ordered(), cmpopts.EquateEmpty())
}

// WantSame fails the test if what changes led to differs from what a whole reading
// states.
func WantSame(t testing.TB, whole, followed *Collect) {
	t.Helper()
	if diff := Differ(whole, followed); diff != "" {
		t.Errorf("the changes led to something else (-read +followed):\n%s", diff)
	}
}
