package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/match"
	"writersync/syncer/plan"
	"writersync/syncer/store"
	"writersync/syncer/syncertest"
)

// directory is a source that import can write into.
type directory struct {
	users  []connectors.User
	groups []connectors.Group
	next   int
	broken error // a reading ends with it

	// before is asked before an object is made; after once it was, and its error takes
	// the place of the answer.
	before, after func(what string) error
}

var _ connectors.Importer = (*directory)(nil)

func (d *directory) person(id, mail string) {
	d.users = append(d.users, connectors.User{ID: id, Email: mail, Status: connectors.StatusActive})
}

func (d *directory) Read(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
	for _, u := range d.users {
		if err := r.User(u); err != nil {
			return connectors.Complete{}, err
		}
	}
	for _, g := range d.groups {
		if err := r.Group(g); err != nil {
			return connectors.Complete{}, err
		}
	}
	if d.broken != nil {
		return connectors.Complete{}, d.broken
	}
	return r.Complete(connectors.Evidence{Closed: "end", Users: len(d.users), Groups: len(d.groups)})
}

func ask(f func(string) error, what string) error {
	if f == nil {
		return nil
	}
	return f(what)
}

func failed(class connectors.Class) error {
	return &connectors.Error{Class: class, Op: "add", Err: errors.New("the directory says so")}
}

func (d *directory) made(what string, id string) (string, error) {
	if err := ask(d.after, what); err != nil {
		return "", err
	}
	return id, nil
}

func (d *directory) CreateUser(_ context.Context, u connectors.NewUser) (string, error) {
	for _, have := range d.users {
		if connectors.CanonicalEmail(have.Email) == u.Email {
			return have.ID, failed(connectors.Conflict)
		}
	}
	if err := ask(d.before, u.Email); err != nil {
		return "", err
	}
	d.next++
	id := fmt.Sprintf("made-%d", d.next)
	d.person(id, u.Email)
	return d.made(u.Email, id)
}

func (d *directory) CreateGroup(_ context.Context, g connectors.NewGroup) (string, error) {
	for _, have := range d.groups {
		if have.Name == g.Name {
			return have.ID, failed(connectors.Conflict)
		}
	}
	if err := ask(d.before, g.Name); err != nil {
		return "", err
	}
	d.next++
	id := fmt.Sprintf("made-%d", d.next)
	d.groups = append(d.groups, connectors.Group{ID: id, Name: g.Name, Members: g.Members})
	return d.made(g.Name, id)
}

// importing is a house with a directory of three people, of whom Writer has two, and
// two accounts that only Writer has.
func importing(t *testing.T) (*house, *directory) {
	t.Helper()
	h, d := newHouse(t), &directory{}
	d.person("1", "ada@example.com")
	d.person("2", "Bob@example.com")
	d.person("3", "cid@example.com")
	d.groups = []connectors.Group{{ID: "g1", Name: "engineering", Members: []string{"1", "2", "3"}}}
	h.options.Sources, h.options.Endpoint = []syncer.Source{{Name: "corp", Connector: d}}, "https://writer.example.com"
	h.options.Policy.Rules = []plan.Rule{{Group: "engineering", Team: "Engineering"}}
	for _, mail := range []string{"ada@example.com", "bob@example.com", "eve@example.com", "fay@example.com"} {
		h.writer.Invite(mail)
	}
	h.join("Sales", "ada@example.com", "eve@example.com")
	h.join("Writing", "fay@example.com", "eve@example.com")
	return h, d
}

// join puts accounts into a team, as an admin would in Writer.
func (h *house) join(team string, mails ...string) {
	h.t.Helper()
	var e apply.TeamEdit
	for _, mail := range mails {
		a, err := h.writer.FindUser(h.t.Context(), mail)
		if err != nil {
			h.t.Fatal(err)
		}
		e.Add = append(e.Add, a.ID)
	}
	if _, err := h.writer.EditTeam(h.t.Context(), plan.RemoteID("team-"+team), e); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) importStep(r syncer.Request) (syncer.Outcome, error) {
	h.t.Helper()
	r.Trigger = "import"
	return syncer.New(h.options).Run(h.t.Context(), r)
}

func (h *house) compare() syncer.Outcome {
	h.t.Helper()
	out, err := h.importStep(syncer.Request{Import: syncer.ImportCompare, DryRun: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// write writes back what a comparison finds.
func (h *house) write() (syncer.Outcome, error) {
	h.t.Helper()
	return h.importStep(syncer.Request{Import: syncer.ImportWrite, Into: "corp", Only: h.compare().Match.Work("corp").Hash()})
}

func logins(ops []plan.Op) []string {
	var out []string
	for _, op := range ops {
		out = append(out, string(op.Kind)+" "+op.Login)
	}
	return out
}

func (h *house) gate() string {
	h.t.Helper()
	s, err := syncer.ReadStatus(h.t.Context(), h.store, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(s.Gate)
}

func TestImportComparesAndChangesNothing(t *testing.T) {
	h, d := importing(t)
	first := h.pass()
	writes := len(h.writer.Log())
	out := h.compare()
	counts := map[match.Kind]int{}
	for _, row := range out.Match.People {
		counts[row.Kind]++
	}
	want := map[match.Kind]int{match.Exact: 1, match.Case: 1, match.WriterOnly: 2, match.DirectoryOnly: 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"adopt-user ada@example.com"}, logins(out.Plan.Ops)); diff != "" {
		t.Errorf("adoptions (-want +got):\n%s", diff)
	}
	if len(h.writer.Log()) != writes || len(d.users) != 3 || len(d.groups) != 1 || h.gate() != "closed" {
		t.Errorf("something was changed: %d writes, %d users, %d groups, gate %s", len(h.writer.Log())-writes, len(d.users), len(d.groups), h.gate())
	}
	h.approveAll(first) // what the pass before held still waits
	if out := h.pass(); out.Run.Result != syncer.ResultDone {
		t.Errorf("result %s\n%s", out.Run.Result, out.Plan)
	}
}

func TestImportAdoptsWhatWasConfirmed(t *testing.T) {
	h, _ := importing(t)
	h.pass()
	found, writes := h.compare(), len(h.writer.Log())
	out, err := h.importStep(syncer.Request{Import: syncer.ImportAdopt, Only: found.Plan.Hash()})
	if err != nil || out.Run.Result != syncer.ResultDone {
		t.Fatalf("adopt: %v, %s\n%s", err, out.Run.Result, out.Plan)
	}
	if len(h.writer.Log()) != writes || h.gate() != "closed" {
		t.Errorf("%d writes, gate %s; want none, and a gate that is closed as before", len(h.writer.Log())-writes, h.gate())
	}
	again := h.compare()
	if len(again.Plan.Ops) != 0 || again.Match.Count(match.Linked) != 1 {
		t.Errorf("after adopting: %v, %d linked", logins(again.Plan.Ops), again.Match.Count(match.Linked))
	}
	if control, err := syncertest.Control(t.Context(), h.store); err != nil || control.Writer != h.options.Endpoint {
		t.Errorf("the ledger holds accounts of %q, %v", control.Writer, err)
	}
	next := h.pass()
	h.approveAll(next)
	if out := h.pass(); out.Run.Result != syncer.ResultDone {
		t.Errorf("the ordinary pass after it: %s\n%s", out.Run.Result, out.Plan)
	}
	if got := h.writer.Members("Engineering"); !slices.Equal(got, []string{"ada@example.com", "bob@example.com", "cid@example.com"}) {
		t.Errorf("Engineering has %v", got)
	}
}

func TestImportAdoptRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*house, *directory, *syncer.Request)
		says   string
		result syncer.Result
	}{
		{"without a confirmation", func(_ *house, _ *directory, r *syncer.Request) { r.Only = "" }, "needs the hash", syncer.ResultFailed},
		{"another list than was confirmed", func(h *house, d *directory, _ *syncer.Request) {
			d.person("4", "eve@example.com")
			d.groups[0].Members = append(d.groups[0].Members, "4")
		}, "changed since", syncer.ResultFailed},
		{"the ledger of another Writer", func(h *house, _ *directory, _ *syncer.Request) {
			if err := syncertest.SetControl(h.t.Context(), h.store, func(c *store.Control) { c.Writer = "https://elsewhere.example.com" }); err != nil {
				h.t.Fatal(err)
			}
		}, "another Writer", syncer.ResultFailed},
		{"while paused", func(h *house, _ *directory, _ *syncer.Request) {
			if err := syncer.Pause(h.t.Context(), h.store, true, "test", h.clock.Now()); err != nil {
				h.t.Fatal(err)
			}
		}, "changed since", syncer.ResultFailed},
		{"a source that was not read", func(h *house, _ *directory, _ *syncer.Request) {
			h.options.Sources = append(h.options.Sources, syncer.Source{Name: "hr", Connector: &directory{broken: failed(connectors.Transient)}})
		}, "nothing was linked: source hr", syncer.ResultFailed},
		{"a step that does not exist", func(_ *house, _ *directory, r *syncer.Request) { r.Import = "everything" }, "no step", syncer.ResultFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, d := importing(t)
			r := syncer.Request{Import: syncer.ImportAdopt, Only: h.compare().Plan.Hash()}
			tt.change(h, d, &r)
			out, err := h.importStep(r)
			if err == nil || !strings.Contains(err.Error(), tt.says) || out.Run.Result != tt.result {
				t.Errorf("%v, %s; want %q", err, out.Run.Result, tt.says)
			}
			in, err := syncertest.Load(t.Context(), h.store)
			if err != nil || slices.ContainsFunc(in.People, func(p plan.Person) bool { return p.Standing != plan.None }) {
				t.Errorf("somebody was linked, %v", err)
			}
		})
	}
}

func TestImportWritesBack(t *testing.T) {
	h, d := importing(t)
	h.options.Policy.Rules = append(h.options.Policy.Rules, plan.Rule{Group: "Writing", Team: "Writing"})
	writes := len(h.writer.Log())
	out, err := h.write()
	if err != nil || len(out.Written.Failed) > 0 || out.Written.Users != 2 || out.Written.Groups != 2 {
		t.Fatalf("written %+v, %v", out.Written, err)
	}
	groups := map[string][]string{}
	for _, g := range d.groups {
		for _, m := range g.Members {
			at := slices.IndexFunc(d.users, func(u connectors.User) bool { return u.ID == m })
			groups[g.Name] = append(groups[g.Name], d.users[at].Email)
		}
		slices.Sort(groups[g.Name])
	}
	want := map[string][]string{
		"engineering": {"Bob@example.com", "ada@example.com", "cid@example.com"}, "Sales": {"eve@example.com"}, "Writing": {"eve@example.com", "fay@example.com"},
	}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	again, err := h.write()
	if err != nil || again.Written.Users+again.Written.Groups != 0 || !again.Match.Work("corp").Empty() || len(d.users) != 5 {
		t.Errorf("once more: %+v, %v, %d users", again.Written, err, len(d.users))
	}
	if n := again.Match.CountTeams(match.Imported); n != 2 {
		t.Errorf("%d teams are imported, want 2", n)
	}
	h.approveAll(h.pass())
	next := h.pass()
	if !slices.ContainsFunc(next.Plan.Held, func(x plan.Held) bool { return x.Why == plan.WhyGroupImported }) {
		t.Errorf("nothing is held of a group that import made, and a rule maps it:\n%s", next.Plan)
	}
	for _, entry := range h.writer.Log()[writes:] {
		if entry.Team == "team-Writing" || entry.Team == "team-Sales" {
			t.Errorf("a team is managed by the group that import made of it: %+v", entry)
		}
	}
}

// TestImportGoesOnAfterEachCut ends the import at each object in turn, before and after
// it was made, with an answer that nobody hears; the next import finds out and goes on.
func TestImportGoesOnAfterEachCut(t *testing.T) {
	for _, what := range []string{"eve@example.com", "fay@example.com", "Sales", "Writing"} {
		for _, when := range []string{"before", "after"} {
			t.Run(when+" "+what, func(t *testing.T) {
				h, d := importing(t)
				cut := func(at string) error {
					if at == what {
						return failed(connectors.Unknown)
					}
					return nil
				}
				if when == "before" {
					d.before = cut
				} else {
					d.after = cut
				}
				if _, err := h.write(); connectors.ClassOf(err) != connectors.Unknown {
					t.Fatalf("the cut import: %v", err)
				}
				d.before, d.after = nil, nil
				if _, err := h.write(); err != nil {
					t.Fatalf("the next import: %v", err)
				}
				in, err := syncertest.Load(t.Context(), h.store)
				if err != nil {
					t.Fatal(err)
				}
				made := 0
				for _, i := range in.Imported {
					if i.Ref.ID == "" {
						t.Errorf("it is open what became of %+v", i)
					}
					made++
				}
				if made != 4 || len(d.users) != 5 || len(d.groups) != 3 {
					t.Errorf("%d are remembered, %d users, %d groups; want 4, 5, 3", made, len(d.users), len(d.groups))
				}
				for _, g := range d.groups[1:] {
					if want := map[string]int{"Sales": 1, "Writing": 2}[g.Name]; len(g.Members) != want {
						t.Errorf("group %s has %d members, want %d", g.Name, len(g.Members), want)
					}
				}
				if work := h.compare().Match.Work("corp"); !work.Empty() {
					t.Errorf("left to do: %+v", work)
				}
			})
		}
	}
}

func TestImportWriteRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*house, *directory, *syncer.Request)
		says   string
	}{
		{"without a confirmation", func(_ *house, _ *directory, r *syncer.Request) { r.Only = "" }, "needs the hash"},
		{"something else than was confirmed", func(h *house, _ *directory, _ *syncer.Request) { h.writer.Invite("gus@example.com") }, "changed since"},
		{"a source that was not read", func(_ *house, d *directory, _ *syncer.Request) { d.broken = failed(connectors.Transient) }, "may be there already"},
		{"no such source", func(h *house, _ *directory, r *syncer.Request) {
			r.Into = "nowhere"
			r.Only = h.compare().Match.Work("nowhere").Hash()
		}, "no source"},
		{"a source that cannot be written into", func(h *house, d *directory, _ *syncer.Request) {
			h.options.Sources[0].Connector = struct{ connectors.Connector }{d}
		}, "import.users"},
		{"while paused", func(h *house, _ *directory, _ *syncer.Request) {
			if err := syncer.Pause(h.t.Context(), h.store, true, "test", h.clock.Now()); err != nil {
				h.t.Fatal(err)
			}
		}, "paused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, d := importing(t)
			r := syncer.Request{Import: syncer.ImportWrite, Into: "corp", Only: h.compare().Match.Work("corp").Hash()}
			tt.change(h, d, &r)
			_, err := h.importStep(r)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v; want %q", err, tt.says)
			}
			if len(d.users) != 3 || len(d.groups) != 1 {
				t.Errorf("%d users, %d groups: something was made", len(d.users), len(d.groups))
			}
		})
	}
}

// TestImportWriteFaults shows what one refusal does to the rest.
func TestImportWriteFaults(t *testing.T) {
	t.Run("one user is refused", func(t *testing.T) {
		h, d := importing(t)
		d.before = func(what string) error {
			if what == "eve@example.com" {
				return failed(connectors.Rejected)
			}
			return nil
		}
		out, err := h.write()
		if err != nil || out.Written.Users != 1 || out.Written.Groups != 1 || len(out.Written.Failed) != 2 {
			t.Errorf("%+v, %v; want one user, one group of the other, and two failures", out.Written, err)
		}
		d.before = nil
		if out, err = h.write(); err != nil || out.Written.Users != 1 || out.Written.Groups != 1 {
			t.Errorf("then: %+v, %v", out.Written, err)
		}
	})
	t.Run("the right is missing", func(t *testing.T) {
		h, d := importing(t)
		d.before = func(string) error { return failed(connectors.Denied) }
		if _, err := h.write(); connectors.ClassOf(err) != connectors.Denied || len(d.users) != 3 {
			t.Errorf("%v, %d users", err, len(d.users))
		}
		in, err := syncertest.Load(t.Context(), h.store)
		if err != nil || len(in.Imported) != 0 {
			t.Errorf("remembered: %v, %v", in.Imported, err)
		}
	})
	t.Run("somebody else's entry of that name", func(t *testing.T) {
		h, d := importing(t)
		found := h.compare().Match.Work("corp")
		d.groups = append(d.groups, connectors.Group{ID: "theirs", Name: "Sales"})
		hidden := &hiding{directory: d, name: "Sales"}
		h.options.Sources[0].Connector = hidden
		out, err := h.importStep(syncer.Request{Import: syncer.ImportWrite, Into: "corp", Only: found.Hash()})
		if err != nil || !slices.Equal(out.Written.Found, []string{"Sales"}) || out.Written.Groups != 1 {
			t.Errorf("%+v, %v; want Sales found and not taken over", out.Written, err)
		}
		in, err := syncertest.Load(t.Context(), h.store)
		if err != nil || slices.ContainsFunc(in.Imported, func(i plan.Imported) bool { return i.Name == "Sales" }) {
			t.Errorf("remembered: %v, %v", in.Imported, err)
		}
	})
}

// TestImportFindsWhatAReadingHides repeats an addition whose answer nobody heard, in a
// source that does not state what was added.
func TestImportFindsWhatAReadingHides(t *testing.T) {
	h, d := importing(t)
	h.options.Sources[0].Connector = &hiding{directory: d, name: "Sales"}
	d.after = func(what string) error {
		if what == "Sales" {
			return failed(connectors.Unknown)
		}
		return nil
	}
	if _, err := h.write(); connectors.ClassOf(err) != connectors.Unknown {
		t.Fatal(err)
	}
	d.after = nil
	out, err := h.write()
	if err != nil || len(out.Written.Found) != 0 || out.Written.Groups != 2 {
		t.Errorf("%+v, %v; want that Sales is known to be import's", out.Written, err)
	}
}

// hiding is a directory of which a reading does not show one group.
type hiding struct {
	*directory
	name string
}

func (d *hiding) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	shown := *d.directory
	shown.groups = slices.DeleteFunc(slices.Clone(d.groups), func(g connectors.Group) bool { return g.Name == d.name })
	return shown.Read(ctx, r)
}
