//go:build e2e

package ldap_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

const south, north = "ou=south," + slapdtest.UsersBase, "ou=north," + slapdtest.UsersBase

// TestNamesThatMove: what changed in a group is stated with the members that a whole
// reading finds, or not at all, whoever has whose name or uid by now.
func TestNamesThatMove(t *testing.T) {
	person := func(uid string) map[string][]string {
		return map[string][]string{
			"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {uid}, "sn": {uid}, "mail": {strings.ToLower(uid) + "@example.com"},
		}
	}
	tests := []struct {
		name   string
		before func(*slapdtest.Server)
		change func(*testing.T, *slapdtest.Server)
		group  int
	}{
		{
			name: "two people exchange their uids", group: 2,
			change: func(_ *testing.T, s *slapdtest.Server) {
				s.Move(slapdtest.PersonDN(9), "uid=x", "")
				s.Move(slapdtest.PersonDN(1), "uid=u00009", "")
				s.Move("uid=x,"+south, "uid=u00001", "")
				s.Modify(slapdtest.GroupDN(2), "description", "touched")
			},
		},
		{
			name: "somebody gets the uid of a leaver", group: 2,
			change: func(_ *testing.T, s *slapdtest.Server) {
				s.Delete(slapdtest.PersonDN(9))
				s.Move(slapdtest.PersonDN(1), "uid=u00009", "")
				s.Exclude(slapdtest.GroupDN(2), "memberUid", "u00001")
			},
		},
		{
			name: "a unit is renamed",
			change: func(t *testing.T, s *slapdtest.Server) {
				s.Move(north, "ou=nord", "")
				settled(t, s, slapdtest.GroupDN(0), "ou=nord")
				s.Modify(slapdtest.GroupDN(0), "description", "touched")
			},
		},
		{
			name:   "a unit takes the name of another",
			before: func(s *slapdtest.Server) { s.Add("uid=u00004,"+south, person("u00004")) },
			change: func(_ *testing.T, s *slapdtest.Server) {
				s.Move(north, "ou=old", "")
				s.Move(south, "ou=north", "")
				s.Include(slapdtest.GroupDN(0), "member", "uid=u00004,"+north)
			},
		},
		{
			name: "the name of a leaver in another spelling",
			before: func(s *slapdtest.Server) {
				s.Add("uid=Ann,"+south, person("Ann"))
				s.Include(slapdtest.GroupDN(0), "member", "uid=Ann,"+south)
			},
			change: func(t *testing.T, s *slapdtest.Server) {
				s.Delete("uid=Ann," + south)
				s.Move(slapdtest.PersonDN(1), "uid=ann", "")
				settled(t, s, slapdtest.GroupDN(0), "uid=ann,")
				s.Exclude(slapdtest.GroupDN(0), "member", "uid=ann,"+south)
				s.Include(slapdtest.GroupDN(0), "member", "uid=Ann,"+south)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 3, GroupSize: 4, Sync: slapdtest.SyncLog})
			if tt.before != nil {
				tt.before(s)
			}
			c, _ := open(t, config(s))
			held, complete := connectortest.MustRead(t, c)
			tt.change(t, s)
			told, _, err := connectortest.Changes(t, c, complete.Evidence().Cursor)
			if errors.Is(err, connectors.ErrCursorLost) {
				return // it is read whole
			}
			if err != nil {
				t.Fatal(err)
			}
			name := []string{"g000", "g001", "g002"}[tt.group]
			whole, _ := connectortest.MustRead(t, c)
			held.Apply(told)
			if want, got := whole.ByName(t, name), held.ByName(t, name); !slices.Equal(want.Members, got.Members) {
				t.Errorf("members of %s: a whole reading has %v, changes state %v", name, want.Members, got.Members)
			}
		})
	}
}

// TestWatchOfUnits: nothing below a unit that is renamed changes by itself, and still it
// rings.
func TestWatchOfUnits(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 3, GroupSize: 4, Sync: slapdtest.SyncLog})
	c, _ := open(t, config(s))
	ctx, cancel := context.WithCancel(t.Context())
	rang, ended := make(chan struct{}, 1000), make(chan error, 1)
	go func() { ended <- c.Watch(ctx, func() { rang <- struct{}{} }) }()
	defer cancel()
	hear(t, rang, ended)
	s.Move(north, "ou=far north", "")
	hear(t, rang, ended)
}

// TestWatchOfItself: that the server notes on writersync's own entry when it bound is no
// change, or each look at what changed would ask for the next.
func TestWatchOfItself(t *testing.T) {
	own := "uid=robot," + south
	s := slapdtest.Start(t, slapdtest.Options{
		People: 10, Groups: 3, GroupSize: 4, Sync: slapdtest.SyncLog,
		LDIF: "dn: " + own + "\nobjectClass: inetOrgPerson\nuid: robot\ncn: Robot\nsn: Robot\nmail: robot@example.com\nuserPassword: " + slapdtest.Password + "\n\n",
	})
	cfg := config(s)
	cfg.Bind.DN = own
	c, _ := open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	rang, ended := make(chan struct{}, 1000), make(chan error, 1)
	go func() { ended <- c.Watch(ctx, func() { rang <- struct{}{} }) }()
	defer cancel()
	touch := func(dn string) { s.Modify(dn, "displayName", rand.Text()) }
	hear(t, rang, ended)
	touch(slapdtest.PersonDN(1))
	hear(t, rang, ended)
	quiet := func() (rings int) {
		for {
			select {
			case <-rang:
				rings++
			case <-time.After(300 * time.Millisecond):
				return rings
			}
		}
	}
	quiet()
	touch(own)
	touch(slapdtest.PersonDN(1))
	if rings := quiet(); rings != 1 {
		t.Errorf("%d rings, want one, of the other's entry", rings)
	}
}

// hear waits for a ring: the first says that it watches.
func hear(t *testing.T, rang <-chan struct{}, ended <-chan error) {
	t.Helper()
	select {
	case <-rang:
	case err := <-ended:
		t.Fatalf("the watch ended: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("it did not ring")
	}
}

// settled waits until a group has a member of such a name: the server corrects names in
// groups a moment after it moved who has them.
func settled(t *testing.T, s *slapdtest.Server, group, part string) {
	t.Helper()
	for range 100 {
		if slices.ContainsFunc(s.Members(slapdtest.GroupsBase)[group], func(m string) bool { return strings.Contains(m, part) }) {
			return
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("no member of %s has a name with %s", group, part)
}
