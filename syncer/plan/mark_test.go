package plan_test

import (
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

var kindOf = connectors.Extra("kind") //nolint:gochecknoglobals // a name

// contractors leaves out who has the kind contractor.
type contractors struct{}

func (contractors) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{connectors.DisplayName: u.Attributes[connectors.DisplayName]}, nil
}

func (contractors) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	if u.Attributes[kindOf] == "contractor" {
		return "people.exclude", []connectors.Attribute{kindOf}, nil
	}
	return "", []connectors.Attribute{kindOf}, nil
}

// hide gives a user a mark, as the state does: the record is as if the mark held.
func (w *world) hide(id string, m plan.Mark) *world {
	i := slices.IndexFunc(w.in.People, func(p plan.Person) bool { return p.Ref == ref(id) })
	p := &w.in.People[i]
	m.Since, m.Shown = now.Add(-time.Hour), p.User
	if w.in.Marks == nil {
		w.in.Marks = map[connectors.Ref]plan.Mark{}
	}
	w.in.Marks[ref(id)] = m
	if p.Standing == plan.Live && p.Link.OutSince.IsZero() {
		m.Attributes = nil
	}
	was := m.On(*p.User)
	p.User = &was
	return w
}

// approve approves all that a plan of the world holds.
func (w *world) approve() {
	held, _ := plan.Diff(w.input())
	w.in.Approved = map[plan.Hash]bool{}
	for _, h := range held.Held {
		for _, op := range h.Ops {
			w.in.Approved[op.Hash()] = true
		}
	}
}

func TestNotVisible(t *testing.T) {
	locked := plan.Mark{Disabled: true, By: "nsAccountLock"}
	contractor := plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "contractor"}}
	employee := plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "employee", connectors.Title: "Cook"}}
	out := func(p *plan.Person) { p.Standing, p.Link.Standing = plan.Inactive, plan.Inactive }
	const asked = ". Approve if they may have access now. If not, let the source show it again: see whether the credential may still read it, or the export still has it. " +
		"Where the source shows a value for active users too, and the configuration names it, a user who comes back needs no approval.\n"
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"an account that was deactivated, and one that never was", func(w *world) {
			w.live("ann", out).stated("bob").member("g-eng", "ann", "bob").hide("ann", locked).hide("bob", locked)
		}, `
held not-visible: 2 users of source corp were kept out by nsAccountLock, which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]
  + reactivate ann@example.com  [is in group engineering]`},
		{"approved", func(w *world) {
			w.stated("bob").member("g-eng", "bob").hide("bob", locked).approve()
		}, `
+ create bob@example.com: displayName "BOB"  [is in group engineering]
+ add bob@example.com to team Engineering  [is in group engineering]`},
		{"in no group", func(w *world) { w.live("ann", out).stated("bob").hide("ann", locked).hide("bob", locked) }, ``},
		{"an account that was not deactivated yet", func(w *world) {
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").hide("ann", locked)
		}, `
held not-visible: 1 user of source corp was kept out by nsAccountLock, which is not visible since 2026-03-02 08:00 UTC; the account stays, and is given nothing. Approve if they are active. If not, let the source show that they are disabled or left out.
  = confirm ann@example.com  [was kept out by what is not visible now]`},
		{"approved that it goes on", func(w *world) {
			w.live("ann").member("g-eng", "ann").hide("ann", locked).approve()
		}, `
= confirm ann@example.com  [was kept out by what is not visible now]`},
		{"an account that was out of scope", func(w *world) {
			w.in.Policy.Profile = contractors{}
			w.live("ann", outFor(time.Minute)).member("g-eng", "ann").hide("ann", contractor)
		}, `
held not-visible: 1 user of source corp was kept out by extra.kind "contractor", which is not visible since 2026-03-02 08:00 UTC; the account stays, and is given nothing. Approve if they are active. If not, let the source show that they are disabled or left out.
  = confirm ann@example.com  [was kept out by what is not visible now]`},
		{"a lock, and an attribute behind it", func(w *world) {
			w.in.Policy.Profile = contractors{}
			both := locked
			both.Attributes = contractor.Attributes
			w.stated("bob").member("g-eng", "bob").hide("bob", both)
		}, `
held not-visible: 1 user of source corp was kept out by nsAccountLock and extra.kind "contractor", which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]`},
		{"the address of an account that was out of scope, whose user has another one now", func(w *world) {
			w.live("ann", outFor(time.Minute), email("new@example.com")).stated("bob", email("ann@example.com")).member("g-eng", "ann", "bob")
			w.in.Policy.ExcludeGroups = []string{"contractors"}
			w.in.Excluded = []plan.Excluded{{Group: ref("g-out"), Name: "contractors", Since: now.Add(-time.Hour), Members: []uint32{0}}}
		}, `
held not-visible: 1 user of source corp was kept out by group contractors, which is not visible since 2026-03-02 08:00 UTC; the account stays, and is given nothing. Approve if they are active. If not, let the source show that they are disabled or left out.
  = confirm ann@example.com  [was kept out by what is not visible now]
held recycled-email: the e-mail of corp/bob belongs to the account of corp/ann. Give the newcomer another address, or change that of the old account, in Writer and in the directory.
  + create ann@example.com: displayName "BOB"  [is in group engineering]`},
		{"a team that does not exist", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "cooks", Team: "Kitchen"})
			w.stated("bob").group("g-cooks", "cooks").member("g-cooks", "bob").hide("bob", locked)
		}, `
warning team-missing: team "Kitchen" does not exist in Writer; group cooks is mapped to it`},
		{"an empty value shows nothing", func(w *world) {
			w.in.Policy.Profile = contractors{}
			w.stated("bob", func(p *plan.Person) { p.User.Attributes[kindOf] = "" }).member("g-eng", "bob").hide("bob", contractor)
		}, `
held not-visible: 1 user of source corp was kept out by extra.kind "contractor", which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]`},
		{"a status that says neither active nor disabled", func(w *world) {
			w.stated("bob").member("g-eng", "bob").hide("bob", locked)
			m := w.in.Marks[ref("bob")]
			m.Shown.Status = connectors.StatusUnknown
		}, `
held status-unknown: the directory states neither that bob@example.com is active nor that they are disabled. Correct the status in the directory, or tell the source's configuration what it means.
  + create bob@example.com  [is in group engineering]`},
		{"an account that was reactivated in Writer", func(w *world) {
			w.live("ann", out, remote(true, "ANN")).member("g-eng", "ann").hide("ann", locked)
		}, `
held reactivated-in-writer: the account of ann@example.com, who was kept out by nsAccountLock, which is not visible since 2026-03-02 08:00 UTC, was reactivated in Writer, and not by us. Approve to deactivate it again.
  - deactivate ann@example.com  [was kept out by nsAccountLock, which is not visible since 2026-03-02 08:00 UTC, and was reactivated in Writer]`},
		{"an account that was reactivated in Writer, where accounts are left", func(w *world) {
			w.in.Policy.Deprovision = plan.DeprovisionNone
			w.live("ann", out, remote(true, "ANN")).member("g-eng", "ann").hide("ann", locked)
		}, `
held not-visible: 1 user of source corp was kept out by nsAccountLock, which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + reactivate ann@example.com  [is in group engineering]`},
		{"a group that keeps out, whose list is empty", func(w *world) {
			w.stated("bob").stated("eve").member("g-eng", "bob", "eve").group("g-out", "contractors").member("g-out", "bob")
			w.in.Policy.ExcludeGroups = []string{"contractors"}
			w.in.Groups[1].Emptied, w.in.Groups[1].Dangling = true, []uint32{0}
		}, `
+ create eve@example.com: displayName "EVE"  [is in group engineering]
+ add eve@example.com to team Engineering  [is in group engineering]
held not-visible: 1 user of source corp was kept out by group contractors, which is not visible now` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]`},
		{"an attribute that an expression looks at", func(w *world) {
			w.in.Policy.Profile = contractors{}
			w.stated("bob").stated("eve").member("g-eng", "bob", "eve").hide("bob", contractor).hide("eve", employee)
		}, `
+ create eve@example.com: displayName "EVE"  [is in group engineering]
+ add eve@example.com to team Engineering  [is in group engineering]
held not-visible: 1 user of source corp was kept out by extra.kind "contractor", which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]`},
		{"an attribute that no expression looks at", func(w *world) {
			w.stated("bob").member("g-eng", "bob").hide("bob", contractor)
		}, `
+ create bob@example.com: displayName "BOB"  [is in group engineering]
+ add bob@example.com to team Engineering  [is in group engineering]`},
		{"a user who has an account was not kept out by it", func(w *world) {
			w.in.Policy.Profile = contractors{}
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").hide("ann", contractor)
		}, ``},
		{"a group that is listed under another name", func(w *world) {
			w.stated("bob").stated("eve").member("g-eng", "bob", "eve").group("g-out", "externals").member("g-out", "bob", "eve")
			w.in.Policy.ExcludeGroups = []string{"contractors"}
			w.in.Excluded = []plan.Excluded{{Group: ref("g-out"), Name: "contractors", Since: now.Add(-time.Hour), Members: []uint32{0}}}
		}, `
+ create eve@example.com: displayName "EVE"  [is in group engineering]
+ add eve@example.com to team Engineering  [is in group engineering]
held not-visible: 1 user of source corp was kept out by group contractors, which is not visible since 2026-03-02 08:00 UTC` + asked +
			`  + create bob@example.com: displayName "BOB"  [is in group engineering]`},
		{"a list that is empty", func(w *world) {
			w.live("ann").stated("bob").live("cid", out).member("g-eng", "ann", "bob", "cid").hadIn("t1", "ann").dormantIn("t1", "cid")
			w.in.Groups[0].Emptied, w.in.Groups[0].Dangling = true, []uint32{0, 1, 2}
		}, `
held not-visible: the list of group engineering (corp/g-eng) named members and is empty now: memberships and accounts stay. Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering is empty]`},
		{"approved that the list is empty", func(w *world) {
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann")
			w.in.Groups[0].Emptied, w.in.Groups[0].Dangling = true, []uint32{0}
			w.approve()
		}, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering is empty]`},
		{"a list that is empty, and a group that was nested in it", func(w *world) {
			w.live("ann").live("bob").group("g-sub", "sub").member("g-sub", "ann", "bob").nest("g-eng", "g-sub").feed("g-eng", -1).hadIn("t1", "ann")
			w.in.Groups[0].Emptied = true
		}, `
= link group corp/g-sub to team Engineering  [group sub is nested in a group that feeds it]
held not-visible: the list of group engineering (corp/g-eng) named members and is empty now: memberships and accounts stay. Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering is empty]
  - deactivate bob@example.com  [is in no mapped group; the list of group engineering is empty]`},
	}
	wantPlans(t, tests)
}

// TestWitness: when the absence of a fact is as good as another value of it.
func TestWitness(t *testing.T) {
	in := func(container string, u connectors.User) connectors.User { u.Container = container; return u }
	lock := func(container string) connectors.User {
		return in(container, connectors.User{Status: connectors.StatusDisabled, StatusBy: "lock"})
	}
	is := func(container, kind string) connectors.User {
		return in(container, connectors.User{Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{kindOf: kind}})
	}
	for _, tt := range []struct {
		name   string
		mark   plan.Mark
		lost   int // further users of another container who lost the same
		unread bool
		others []connectors.User
		ended  bool
	}{
		{"others of the container have the lock", plan.Mark{Disabled: true, By: "lock"}, 0, false, []connectors.User{lock("a"), lock("a")}, true},
		{"another one has it: half of them lost it", plan.Mark{Disabled: true, By: "lock"}, 0, false, []connectors.User{lock("a")}, false},
		{"others of another container have it", plan.Mark{Disabled: true, By: "lock"}, 0, false, []connectors.User{lock("b"), lock("b")}, false},
		{"the only one", plan.Mark{Disabled: true, By: "lock"}, 0, false, nil, false},
		{"others are disabled by another fact", plan.Mark{Disabled: true, By: "other"}, 0, false, []connectors.User{lock("a"), lock("a")}, false},
		{
			"an active user shows that",
			plan.Mark{Disabled: true, By: "lock"},
			0, false,
			[]connectors.User{lock("a"), lock("a"), {Status: connectors.StatusActive, StatusBy: "lock"}},
			false,
		},
		{"half of all lost it", plan.Mark{Disabled: true, By: "lock"}, 1, false, []connectors.User{lock("a"), lock("a")}, false},
		{"fewer than half of all lost it", plan.Mark{Disabled: true, By: "lock"}, 1, false, []connectors.User{lock("a"), lock("b"), lock("b")}, true},
		{"the source was not read in full", plan.Mark{Disabled: true, By: "lock"}, 0, true, []connectors.User{lock("a"), lock("a")}, false},
		{
			"others are contractors",
			plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "contractor"}},
			0, false,
			[]connectors.User{is("a", "contractor"), is("a", "contractor")},
			true,
		},
		{
			"others are contractors, and of one there is an empty value",
			plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "contractor"}},
			0, false,
			[]connectors.User{is("a", "contractor"), is("a", "contractor"), is("b", "")},
			true,
		},
		{
			"others are contractors, and one is not",
			plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "contractor"}},
			0, false,
			[]connectors.User{is("a", "contractor"), is("a", "contractor"), is("b", "employee")},
			false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.in.Policy.Profile = contractors{}
			w.stated("bob", func(p *plan.Person) { p.User.Container = "a" }).hide("bob", tt.mark)
			for range tt.lost {
				w.stated("eve", func(p *plan.Person) { p.User.Container = "b" }).hide("eve", tt.mark)
			}
			if tt.unread {
				w.in.Sources[0].Read = plan.NotRead
			}
			witness := plan.NewWitness(w.input())
			if reads := len(witness.Sources()) > 0; reads == (tt.unread || tt.mark.Judged) {
				t.Errorf("it wants to see the users of %v", witness.Sources())
			}
			for _, u := range append(tt.others, *userOf("bob")) {
				witness.See("corp", u)
			}
			ended, stay := witness.Judge()
			if slices.Contains(ended, ref("bob")) != tt.ended || slices.Contains(stay, ref("bob")) != (!tt.ended && !tt.unread && !tt.mark.Judged) {
				t.Errorf("ended %v, stay %v; want that it ends: %t", ended, stay, tt.ended)
			}
		})
	}
}
