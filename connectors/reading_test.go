package connectors_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestUnusable: a value that cannot be used is left out and named, whichever attribute it is
// of, and nothing else of the user is.
func TestUnusable(t *testing.T) {
	values := map[string]string{
		strings.Repeat("x", 1025): "is longer than 1024 bytes", "caf\xe9@example.com": "is not UTF-8", "a\tb@example.com": "has control characters",
	}
	attributes := []connectors.Attribute{connectors.Email, connectors.Extra("kind")}
	for _, word := range connectors.AttributeWords() {
		a, _ := connectors.AttributeNamed(word)
		attributes = append(attributes, a)
	}
	for _, a := range attributes {
		for value, why := range values {
			u := connectors.User{ID: "ada", Email: "ada@example.com", Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{}}
			for _, other := range attributes[1:] {
				u.Attributes[other] = "usable"
			}
			want := u
			want.Attributes, want.Unusable = maps.Clone(u.Attributes), map[connectors.Attribute]string{a: why}
			if a == connectors.Email {
				u.Email, want.Email = value, ""
			} else {
				u.Attributes[a] = value
				delete(want.Attributes, a)
			}
			kept := &connectortest.Collect{}
			if err := connectors.NewReading("corp", kept).User(u); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, kept.Users[0]); diff != "" {
				t.Errorf("%s that %s (-want +got):\n%s", a.Word(), why, diff)
			}
			if a != connectors.Email && u.Attributes[a] != value {
				t.Errorf("the user that was listed has changed: %+v", u)
			}
		}
	}
}

// TestUnusableEmail: only an ASCII address is one; what a connector could not use is not
// used, whatever is beside it.
func TestUnusableEmail(t *testing.T) {
	for _, mail := range []string{"no address", "\u0430da@example.com", "ada@@example.com"} {
		kept := &connectortest.Collect{}
		said := map[connectors.Attribute]string{connectors.Title: "is a list"}
		u := connectors.User{ID: "ada", Email: mail, Unusable: said, Attributes: map[connectors.Attribute]string{connectors.Title: "Boss"}}
		if err := connectors.NewReading("corp", kept).User(u); err != nil {
			t.Fatal(err)
		}
		want := connectors.User{
			ID: "ada", Attributes: map[connectors.Attribute]string{},
			Unusable: map[connectors.Attribute]string{connectors.Email: "is not an ASCII address", connectors.Title: "is a list"},
		}
		if diff := cmp.Diff(want, kept.Users[0]); diff != "" || len(said) != 1 {
			t.Errorf("%q (-want +got):\n%s", mail, diff)
		}
	}
}
