package connectors_test

import (
	"errors"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

// TestRefusedIDs states the same ID twice, for people and for groups. What is said
// of it names no person and fills no log.
func TestRefusedIDs(t *testing.T) {
	tests := []struct {
		name, id string
		want     error
		says     string
	}{
		{"plain", "4711", connectors.ErrDuplicate, ` "4711": the source`},
		{"an e-mail", "ada@example.com", connectors.ErrDuplicate, " number 2: the source"},
		{"long", strings.Repeat("7", 65), connectors.ErrDuplicate, " number 2: the source"},
		{"as long as can be", strings.Repeat("7", 1024), connectors.ErrDuplicate, " number 2: the source"},
		{"too long", strings.Repeat("7", 1025), connectors.ErrLongID, " number 1: the source stated an ID that is longer than 1024 bytes"},
		{"hostile", strings.Repeat("7", 40<<10), connectors.ErrLongID, " number 1: the source"},
		{"none", "", connectors.ErrNoID, " number 1: the source"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := connectors.NewReading("corp", &connectortest.Collect{})
			user := errors.Join(r.User(connectors.User{ID: tt.id}), r.User(connectors.User{ID: tt.id}))
			group := errors.Join(r.Group(connectors.Group{ID: tt.id}), r.Group(connectors.Group{ID: tt.id}))
			for kind, err := range map[string]error{"user": user, "group": group} {
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), kind+tt.says) {
					t.Errorf("%s: got %.200v, want %q", kind, err, tt.says)
				}
				if strings.Contains(err.Error(), "@") || len(err.Error()) > 200 {
					t.Errorf("%s: the message shows the ID: %.200v", kind, err)
				}
			}
		})
	}
}
