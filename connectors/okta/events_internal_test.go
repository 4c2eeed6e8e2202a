package okta

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEventsAreDocumented holds the list in the handbook against the events that are
// looked for: whoever sets up an event hook copies it.
func TestEventsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/okta.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("`((?:user|group)\\.[a-z_]+\\.[a-z_.]+)`").FindAllSubmatch(text, -1) {
		documented = append(documented, string(m[1]))
	}
	slices.Sort(documented)
	if diff := cmp.Diff(interesting(), documented); diff != "" {
		t.Errorf("events in docs/okta.md (-want +got):\n%s", diff)
	}
}
