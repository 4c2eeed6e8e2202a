package syncer_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writersync/connectors"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// life is a company of two sources, with a syncer and a Writer in memory.
type life struct {
	r        *rapid.T
	company  *syncertest.Company
	writer   *applytest.Writer
	store    *state.DB
	clock    *syncertest.Clock
	options  syncer.Options
	order    *rand.PCG       // in which sources state things
	byHand   map[string]bool // addresses whose account an admin of Writer made or took
	added    map[membership]bool
	unread   bool // an admin changed something in Writer since it was last read in full
	beside   *beside
	tally    *tally
	settling bool
	steady   bool // nothing is done beside a run
	scopes   scopes
	lying    bool // a source says something false
	path     string
	open     state.Options
	backup   bool // there is one
}

// membership is one that an admin of Writer added.
type membership struct{ team, account plan.RemoteID }

func newLife(r *rapid.T, dir string) *life {
	l := &life{
		r: r, clock: syncertest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), writer: applytest.New("T0", "T1", "T2"),
		order: rand.NewPCG(rapid.Uint64().Draw(r, "order"), 1), byHand: map[string]bool{}, added: map[membership]bool{},
		scopes: scopes{listed: map[connectors.Ref]time.Time{}, removed: map[plan.RemoteID]time.Time{}},
	}
	l.company = syncertest.NewCompany(rapid.IntRange(1, 12).Draw(r, "people"), rand.New(l.order))
	l.path, l.open = filepath.Join(dir, "state.db"), state.Options{
		Now:  l.clock.Now,
		Step: rapid.SampledFrom([]int{0, 2 << 10, 16 << 10}).Draw(r, "step"), // groups of a company exceed one step
	}
	store, err := state.Open(r.Context(), l.path, l.open)
	if err != nil {
		r.Fatal(err)
	}
	l.store, l.beside = store, &beside{DB: store}
	corp := &syncertest.Followed{
		Provable: syncertest.Provable{Source: l.company.Corp}, Random: rand.New(l.order),
		Misses: rapid.SampledFrom([]int{0, 30, 100}).Draw(r, "misses"),
	}
	l.company.Corp.Deselects = rapid.Bool().Draw(r, "deselects")
	remedy := rapid.SampledFrom([]plan.Remedy{plan.Repair, plan.Report})
	l.options = syncer.Options{
		Sources: []syncer.Source{{Name: "corp", Connector: corp}, {Name: "hr", Connector: l.company.HR}},
		Store:   l.beside, Target: l.writer,
		Policy: plan.Policy{
			Rules: syncertest.CompanyRules(), ExcludeGroups: []string{syncertest.ExcludeGroup}, Profile: syncertest.Contractors{}, Deprovision: plan.DeprovisionDeactivate, Grace: grace,
			Join: plan.Join{By: plan.UserName, Precedence: []string{"corp", "hr"}},
			Drift: plan.DriftPolicy{
				Attributes: remedy.Draw(r, "attributes"), Members: remedy.Draw(r, "members"), Inactive: remedy.Draw(r, "inactive"), Missing: remedy.Draw(r, "missing"),
			},
		},
		Protected: guard.Protected{Listed: true}, Base: "life", Concurrency: 1, Now: l.clock.Now,
	}
	return l
}

// pass runs a pass after some time.
func (l *life) pass(after time.Duration, verify bool) syncer.Outcome {
	return l.request(after, syncer.Request{Trigger: "test", Verify: verify})
}

// ring runs the pass for a source that says that it changed.
func (l *life) ring() syncer.Outcome {
	return l.request(time.Minute, syncer.Request{Trigger: "ring", Rings: []string{"corp"}})
}

func (l *life) request(after time.Duration, request syncer.Request) syncer.Outcome {
	l.clock.Add(after)
	l.company.Publish()
	check, wrote := l.meanwhile(), len(l.writer.Log())
	out, err := syncer.New(l.options).Run(l.r.Context(), request)
	if err != nil {
		l.r.Fatalf("pass: %v\n%s", err, out.Plan)
	}
	check()
	l.outOfScope(out, l.writer.Log()[wrote:])
	l.r.Logf("pass, %+v: %s\n%s", request, out.Run.Result, out.Plan)
	// What a pass changes may show more at the next full read: nobody looks at the name of
	// an account that is not active.
	l.unread = (l.unread && !out.Run.Verified) || len(out.Plan.Ops) > 0
	return out
}

// recalls makes a pass, and holds what it shows as held against what one would hold that
// reads Writer in full, where nothing happened between the two: it is the same.
func (l *life) recalls() syncer.Outcome {
	out := l.pass(time.Hour, false)
	if len(out.Plan.Ops) > 0 || l.unread {
		return out
	}
	status, err := syncer.ReadStatus(l.r.Context(), l.store, l.clock.Now())
	if err != nil {
		l.r.Fatal(err)
	}
	whole, err := syncer.New(l.options).Plan(l.r.Context(), syncer.Request{Verify: true})
	if err != nil {
		l.r.Fatal(err)
	}
	open := out.Run
	open.Held = slices.DeleteFunc(slices.Clone(open.Held), status.Approved) // beside the run
	if diff := cmp.Diff(questions(whole.Run), questions(open)); diff != "" {
		l.r.Fatalf("held is not what a full read of Writer would show (-full +held):\n%s", diff)
	}
	return out
}

// questions returns what the plan of a run holds about differences that arose in Writer.
func questions(run syncer.Run) []string {
	var out []string
	for _, h := range run.Held {
		for _, op := range h.Ops {
			if op.Reason.Basis == plan.Drift && slices.Contains(plan.Whys(), h.Why) {
				out = append(out, fmt.Sprintf("%s: %s", h.Why, op))
			}
		}
	}
	slices.Sort(out)
	return out
}

// approve approves every hold of the last run that can be, but for a removal on which
// two sources do not agree: whoever is active in one of them is wanted.
func (l *life) approve() []plan.Held {
	runs, err := syncer.LastRuns(l.r.Context(), l.store, 1)
	if err != nil {
		l.r.Fatal(err)
	}
	var given []plan.Held
	for _, run := range runs {
		for _, h := range run.Held {
			if h.Exit != plan.Approve || undecided(h) {
				continue
			}
			if _, err := syncer.Approve(l.r.Context(), l.store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "test", At: l.clock.Now()}); err != nil {
				l.r.Fatal(err)
			}
			given = append(given, h)
		}
	}
	return given
}

// undecided reports whether a hold is of a removal on which two sources do not agree.
func undecided(h plan.Held) bool { return h.Why == plan.WhySourcesDisagree && h.Ops[0].Removes() }

// happen does one thing in the directories or, by an admin's hand, in Writer.
func (l *life) happen() {
	c := l.company
	i := rapid.IntRange(0, c.People()-1).Draw(l.r, "who")
	j := rapid.IntRange(0, c.People()-1).Draw(l.r, "whom")
	sources := rapid.SampledFrom([][]string{{"corp"}, {"hr"}, {"corp", "hr"}}).Draw(l.r, "where")
	group := rapid.SampledFrom(slices.Sorted(maps.Keys(syncertest.CompanyGroups()))).Draw(l.r, "group")
	switch rapid.SampledFrom([]string{
		"hire", "leave", "disable", "return", "move", "move", "rename", "readdress", "swap", "recycle", "new ID", "fail", "lie", "mangle", "hand", "hand",
		"blind", "blind", "empty", "away", "away", "flatten", "show", "visit", "contract", "bar", "unkind", "unlist", "relabel", "restore", "restore", "lose",
	}).Draw(l.r, "what") {
	case "hire":
		c.Hire(fmt.Sprintf("Newcomer %d", c.People()), rapid.Bool().Draw(l.r, "in corp"), rapid.Bool().Draw(l.r, "in hr"), []string{group})
	case "leave":
		c.Leave(i, sources...)
	case "disable":
		c.Disable(i, sources...)
	case "return":
		c.Return(i)
	case "move":
		c.Move(i, group)
	case "rename":
		c.Rename(i, fmt.Sprintf("Renamed %d", rapid.IntRange(0, 9).Draw(l.r, "name")))
	case "readdress":
		c.Readdress(i)
	case "swap":
		c.Swap(i, j)
	case "recycle":
		c.Recycle(i, j)
	case "new ID":
		l.tally.add("new ID")
		c.NewID(i)
	case "fail":
		source := []*syncertest.Source{c.Corp, c.HR}[len(sources)%2]
		source.Fails = true
		l.pass(time.Hour, false)
		source.Fails = false
	case "lie":
		source := []*syncertest.Source{c.Corp, c.HR}[len(sources)%2]
		l.mislead(i, source.Name+" left the person out once", func(on bool) { source.Hidden = map[string]bool{c.Record(i, source.Name): on} })
	case "mangle":
		source := []*syncertest.Source{c.Corp, c.HR}[len(sources)%2]
		l.mislead(i, "groups of "+source.Name+" named nobody in the place of the person", func(on bool) {
			source.Mangled = map[string]bool{c.Record(i, source.Name): on}
		})
	case "hand":
		l.hand(c.Address(i))
	case "blind":
		source := []*syncertest.Source{c.Corp, c.HR}[len(sources)%2]
		l.hide("status", "whether users of "+source.Name+" are disabled is not shown", func() { source.Blind = true })
	case "empty":
		source := c.Corp
		if group[0] == 'h' {
			source = c.HR
		}
		l.hide("list", "the members of "+group+" are not shown", func() { source.Emptied[group] = true })
	case "away":
		l.away(i)
	case "flatten":
		l.flatten(i)
	case "contract":
		c.Contract(i)
	case "bar":
		c.Move(i, syncertest.ExcludeGroup)
	case "unkind":
		l.hide("attribute", "who is a contractor is not shown", func() { c.Corp.Unkind = true })
	case "unlist":
		l.hide("group", "the group that keeps out is not listed", func() { c.Corp.Unlisted[syncertest.ExcludeGroup] = true })
	case "relabel":
		l.hide("name of a group", "the group that keeps out has another name", func() { c.Corp.Renamed[syncertest.ExcludeGroup] = "another" })
	case "restore":
		l.restore()
	case "lose":
		l.lose()
	case "show":
		l.show()
	case "visit":
		l.visit(i)
	}
}

// show makes the sources show all there is.
func (l *life) show() {
	for _, s := range []*syncertest.Source{l.company.Corp, l.company.HR} {
		s.Blind, s.Unkind, s.Flat, s.Emptied, s.Unlisted, s.Renamed = false, false, false, map[string]bool{}, map[string]bool{}, map[string]string{}
	}
}

// hide takes a fact from sight until show, where nothing else goes on: no account comes or
// goes in the runs after it, and no membership.
func (l *life) hide(fact, what string, hide func()) {
	l.steady = true
	defer func() { l.steady = false }()
	quiet := l.quiet()
	before := l.everything()
	if hide(); !quiet {
		return
	}
	l.tally.add("hidden " + fact)
	plans := []plan.Plan{l.ring().Plan, l.pass(time.Hour, false).Plan, l.pass(25*time.Hour, false).Plan}
	if diff := cmp.Diff(before, l.everything()); diff != "" {
		l.r.Fatalf("%s (-before +after):\n%s\n%v", what, diff, plans)
	}
}

// quiet makes runs, with all that they ask for approved, until one has nothing to do, to ask or to
// end later. It reports whether there was one.
func (l *life) quiet() bool {
	for range 4 {
		out := l.pass(grace+time.Minute, false)
		if len(out.Plan.Ops)+len(out.Plan.Held) == 0 && !ends(out) {
			return true
		}
		l.approve()
	}
	return false
}

// away disables a person and takes members from sight, in one order or the other, before the person
// is back, where nothing else goes on: no membership ends for that.
func (l *life) away(i int) {
	group := rapid.SampledFrom([]string{"g1", "g3", "h0"}).Draw(l.r, "of")
	for _, g := range []string{group, "g2"} { // by which they come back
		if !l.company.In(i, g) {
			l.company.Move(i, g)
		}
	}
	l.steady = true
	defer func() { l.steady = false }()
	if !l.quiet() || len(l.has(l.account(i))) == 0 {
		return
	}
	account, wrote := l.account(i), len(l.writer.Log())
	source := l.company.Corp
	if group[0] == 'h' {
		source = l.company.HR
	}
	list := rapid.Bool().Draw(l.r, "list")
	hide := func() { source.Mangled = map[string]bool{l.company.Record(i, source.Name): true} }
	if list {
		hide = func() { source.Emptied[group] = true }
	}
	leave := func() { l.company.Disable(i, "corp", "hr") }
	steps := [][2]func(){{leave, hide}, {hide, leave}}[rapid.IntRange(0, 1).Draw(l.r, "first")]
	var plans []plan.Plan
	for _, step := range []func(){steps[0], steps[1], func() { l.company.Return(i) }} {
		step()
		l.lying = !list
		plans = append(plans, l.pass(time.Hour, false).Plan)
	}
	plans = append(plans, l.pass(25*time.Hour, false).Plan)
	source.Mangled, l.lying = nil, false
	l.tally.add("away")
	for _, e := range l.writer.Log()[wrote:] {
		if slices.Contains(e.Edit.Remove, account) {
			l.r.Fatalf("account %s lost a membership that is not visible: %v", account, plans)
		}
	}
}

// flatten takes from sight which groups are nested, and puts a person into a nested one, where
// nothing else goes on: it gives and takes nothing by the group that it is nested in.
func (l *life) flatten(i int) {
	l.steady = true
	defer func() { l.steady = false }()
	group := rapid.SampledFrom([]string{"g1", "g4"}).Draw(l.r, "nested")
	if !l.quiet() || l.company.In(i, group) || l.company.Corp.Flat {
		return
	}
	before, in := l.everything(), l.writer.Members("T2")
	l.company.Corp.Flat = true
	l.pass(time.Hour, false)
	l.company.Move(i, group)
	l.tally.add("hidden nesting")
	plans := []plan.Plan{l.ring().Plan, l.pass(time.Hour, false).Plan, l.pass(25*time.Hour, false).Plan}
	if diff := cmp.Diff(in, l.writer.Members("T2")); diff != "" {
		l.r.Fatalf("who is in T2, of which a nested group is not visible (-before +after):\n%s\n%v", diff, plans)
	}
	if diff := cmp.Diff(before, l.everything()); group == "g4" && diff != "" {
		l.r.Fatalf("which group is nested in one that keeps out is not visible (-before +after):\n%s\n%v", diff, plans)
	}
}

// ends reports whether an account waits for the end of the grace: a later run ends it.
func ends(out syncer.Outcome) bool {
	return slices.ContainsFunc(out.Run.Warnings, func(w plan.Warning) bool { return w.Code == "out-of-scope" })
}

// everything returns what all accounts have in Writer.
func (l *life) everything() map[plan.RemoteID][]string {
	out := map[plan.RemoteID][]string{}
	for _, a := range l.writer.Accounts() {
		out[a.ID] = l.has(a.ID)
	}
	return out
}

// mislead makes a source say something false of somebody, in one reading that looks whole.
// Nothing is taken from the person.
func (l *life) mislead(i int, what string, lie func(on bool)) {
	l.steady = true
	defer func() { l.steady = false }()
	first := l.pass(time.Hour, false)
	if ends(first) {
		return
	}
	ops := first.Plan.Ops
	for _, h := range first.Plan.Held {
		ops = append(ops, h.Ops...)
	}
	for _, op := range ops {
		if who, known := l.company.Who(op.Person); known && who == i {
			return // something goes on about the person, and would go on without a lie
		}
	}
	account := l.account(i)
	before := l.has(account)
	l.lying = true
	lie(true)
	out := l.ring()
	if rapid.Bool().Draw(l.r, "whole") {
		out = l.pass(time.Hour, false)
	}
	lie(false)
	l.lying = false
	after := l.has(account)
	for _, had := range before {
		if !slices.Contains(after, had) {
			l.r.Fatalf("%s, of account %s, who lost %s:\n%s", what, account, had, out.Plan)
		}
	}
}

// account returns the account that the ledger holds to be somebody's.
func (l *life) account(i int) plan.RemoteID {
	in, err := syncertest.Load(l.r.Context(), l.store)
	if err != nil {
		l.r.Fatal(err)
	}
	for _, p := range in.People {
		if who, known := l.company.Who(p.Ref); known && who == i && p.Standing == plan.Live {
			return p.Account
		}
	}
	return ""
}

// has returns what an account has in Writer.
func (l *life) has(account plan.RemoteID) []string {
	var out []string
	for _, a := range l.writer.Accounts() {
		if a.ID != account || !a.Active {
			continue
		}
		out = append(out, "the account")
		for _, team := range []string{"T0", "T1", "T2"} {
			if slices.Contains(l.writer.Members(team), a.Email()) {
				out = append(out, "team "+team)
			}
		}
	}
	return out
}

// hand changes an account in Writer, as an admin does.
func (l *life) hand(mail string) {
	accounts := l.writer.Accounts()
	at := slices.IndexFunc(accounts, func(a plan.Account) bool { return a.Email() == mail })
	what := rapid.SampledFrom([]string{"rename", "deactivate", "delete", "invite", "add", "remove"}).Draw(l.r, "by hand")
	if at < 0 {
		if what == "invite" {
			l.unread = true
			l.writer.Invite(mail)
			l.byHand[mail] = true
		}
		return
	}
	l.unread = true
	id := accounts[at].ID
	team := rapid.SampledFrom([]plan.RemoteID{"team-T0", "team-T1", "team-T2"}).Draw(l.r, "team")
	switch what {
	case "rename":
		l.writer.Edit(id, func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "By hand" })
	case "deactivate":
		l.writer.Edit(id, func(a *plan.Account) { a.Active = false })
	case "delete":
		l.writer.Drop(id)
		l.byHand[mail] = true
	case "add", "remove":
		edit := apply.TeamEdit{Add: []plan.RemoteID{id}}
		if what == "remove" {
			edit = apply.TeamEdit{Remove: []plan.RemoteID{id}}
		} else {
			l.added[membership{team, id}] = true
		}
		if _, err := l.writer.EditTeam(l.r.Context(), team, edit); err != nil {
			l.r.Fatal(err)
		}
	}
}

// settle makes passes until two in a row, with a full look at Writer, find nothing to
// do. What the directories make impossible is put right first, as the holds ask.
func (l *life) settle() syncer.Outcome {
	l.settling = true
	l.show()
	var out syncer.Outcome
	for idle, n := 0, 0; idle < 2; n++ {
		if n == 40 {
			l.r.Fatalf("it does not settle:\n%s", out.Plan)
		}
		out = l.pass(25*time.Hour, true)
		l.recalls() // what the first one held waits still
		l.approve()
		if len(out.Plan.Ops) == 0 {
			idle++
		} else {
			idle = 0
		}
		for _, h := range out.Plan.Held {
			if h.Exit != plan.Wait && !undecided(h) {
				idle = 0
			}
		}
		l.wayOut(out)
		for range 2 { // what was approved may need another approval: the gate's
			l.pass(time.Hour, false)
			l.approve()
		}
	}
	return out
}

// wayOut does what the holds ask for: people get addresses of their own.
func (l *life) wayOut(out syncer.Outcome) {
	for _, h := range out.Plan.Held {
		switch h.Why {
		case plan.WhyEmailCycle, plan.WhyRecycledEmail, plan.WhyDuplicateEmail, plan.WhyEmailTaken:
			for _, op := range h.Ops {
				if i, ok := l.company.Who(op.Person); ok {
					l.company.Readdress(i)
				}
			}
		case plan.WhyAmbiguousAccount:
			for _, op := range h.Ops {
				l.writer.Drop(op.Account)
				l.unread = true
			}
		case plan.WhyInactiveAccount:
			for _, op := range h.Ops {
				l.writer.Edit(op.Account, func(a *plan.Account) { a.Active = true })
				l.unread = true
			}
		case plan.WhyDrift:
			for _, op := range h.Ops {
				l.undo(op)
			}
		}
	}
}

// undo takes back in Writer what an admin did there.
func (l *life) undo(op plan.Op) {
	l.unread = true
	if op.Kind == plan.AddMember {
		if _, err := l.writer.EditTeam(l.r.Context(), op.Team, apply.TeamEdit{Add: []plan.RemoteID{op.Account}}); err != nil {
			l.r.Fatal(err)
		}
		return
	}
	l.writer.Edit(op.Account, func(a *plan.Account) {
		for _, c := range op.Changes {
			a.Attributes[c.Attribute] = c.New
		}
	})
}

// differences compares Writer with what the company's people should have there.
func (l *life) differences() string {
	accounts, teams := l.company.Want()
	have, ids := map[string]string{}, map[string]plan.RemoteID{}
	for _, a := range l.writer.Accounts() {
		if a.Active && strings.HasPrefix(a.Email(), "m") {
			have[a.Email()], ids[a.Email()] = a.Attributes[connectors.DisplayName], a.ID
		}
	}
	for mail := range l.byHand {
		if _, wanted := accounts[mail]; !wanted {
			delete(have, mail) // an admin made it, and nobody in the directories has it
		}
	}
	diff := cmp.Diff(accounts, have)
	for team, want := range teams {
		var members []string
		for _, mail := range l.writer.Members(team) {
			if _, ours := accounts[mail]; ours {
				members = append(members, mail)
			}
			if !slices.Contains(want, mail) && ids[mail] != "" && !l.added[membership{plan.RemoteID("team-" + team), ids[mail]}] {
				diff += fmt.Sprintf("team %s has %s, whom nobody wants there\n", team, mail)
			}
		}
		for _, mail := range want {
			if !slices.Contains(members, mail) {
				diff += fmt.Sprintf("team %s lacks %s\n", team, mail)
			}
		}
	}
	return diff
}

// TestHistories lives random histories of a company, with hands that change things in
// Writer meanwhile, and holds the end against a naive oracle. Nobody is deleted, no
// account is made twice, nothing is left to do, and the plan does not depend on the
// order in which the sources state things.
func TestHistories(t *testing.T) {
	dir := t.TempDir()
	if _, err := os.Stat("/dev/shm"); err == nil {
		var err error
		if dir, err = os.MkdirTemp("/dev/shm", "histories"); err != nil { //nolint:usetesting // in memory: thousands of files on a disk take their time
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	// Ordinary runs live the same histories each time; `make histories SEED=N` lives
	// others.
	if seed := flag.Lookup("rapid.seed"); seed.Value.String() == seed.DefValue {
		if err := seed.Value.Set("1"); err != nil {
			t.Fatal(err)
		}
	}
	tally := &tally{counts: map[string]int{}}
	rapid.Check(t, func(r *rapid.T) {
		at, err := os.MkdirTemp(dir, "life") //nolint:usetesting // there is no T for one history
		if err != nil {
			r.Fatal(err)
		}
		l := newLife(r, at)
		l.tally = tally
		defer func() {
			_ = l.store.Close()
			_ = os.RemoveAll(at)
		}()
		l.pass(0, false)
		l.approve()
		for range rapid.IntRange(0, 12).Draw(r, "things") {
			l.happen()
			if rapid.Bool().Draw(r, "look") {
				l.orderless()
			}
			if rapid.Bool().Draw(r, "ring") {
				l.ring()
				l.approve()
			}
			if rapid.Bool().Draw(r, "pass") {
				after := rapid.SampledFrom([]time.Duration{time.Minute, grace / 2, grace, 2 * grace}).Draw(r, "after")
				l.pass(after, rapid.Bool().Draw(r, "verify"))
				l.approve()
			}
		}
		l.settle()
		if diff := l.differences(); diff != "" {
			r.Fatalf("Writer is not as it should be (-want +got):\n%s", diff)
		}
		l.never()
		if last := l.orderless(); len(last.Ops) > 0 {
			r.Fatalf("something is left to do:\n%s", last)
		}
	})
	logTally(t, tally, 1)
}

// orderless returns the plan of now, which may not depend on the order in which the
// sources state things.
func (l *life) orderless() plan.Plan {
	l.company.Publish()
	first, second := l.planned(1), l.planned(2)
	if diff := cmp.Diff(first.String(), second.String()); diff != "" || first.Hash() != second.Hash() {
		l.r.Fatalf("the plan depends on the order of things:\n%s", diff)
	}
	return first
}

// planned makes a plan of readings in the order that a seed gives.
func (l *life) planned(seed uint64) plan.Plan {
	l.order.Seed(seed, 1)
	out, err := syncer.New(l.options).Plan(l.r.Context(), syncer.Request{Verify: true})
	if err != nil {
		l.r.Fatal(err)
	}
	return out.Plan
}

// never holds what must not have been done: a deletion, or a second account for one
// person.
func (l *life) never() {
	for _, e := range l.writer.Log() {
		if e.Verb == "delete" {
			l.r.Fatalf("account %s was deleted", e.Account)
		}
	}
	made := map[string]plan.RemoteID{}
	for _, a := range l.writer.Accounts() {
		if other, twice := made[a.ExternalID]; twice && a.ExternalID != "" {
			l.r.Fatalf("%s has the accounts %s and %s", a.ExternalID, other, a.ID)
		}
		made[a.ExternalID] = a.ID
	}
}
