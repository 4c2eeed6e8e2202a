package state_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A model is a ledger and a snapshot as plain maps: what the state should be.
type model struct {
	generation uint64
	stated     map[string]connectors.User
	groups     map[string]list
	last       map[string]list // of groups that are listed no more and feed a team
	links      map[string]plan.Link
	members    map[plan.RemoteID]map[string]bool // true: dormant
	feeds      map[plan.Feed]bool
	gone       map[string]time.Time
	readAt     time.Time // in full
	now        func() time.Time
	attempts   map[string]int // by op key
	marks      map[string]facts
	vanished   map[string]plan.Vanished // without an account, by ID
}

// facts are what a user showed and does not show: "status", or an attribute, with its value.
type facts map[string]string

// factsOf returns the facts that a user shows; those without a value are not worth a mark.
func factsOf(u connectors.User) facts {
	out := facts{}
	if u.Status == connectors.StatusDisabled || (u.Status == connectors.StatusActive && u.StatusBy != "") {
		out["status"] = string(u.Status)
	}
	for a, value := range u.Attributes {
		if value != "" {
			out[string(a)] = value
		}
	}
	return out
}

// factsOfGone returns those that are kept of a user who is listed no more.
func factsOfGone(u connectors.User) facts {
	out := factsOf(u)
	maps.DeleteFunc(out, func(fact, _ string) bool { return connectors.Attribute(fact).IsPersonal() })
	return out
}

// show marks what a user showed before and does not show now.
func (m *model) show(id string, before, now facts) {
	marks := facts{}
	for _, all := range []facts{m.marks[id], before} {
		for fact, value := range all {
			if _, shown := now[fact]; !shown && value != string(connectors.StatusActive) {
				marks[fact] = value
			}
		}
	}
	if delete(m.marks, id); len(marks) > 0 {
		m.marks[id] = marks
	}
}

// mark is a mark as Load gives it.
func (m *model) mark(id string) (plan.Mark, bool) {
	all, marked := m.marks[id]
	u := m.stated[id]
	u.Names = nil
	out := plan.Mark{Shown: &u, Disabled: all["status"] != "", Attributes: map[connectors.Attribute]string{}}
	for fact, value := range all {
		if fact != "status" {
			out.Attributes[connectors.Attribute(fact)] = value
		}
	}
	return out, marked
}

func newModel(now func() time.Time) *model {
	return &model{
		now:    now,
		stated: map[string]connectors.User{}, groups: map[string]list{}, links: map[string]plan.Link{},
		members: map[plan.RemoteID]map[string]bool{}, feeds: map[plan.Feed]bool{}, gone: map[string]time.Time{}, attempts: map[string]int{},
		marks: map[string]facts{}, vanished: map[string]plan.Vanished{}, last: map[string]list{},
	}
}

func (m *model) read(users []connectors.User, groups []connectors.Group) {
	m.generation++
	m.readAt = m.now()
	old := m.stated
	m.stated = map[string]connectors.User{}
	for _, u := range users {
		m.stated[u.ID] = u
		m.show(u.ID, factsOf(old[u.ID]), factsOf(u))
	}
	for id, u := range old {
		if _, stated := m.stated[id]; !stated {
			m.show(id, factsOfGone(u), nil)
			m.vanish(id, u, m.readAt)
		}
	}
	m.forgetVanished()
	m.readGroups(groups, old)
	for id, l := range m.links {
		if _, stated := m.stated[id]; l.Standing == plan.Live && !stated {
			m.since(id, m.readAt)
		}
	}
	maps.DeleteFunc(m.gone, func(id string, _ time.Time) bool { _, stated := m.stated[id]; return stated })
}

// follow takes in what changed.
func (m *model) follow(c statetest.Changes) {
	had := map[string]string{}
	for _, u := range slices.SortedFunc(slices.Values(c.Users), func(a, b connectors.User) int { return strings.Compare(a.ID, b.ID) }) {
		if before, known := m.stated[u.ID]; known && !cmp.Equal(before, u) {
			for _, name := range before.Names {
				had[name] = u.ID
			}
		}
		m.show(u.ID, factsOf(m.stated[u.ID]), factsOf(u))
		m.stated[u.ID] = u
		delete(m.gone, u.ID)
	}
	for _, id := range c.GoneUsers {
		for _, name := range m.stated[id].Names {
			had[name] = id
		}
		if u, stated := m.stated[id]; stated {
			m.show(id, factsOfGone(u), nil)
			m.vanish(id, u, m.now())
			if m.links[id].Standing == plan.Live {
				m.since(id, m.now())
			}
		}
		delete(m.stated, id)
	}
	m.forgetVanished()
	for _, id := range c.GoneGroups {
		m.loseGroup(id)
	}
	m.followGroups(c.Groups, had)
}

// vanish keeps by what a user without an active account is known again.
func (m *model) vanish(id string, u connectors.User, at time.Time) {
	if m.links[id].Standing != plan.Live && len(m.marks[id]) > 0 {
		m.vanished[id] = plan.Vanished{User: statetest.Ref(id), Since: at, Mail: plan.HashKey(connectors.CanonicalEmail(u.Email))}
	}
}

// forgetVanished drops those who are listed again.
func (m *model) forgetVanished() {
	maps.DeleteFunc(m.vanished, func(id string, _ plan.Vanished) bool { _, stated := m.stated[id]; return stated })
}

// since notes since when a user is not listed, unless that is known.
func (m *model) since(id string, at time.Time) {
	if _, known := m.gone[id]; !known {
		m.gone[id] = at
	}
}

// live notes since when a user is not listed whose standing changed.
func (m *model) live(id string) {
	_, stated := m.stated[id]
	switch standing := m.links[id].Standing; {
	case standing != plan.Live:
		delete(m.gone, id)
	case !stated && m.generation > 0:
		m.since(id, m.readAt)
	}
}

func (m *model) leaveTeams(id string) {
	for _, members := range m.members {
		delete(members, id)
	}
}

func (m *model) done(op plan.Op) {
	id := op.Person.ID
	if len(op.Reason.Marks) > 0 {
		delete(m.marks, id)
		delete(m.vanished, id)
	}
	l := m.links[id]
	l.Applied = maps.Clone(l.Applied)
	switch op.Kind {
	case plan.CreateUser, plan.AdoptUser:
		m.leaveTeams(id)
		l = plan.Link{Person: op.Person, Account: plan.RemoteID("a-" + id), Origin: plan.Created, Standing: plan.Live}
		if op.Kind == plan.AdoptUser {
			l.Account, l.Origin = op.Account, plan.Adopted
		}
	case plan.Reactivate:
		l.Standing = plan.Live
	case plan.Deactivate:
		l.Standing, l.OutSince = plan.Inactive, time.Time{}
		for _, members := range m.members {
			if _, in := members[id]; in {
				members[id] = true
			}
		}
	case plan.DeleteUser:
		l.Standing, l.OutSince = plan.Deleted, time.Time{}
		m.leaveTeams(id)
	case plan.AddMember, plan.ConfirmMember:
		if m.members[op.Team] == nil {
			m.members[op.Team] = map[string]bool{}
		}
		m.members[op.Team][id] = false
	case plan.RemoveMember:
		delete(m.members[op.Team], id)
	case plan.LinkTeam, plan.UnlinkTeam:
		m.feed(op)
		delete(m.attempts, op.Key())
		return
	}
	for _, c := range op.Changes {
		if l.Applied == nil {
			l.Applied = map[connectors.Attribute]string{}
		}
		l.Applied[c.Attribute] = c.New
		if c.Attribute == plan.UserName {
			l.RefusedEmail = ""
		}
	}
	if changing(op.Kind) || op.Makes != (plan.Fingerprint{}) {
		l.Fingerprint = op.Makes
	}
	m.links[id] = l
	m.live(id)
	delete(m.attempts, op.Key())
}

// changing reports whether ops of kind k carry changes of attributes.
func changing(k plan.Kind) bool {
	return k == plan.CreateUser || k == plan.AdoptUser || k == plan.UpdateUser || k == plan.ConfirmUser || k == plan.Reactivate
}

func (m *model) feed(op plan.Op) {
	maps.DeleteFunc(m.feeds, func(f plan.Feed, _ bool) bool { return f.Group == op.Group && f.Team == op.Team })
	if op.Kind == plan.LinkTeam {
		rule, _ := op.Change("rule")
		m.feeds[plan.Feed{Group: op.Group, Team: op.Team, Rule: rule.New}] = true
	}
	if !m.feedsTeam(op.Group.ID) {
		delete(m.last, op.Group.ID)
	}
}

func (m *model) failed(op plan.Op, out apply.Outcome) {
	m.attempts[op.Key()]++
	l, linked := m.links[op.Person.ID]
	if linked && out.RefusedEmail != "" {
		l.RefusedEmail = out.RefusedEmail
	}
	if linked && op.Kind == plan.Reactivate && out.Class == connectors.NotFound {
		l.Standing, l.OutSince = plan.Deleted, time.Time{}
		m.leaveTeams(op.Person.ID)
	}
	if linked {
		m.links[op.Person.ID] = l
		m.live(op.Person.ID)
	}
}

// input is what Load and Fill of everybody should give.
func (m *model) input() plan.Input {
	in := plan.Input{Marks: map[connectors.Ref]plan.Mark{}}
	if m.generation > 0 {
		in.Sources = []plan.Source{{Name: "corp"}}
	}
	ids := map[string]bool{}
	for id := range m.stated {
		ids[id] = true
	}
	for id := range m.links {
		ids[id] = true
	}
	sorted := slices.Sorted(maps.Keys(ids))
	for _, id := range sorted {
		p := plan.Person{Ref: statetest.Ref(id), Gone: m.gone[id]}
		if u, ok := m.stated[id]; ok {
			u.Names = nil // they are for lists
			if mark, marked := m.mark(id); marked {
				in.Marks[p.Ref] = mark
				if l := m.links[id]; l.Standing == plan.Live && l.OutSince.IsZero() {
					mark.Attributes = nil
				}
				u = mark.On(u)
			}
			p.User = &u
		}
		if l, ok := m.links[id]; ok {
			p.Link, p.Account, p.Standing = &l, l.Account, l.Standing
		}
		in.People = append(in.People, p)
	}
	indexes := func(has func(id string) bool) []uint32 {
		var out []uint32
		for i, id := range sorted {
			if has(id) {
				out = append(out, uint32(i))
			}
		}
		return out
	}
	for _, id := range slices.Sorted(maps.Keys(m.groups)) {
		in.Groups = append(in.Groups, m.group(plan.Group{Ref: statetest.Ref(id), Name: "name of " + id}, m.groups[id], indexes))
	}
	for _, id := range slices.Sorted(maps.Keys(m.vanished)) {
		v := m.vanished[id]
		v.Mark, _ = m.mark(id)
		v.Mark.Shown = nil
		in.Vanished = append(in.Vanished, v)
	}
	in.Feeds = slices.SortedFunc(maps.Keys(m.feeds), func(a, b plan.Feed) int {
		return strings.Compare(a.Group.ID+"\x00"+string(a.Team), b.Group.ID+"\x00"+string(b.Team))
	})
	for _, team := range []plan.RemoteID{"t1", "t2"} {
		had := indexes(func(p string) bool { _, in := m.members[team][p]; return in })
		fed := slices.ContainsFunc(in.Feeds, func(f plan.Feed) bool { return f.Team == team })
		if len(had) > 0 || fed {
			in.Teams = append(in.Teams, plan.Team{ID: team, Known: true, Had: had, Dormant: indexes(func(p string) bool { return m.members[team][p] })})
		}
	}
	return in
}

// TestModel settles and reads at random, and holds the state against maps.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		path := filepath.Join(dir, fmt.Sprintf("state-%d.db", round))
		clock := statetest.NewClock()
		step := rapid.SampledFrom([]int{0, 16 << 10}).Draw(r, "step") // memberships go into the links after four changes
		db, err := state.Open(t.Context(), path, state.Options{Now: clock.Now, Step: step})
		must(t, err)
		defer func() { must(t, db.Close()) }()
		if rapid.Bool().Draw(r, "give memory back") {
			db.GiveBackFrom(0)
		}
		m := newModel(clock.Now)
		w := &statetest.World{T: t, Store: db, Clock: clock}
		r.Repeat(map[string]func(*rapid.T){
			"read":   func(r *rapid.T) { readRandom(r, w, m) },
			"follow": func(r *rapid.T) { followRandom(r, w, m) },
			"settle": func(r *rapid.T) { settleRandom(r, w, m) },
			"scope":  func(r *rapid.T) { leaveScopeRandom(r, w, m) },
			"":       func(r *rapid.T) { compare(r, w, m) },
		})
		if err := db.Check(t.Context()); err != nil {
			r.Fatal(err)
		}
	})
}

func readRandom(r *rapid.T, w *statetest.World, m *model) {
	users, groups := stateRandom(r, 1)
	w.ReadAt("corp", "cursor", users, groups...)
	m.read(users, groups)
}

// followRandom is a reading of changes: who is stated was made or changed, and some
// others are gone.
func followRandom(r *rapid.T, w *statetest.World, m *model) {
	var c statetest.Changes
	c.Users, c.Groups = stateRandom(r, 0)
	for _, id := range []string{"ann", "bob", "cid", "dan", "eve"} {
		if !slices.ContainsFunc(c.Users, func(u connectors.User) bool { return u.ID == id }) && rapid.IntRange(0, 2).Draw(r, "gone "+id) == 0 {
			c.GoneUsers = append(c.GoneUsers, id)
		}
	}
	for _, id := range []string{"g1", "g2"} {
		if !slices.ContainsFunc(c.Groups, func(g connectors.Group) bool { return g.ID == id }) && rapid.IntRange(0, 2).Draw(r, "gone "+id) == 0 {
			c.GoneGroups = append(c.GoneGroups, id)
		}
	}
	before := maps.Clone(m.groups)
	moved, err := w.Follow("corp", "next", c)
	if m.generation == 0 {
		if !errors.Is(err, connectors.ErrCursorLost) {
			r.Fatalf("changes of what was never read: %v", err)
		}
		return
	}
	w.Must(err)
	m.follow(c)
	want := map[string][]string{}
	for id, l := range before {
		want[id] = slices.Sorted(maps.Keys(except(l.people(), m.groups[id].people())))
	}
	maps.DeleteFunc(want, func(_ string, left []string) bool { return len(left) == 0 })
	got := map[string][]string{}
	for _, l := range moved.Lost {
		slices.Sort(l.Members)
		got[l.Group] = l.Members
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Fatalf("whom groups lost (-want +got):\n%s", diff)
	}
}

// stateRandom is at least so many users, and some groups.
func stateRandom(r *rapid.T, atLeast int) ([]connectors.User, []connectors.Group) {
	person := rapid.SampledFrom([]string{"ann", "bob", "cid", "dan", "eve"})
	var users []connectors.User
	for _, id := range rapid.SliceOfNDistinct(person, atLeast, 5, rapid.ID[string]).Draw(r, "users") {
		u := statetest.User(id)
		if rapid.Bool().Draw(r, "disabled") {
			u = statetest.Disabled(id)
		}
		switch rapid.IntRange(0, 2).Draw(r, "shows") {
		case 0:
			u.StatusBy = "status"
		case 1:
			u.Attributes = map[connectors.Attribute]string{connectors.Extra("kind"): rapid.SampledFrom([]string{"", "one", "two"}).Draw(r, "title")}
		}
		for _, name := range []string{"old name of " + id, "new name of " + id, "shared name"} {
			if rapid.IntRange(0, 2).Draw(r, name) == 0 {
				u.Names = append(u.Names, name)
			}
		}
		users = append(users, u)
	}
	references := []string{"shared name", "nothing"}
	for _, id := range []string{"ann", "bob", "cid", "dan", "eve"} {
		references = append(references, id, "old name of "+id, "new name of "+id)
	}
	var groups []connectors.Group
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"g1", "g2"}), 0, 2, rapid.ID[string]).Draw(r, "groups") {
		var members []string
		for range rapid.IntRange(0, 6).Draw(r, "members") {
			members = append(members, rapid.SampledFrom(references).Draw(r, "member"))
		}
		groups = append(groups, statetest.Group(id, members...))
	}
	return users, groups
}

func settleRandom(r *rapid.T, w *statetest.World, m *model) {
	op := randomOp(r, m)
	out := statetest.DoneOf(op)
	switch rapid.SampledFrom([]apply.Result{apply.Done, apply.Done, apply.Done, apply.Failed, apply.Skipped}).Draw(r, "result") {
	case apply.Done:
		m.done(op)
	case apply.Failed:
		out = apply.Outcome{Result: apply.Failed, Class: rapid.SampledFrom([]connectors.Class{connectors.NotFound, connectors.Transient}).Draw(r, "class")}
		if op.Kind == plan.UpdateUser && rapid.Bool().Draw(r, "refused") {
			out.RefusedEmail = "refused@example.com"
		}
		m.failed(op, out)
	default:
		out = apply.Outcome{Result: apply.Skipped}
	}
	w.Settle(op, out)
}

// leaveScopeRandom stores of two people since when they are out of scope. One without a link
// is passed over.
func leaveScopeRandom(r *rapid.T, w *statetest.World, m *model) {
	var people []store.Outside
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ann", "bob", "cid"}), 1, 2, rapid.ID[string]).Draw(r, "people") {
		since := rapid.SampledFrom([]time.Time{{}, statetest.Start(), statetest.Start().Add(time.Hour)}).Draw(r, "since")
		people = append(people, store.Outside{Person: store.Ref(statetest.Ref(id)), Since: since})
		if l, linked := m.links[id]; linked {
			l.OutSince = since
			m.links[id] = l
		}
	}
	w.Update(func(tx syncer.Writer) error { return tx.SetOutside(people) })
}

func randomOp(r *rapid.T, m *model) plan.Op {
	if rapid.IntRange(0, 5).Draw(r, "feeds") == 0 {
		group := rapid.SampledFrom([]string{"g1", "g2", "g3"}).Draw(r, "group")
		team := rapid.SampledFrom([]plan.RemoteID{"t1", "t2"}).Draw(r, "team")
		if rapid.Bool().Draw(r, "unlink") {
			return statetest.Unfeed(group, team)
		}
		return statetest.Feed(group, team, "", rapid.SampledFrom([]string{"", "a => b"}).Draw(r, "rule"))
	}
	id := rapid.SampledFrom([]string{"ann", "bob", "cid", "dan", "eve"}).Draw(r, "person")
	op := statetest.Create(statetest.User(id))
	if _, linked := m.links[id]; linked {
		kinds := slices.DeleteFunc(plan.Kinds()[2:], func(k plan.Kind) bool { return k == plan.MoveLink || k == plan.JoinPerson })
		kind := rapid.SampledFrom(kinds).Draw(r, "kind")
		op = statetest.Member(kind, id, rapid.SampledFrom([]plan.RemoteID{"t1", "t2"}).Draw(r, "team"))
		if kind == plan.CreateUser {
			op.Account = ""
		}
	}
	if changing(op.Kind) && rapid.Bool().Draw(r, "changes") {
		op.Changes = statetest.Update(statetest.User(id)).Changes
	}
	if op.Person.ID != "" && rapid.IntRange(0, 3).Draw(r, "marks") == 0 {
		op.Reason.Marks = []plan.Claim{{Kind: connectors.UserObject, Ref: op.Person}}
	}
	if rapid.Bool().Draw(r, "makes") {
		op.Makes = plan.FingerprintOf(statetest.User(id))
	}
	return op
}

func compare(r *rapid.T, w *statetest.World, m *model) {
	in := w.Load()
	keys := map[string]int{}
	for _, retry := range in.Retries {
		keys[retry.Key] = retry.Attempts
	}
	if diff := cmp.Diff(m.attempts, keys); diff != "" {
		r.Fatalf("retries (-want +got):\n%s", diff)
	}
	in.Retries = nil
	all := make([]uint32, len(in.People))
	for i := range all {
		all[i] = uint32(i)
	}
	w.Must(w.Fill(&in, all...))
	in.Version = 0
	if diff := cmp.Diff(m.input(), in, cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(plan.Feed{}, "Gone"), cmpopts.IgnoreFields(plan.Mark{}, "Since", "By"), cmpopts.IgnoreUnexported(plan.Mark{}), cmpopts.IgnoreFields(connectors.User{}, "StatusBy")); diff != "" {
		r.Fatalf("input (-want +got):\n%s", diff)
	}
}
