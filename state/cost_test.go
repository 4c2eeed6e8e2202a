package state

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// cost is what some commits wrote: pages, and a meta page for each.
type cost struct{ commits, bytes int64 }

func costOf(t testing.TB, db *DB, do func()) cost {
	t.Helper()
	now := func() (c cost) {
		err := db.view(func(tx *bolt.Tx) error {
			c.commits = int64(tx.ID())
			stats := tx.DB().Stats()
			c.bytes = stats.TxStats.GetPageAlloc() + c.commits*pageSize
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := now()
	do()
	after := now()
	return cost{after.commits - before.commits, after.bytes - before.bytes}
}

// pagesOf lists the pages of a state's file by the bucket they are of.
func pagesOf(t testing.TB, db *DB) map[string]map[uint64]bool {
	t.Helper()
	f, err := os.Open(db.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	l := lister{t: t, w: pageWalk{file: f, size: info.Size()}, pages: map[string]map[uint64]bool{}}
	root, err := l.w.meta()
	if err != nil {
		t.Fatal(err)
	}
	l.page("top", root)
	return l.pages
}

type lister struct {
	t     testing.TB
	w     pageWalk
	pages map[string]map[uint64]bool
}

func (l lister) page(bucket string, id uint64) {
	b, err := l.w.read(nil, id)
	if err != nil {
		l.t.Fatal(err)
	}
	if l.pages[bucket] == nil {
		l.pages[bucket] = map[uint64]bool{}
	}
	for i := range uint64(len(b) / pageSize) {
		l.pages[bucket][id+i] = true
	}
	l.elements(bucket, b)
}

func (l lister) elements(bucket string, b []byte) {
	all, err := readElements(nil, b, int(binary.NativeEndian.Uint16(b[10:])), binary.NativeEndian.Uint16(b[8:]))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range all {
		below := strings.TrimPrefix(bucket+"/"+string(e.key[:min(len(e.key), 16)]), "top/")
		switch {
		case e.page != 0:
			l.page(bucket, e.page)
		case !e.bucket:
		case binary.NativeEndian.Uint64(e.value) != 0:
			l.page(below, binary.NativeEndian.Uint64(e.value))
		default:
			l.elements(below, e.value[bucketHead:])
		}
	}
}

// writtenPages does something in one commit, and returns how many pages of each bucket
// that wrote.
func writtenPages(t testing.TB, db *DB, do func()) map[string]int {
	t.Helper()
	before := pagesOf(t, db)
	if c := costOf(t, db, do); c.commits != 1 {
		t.Fatalf("%d commits, want one", c.commits)
	}
	out := map[string]int{}
	for bucket, pages := range pagesOf(t, db) {
		for id := range pages {
			if !before[bucket][id] { // pages are never changed in place
				out[bucket]++
			}
		}
	}
	var lines []string
	for _, bucket := range slices.Sorted(maps.Keys(out)) {
		lines = append(lines, fmt.Sprintf("%s %d", bucket, out[bucket]))
	}
	t.Logf("pages written: %s", strings.Join(lines, ", "))
	return out
}

const linkedTeams = 500

func teamAt(i int) plan.RemoteID { return plan.RemoteID(fmt.Sprint("team-", i)) }

func accountAt(i int) plan.RemoteID { return plan.RemoteID(fmt.Sprintf("acc-%04d", i+1)) }

func refAt(i int) connectors.Ref { return connectors.Ref{Source: "corp", ID: personID(i)} }

func createAt(i int) plan.Op {
	u := personAt(i)
	op := plan.Op{Kind: plan.CreateUser, Person: refAt(i), Makes: plan.FingerprintOf(u), Reason: plan.Reason{Basis: plan.Shown, Text: "is in group Group 000007"}}
	for _, a := range slices.Sorted(maps.Keys(u.Attributes)) {
		op.Changes = append(op.Changes, plan.Change{Attribute: a, New: u.Attributes[a]})
	}
	op.Changes = append(op.Changes, plan.Change{Attribute: plan.UserName, New: u.Email})
	return op
}

func renameAt(i int) plan.Op {
	return plan.Op{
		Kind: plan.UpdateUser, Person: refAt(i), Account: accountAt(i), Reason: plan.Reason{Basis: plan.Shown, Text: "changed in corp"},
		Changes: []plan.Change{{Attribute: connectors.DisplayName, Old: personAt(i).Attributes[connectors.DisplayName], New: fmt.Sprint("Renamed ", i)}},
	}
}

func memberAt(kind plan.Kind, i, team int) plan.Op {
	return plan.Op{
		Kind: kind, Person: refAt(i), Account: accountAt(i), Team: teamAt(team), TeamName: fmt.Sprint("Team ", team),
		Reason: plan.Reason{Basis: plan.Shown, Text: fmt.Sprintf("is in group Group %06d", team)},
	}
}

// settledCompany is a company whose people have accounts, and are in two teams each.
func settledCompany(t testing.TB, people int) *DB {
	t.Helper()
	db := openTest(t)
	users, groups := company(people)
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	var ops []plan.Op
	for i := range people {
		ops = append(ops, createAt(i), memberAt(plan.AddMember, i, 0), memberAt(plan.AddMember, i, i%linkedTeams))
		if len(ops) >= 3000 || i == people-1 {
			doAll(t, db, ops)
			ops = nil
		}
	}
	return db
}

// doAll settles ops as done.
func doAll(t testing.TB, db *DB, ops []plan.Op) {
	t.Helper()
	out := make([]apply.Outcome, len(ops))
	for i, op := range ops {
		out[i] = apply.Outcome{Result: apply.Done, Account: plan.Account{ID: op.Account}}
		if op.Account == "" {
			out[i].Account.ID = "x-" + plan.RemoteID(op.Person.ID)
		}
	}
	closeAll(t, db, ops, out)
}

func approveAll(t testing.TB, db *DB, ops []plan.Op) {
	t.Helper()
	now := db.now()
	held := plan.Held{Why: "gate", Ops: ops}.Stored()
	a := store.Approval{Hold: string(plan.Held{Ops: ops}.Hash()), Why: held.Why, By: "root", At: now, Expires: now.Add(24 * time.Hour), Ops: len(ops)}
	if err := db.Update(t.Context(), func(tx syncer.Writer) error { return tx.Approve(a, held.Ops) }); err != nil {
		t.Fatal(err)
	}
}

// linkedWriter is a Writer with the accounts and teams of settledCompany, which takes
// one request after the other, as one with a pace does.
func linkedWriter(people int) *applytest.Writer {
	names := make([]string, linkedTeams)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	w := applytest.New(names...)
	for i := range people {
		w.Invite(personAt(i).Email)
	}
	var pace sync.Mutex
	w.Before = func(applytest.Entry) error {
		pace.Lock()
		defer pace.Unlock()
		return nil
	}
	return w
}

// apply8 applies ops with eight requests at a time.
func apply8(t testing.TB, db *DB, w *applytest.Writer, ops []plan.Op) cost {
	t.Helper()
	a := apply.New(apply.Options{Target: w, Reader: w, Journal: db, Concurrency: 8, Now: time.Now})
	return costOf(t, db, func() {
		report, err := a.Run(t.Context(), plan.Plan{Ops: ops}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for kind, tally := range report.Counts {
			if tally.Failed+tally.Skipped > 0 {
				t.Fatalf("%s: %+v", kind, tally)
			}
		}
	})
}

// costPeople is how many people the company of TestCosts has.
const costPeople = 10_000

func TestCosts(t *testing.T) {
	db := settledCompany(t, costPeople)
	t.Run("requests", func(t *testing.T) { costOfRequests(t, db) })
	t.Run("pages", func(t *testing.T) { pagesOfAStep(t, db) })
}

// costOfRequests: at eight requests at a time, eight take one commit, and one more ends
// the run; and a request writes little.
func costOfRequests(t *testing.T, db *DB) {
	const people, requests = costPeople, 200
	w := linkedWriter(people)
	var creates, renames, members []plan.Op
	for k := range requests {
		i := people + k
		creates = append(creates, createAt(i))
		renames = append(renames, renameAt(k*people/requests))
		for m := range 8 { // of a team
			members = append(members, memberAt(plan.AddMember, (k*37+m*1237)%people, k+1))
		}
	}
	approveAll(t, db, slices.Concat(creates, renames, members))
	for _, tt := range []struct {
		name string
		ops  []plan.Op
		most int64 // bytes a request
	}{{"create", creates, 12 << 10}, {"rename", renames, 14 << 10}, {"edit a team", members, 14 << 10}} {
		before := len(w.Log())
		c := apply8(t, db, w, tt.ops)
		sent := int64(len(w.Log()) - before)
		t.Logf("%s: %d requests, %d commits, %d bytes written a request", tt.name, sent, c.commits, c.bytes/sent)
		if sent != requests || c.commits != requests/8+1 {
			t.Errorf("%s: %d requests took %d commits, want %d", tt.name, sent, c.commits, requests/8+1)
		}
		if c.bytes/sent > tt.most {
			t.Errorf("%s: a request writes %d bytes, want at most %d", tt.name, c.bytes/sent, tt.most)
		}
	}
}

// pagesOfAStep: what is done together lies together.
func pagesOfAStep(t *testing.T, db *DB) {
	const people = costPeople
	var all, renames, members []plan.Op
	for i := range people {
		all = append(all, renameAt(i), memberAt(plan.RemoveMember, i, i%linkedTeams))
	}
	approveAll(t, db, all)
	for k := range 8 { // neighbours, and the members of one team, who are no neighbours
		renames = append(renames, renameAt(5000+k))
		members = append(members, memberAt(plan.RemoveMember, 7+k*linkedTeams, 7))
	}
	hold := "approved/" + string(plan.Held{Ops: all}.Hash())[:16]
	for _, tt := range []struct {
		name string
		ops  []plan.Op
		most map[string]int
	}{
		{"neighbours are renamed", renames, map[string]int{"sources/corp/links": 4, "sources/corp/recent": 2, hold: 3, "audit": 3, "removals": 0}},
		{"a team is edited", members, map[string]int{"sources/corp/links": 0, "sources/corp/recent": 2, hold: 4, "audit": 3, "removals": 2}},
	} {
		var in []apply.Intent
		opened := writtenPages(t, db, func() {
			var err error
			if in, err = db.Advance(t.Context(), nil, [][]plan.Op{tt.ops}); err != nil {
				t.Fatal(err)
			}
		})
		if len(opened) > 2 {
			t.Errorf("%s: intents write pages of %v", tt.name, opened)
		}
		settled := apply.Settled{Intent: in[0], Outcomes: make([]apply.Outcome, len(tt.ops))}
		for i := range settled.Outcomes {
			settled.Outcomes[i].Result = apply.Done
		}
		written := writtenPages(t, db, func() {
			if _, err := db.Advance(t.Context(), []apply.Settled{settled}, nil); err != nil {
				t.Fatal(err)
			}
		})
		for bucket, most := range tt.most {
			if written[bucket] > most {
				t.Errorf("%s: %d pages of %s, want at most %d", tt.name, written[bucket], bucket, most)
			}
		}
		for _, bucket := range []string{"retries", "teams", "sources/corp/numbers", "sources/corp/people-0", "joins"} {
			if written[bucket] > 0 {
				t.Errorf("%s: %d pages of %s", tt.name, written[bucket], bucket)
			}
		}
	}
}

// BenchmarkChurn applies a day in which one person of a hundred is renamed and two move
// to another team, and BenchmarkPush some of a first push, both with eight requests at a
// time. What changed memberships write once they go into the links is part of it.
func BenchmarkChurn(b *testing.B) {
	const people = 100_000
	for b.Loop() {
		db := settledCompany(b, people)
		w := linkedWriter(people)
		ops, moves := churnOf(people)
		report(b, w, apply8(b, db, w, ops), apply8(b, db, w, moves))
	}
}

// churnOf returns the renames and the moves of a day.
func churnOf(people int) (renames, moves []plan.Op) {
	edits := make([][]plan.Op, linkedTeams)
	for k := range people / 100 {
		renames = append(renames, renameAt(k*100))
		for _, i := range []int{(k*7919 + 1) % people, (k*7907 + 50_001) % people} {
			from, to := i%linkedTeams, (i*31+7)%linkedTeams
			edits[from] = append(edits[from], memberAt(plan.RemoveMember, i, from))
			edits[to] = append(edits[to], memberAt(plan.AddMember, i, to))
		}
	}
	return renames, slices.Concat(edits...)
}

func BenchmarkPush(b *testing.B) {
	for _, people := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			for b.Loop() {
				db := openCompany(b, people)
				var ops []plan.Op
				for i := range people {
					ops = append(ops, createAt(i))
				}
				approveAll(b, db, ops)
				half := ops[:people/2]
				for batch := range slices.Chunk(half, 3000) {
					doAll(b, db, batch)
				}
				w := linkedWriter(0)
				report(b, w, apply8(b, db, w, ops[people/2:people/2+400]))
			}
		})
	}
}

func report(b *testing.B, w *applytest.Writer, costs ...cost) {
	var sum cost
	for _, c := range costs {
		sum.commits, sum.bytes = sum.commits+c.commits, sum.bytes+c.bytes
		b.Logf("%d commits, %.1f MB", c.commits, float64(c.bytes)/1e6)
	}
	sent := float64(len(w.Log()))
	b.ReportMetric(sent, "requests")
	b.ReportMetric(float64(sum.commits)/sent, "commits/request")
	b.ReportMetric(float64(sum.bytes)/1e3/sent, "kB-written/request")
	b.ReportMetric(float64(sum.bytes)/1e6, "MB-written")
}
