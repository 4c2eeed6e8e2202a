package connectors_test

import (
	"testing"

	"writersync/connectors"
)

func TestDenies(t *testing.T) {
	for _, tt := range []struct {
		status connectors.Status
		shows  string
		by     string
		denies bool
	}{
		{connectors.StatusActive, "", "lock", false},
		{connectors.StatusActive, "lock", "lock", true},
		{connectors.StatusActive, "kind=on duty lock", "lock", true},
		{connectors.StatusActive, "kind=staff", "lock", false},
		{connectors.StatusActive, "status=active", "status=left", true},
		{connectors.StatusActive, "status", "status2=left", false},
		{connectors.StatusActive, "kind=staff", "", true}, // it is not known by what
		{connectors.StatusActive, "", "", false},
		{connectors.StatusUnknown, "lock", "lock", false},
		{connectors.StatusDisabled, "lock", "lock", false},
	} {
		u := connectors.User{Status: tt.status, StatusBy: tt.shows}
		if got := u.Denies(tt.by); got != tt.denies {
			t.Errorf("%q by %q denies %q: %t, want %t", tt.status, tt.shows, tt.by, got, tt.denies)
		}
	}
}
