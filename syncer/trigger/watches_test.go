package trigger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/syncer"
	"writersync/syncer/trigger"
)

// TestWatches: a source that is not watched stays so since it was first said, with what is
// wrong now; who is not to be watched is forgotten.
func TestWatches(t *testing.T) {
	w := trigger.NewWatches((*syncer.Metrics)(nil))
	at := func(minute int) time.Time { return time.Date(2026, 3, 2, 9, minute, 0, 0, time.UTC) }
	lost := func(source string, minute int, why string) {
		w.Watched(syncer.Watch{Source: source, Since: at(minute), Error: why, Again: at(minute + 1)})
	}
	w.Watched(syncer.Watch{Source: "hr", Since: at(0)})
	lost("corp", 1, "the connection was lost")
	lost("corp", 2, "no answer")
	want := []syncer.Watch{{Source: "corp", Since: at(1), Error: "no answer", Again: at(3)}, {Source: "hr", Since: at(0)}}
	if diff := cmp.Diff(want, w.All()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.Watched(syncer.Watch{Source: "corp", Since: at(3)})
	lost("corp", 4, "the connection was lost")
	w.Unwatched("hr")
	want = []syncer.Watch{{Source: "corp", Since: at(4), Error: "the connection was lost", Again: at(5)}}
	if diff := cmp.Diff(want, w.All()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
