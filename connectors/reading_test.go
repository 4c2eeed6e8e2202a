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

// TestUsersComeFirst: in a full read, and not where changes are read.
func TestUsersComeFirst(t *testing.T) {
	r := connectors.NewReading("corp", &connectortest.Collect{})
	if err := errors.Join(r.User(connectors.User{ID: "ada"}), r.Group(connectors.Group{ID: "g"})); err != nil {
		t.Fatal(err)
	}
	if err := r.User(connectors.User{ID: "bob"}); !errors.Is(err, connectors.ErrOrder) {
		t.Errorf("a user after a group: %v, want ErrOrder", err)
	}
	changes := connectors.NewChanges("corp", &connectortest.Collect{})
	if err := errors.Join(changes.Group(connectors.Group{ID: "g"}), changes.User(connectors.User{ID: "bob"})); err != nil {
		t.Errorf("changes in another order: %v", err)
	}
}

// TestManyNames: a user with more names than any entry has is faulty, and named by none.
func TestManyNames(t *testing.T) {
	kept := &connectortest.Collect{}
	if err := connectors.NewReading("corp", kept).User(connectors.User{ID: "ada", Names: make([]string, 101)}); err != nil {
		t.Fatal(err)
	}
	if u := kept.Users[0]; u.Names != nil || u.Fault != "has more than 100 names" {
		t.Errorf("%d names, fault %q", len(u.Names), u.Fault)
	}
}
