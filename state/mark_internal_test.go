package state

import (
	"testing"
	"time"

	"writersync/connectors"
)

// TestMarkIsJudgedOnce: that another attribute is left out later says nothing new of what a mark
// was judged for; that the fact is shown again does.
func TestMarkIsJudgedOnce(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	judged := mark{Since: at, Disabled: true, By: "lock", Judged: true}
	titled := connectors.User{Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{connectors.Title: "Cook"}}
	plain := connectors.User{Status: connectors.StatusActive}
	locked := connectors.User{Status: connectors.StatusDisabled, StatusBy: "lock"}
	for name, tt := range map[string]struct {
		before, now connectors.User
		want        bool
	}{
		"nothing changes":           {plain, plain, true},
		"an attribute is left out":  {titled, plain, true},
		"an attribute is shown":     {plain, titled, true},
		"the lock is shown":         {plain, locked, false},
		"the lock is left out anew": {locked, plain, true},
	} {
		if got := judged.of(&tt.before, tt.now, at.Add(time.Hour)); got.Judged != tt.want {
			t.Errorf("%s: judged %t, want %t", name, got.Judged, tt.want)
		}
	}
	again := judged.of(&plain, locked, at)
	if got := again.of(&locked, titled, at); got.Judged || !got.Disabled {
		t.Errorf("locked again, and the lock left out: %+v", got)
	}
}

// TestMarksOfTheGone: the mark of a user who is not listed is kept for more than a year, and not for ever.
func TestMarksOfTheGone(t *testing.T) {
	if goneFor < 366*24*time.Hour {
		t.Error("a user who comes back after a year is let in")
	}
}
