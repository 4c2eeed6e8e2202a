package writer_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

// A crowd is a stand-in Writer without PATCH whose teams were filled by hand.
type crowd struct {
	*sandbox.Sandbox
	t      *testing.T
	client *writer.Client
	wire   *wire
}

func newCrowd(t *testing.T, q sandbox.Quirks, sizes map[string]int) *crowd {
	t.Helper()
	q.NoPatch = true
	c, w, s := sandboxed(q)
	for i := range slices.Max(slices.Collect(maps.Values(sizes))) {
		s.Invite(mail(i))
	}
	for name, size := range sizes {
		if name != "Sales" {
			s.AddTeam(name)
		}
		for i := range size {
			s.Join(mail(i), name)
		}
	}
	return &crowd{s, t, c, w}
}

func mail(i int) string { return fmt.Sprintf("p%03d@example.com", i) }

// add adds so many new accounts to a team, and returns the errors that were met.
func (c *crowd) add(team string, many int) string {
	c.t.Helper()
	var e apply.TeamEdit
	for i := range many {
		e.Add = append(e.Add, plan.RemoteID(c.Invite(fmt.Sprintf("new%d.%d@example.com", i, c.Counts().Reads))))
	}
	return c.edit(team, e)
}

func (c *crowd) edit(team string, e apply.TeamEdit) string {
	c.t.Helper()
	found, err := c.client.FindTeam(c.t.Context(), team)
	if err != nil {
		c.t.Fatal(err)
	}
	failed, err := c.client.EditTeam(c.t.Context(), found.ID, e)
	if err != nil {
		return err.Error()
	}
	said := ""
	for id, ferr := range failed {
		if connectors.ClassOf(ferr) != connectors.Rejected {
			c.t.Errorf("account %s: class %s, want %s", id, connectors.ClassOf(ferr), connectors.Rejected)
		}
		said = ferr.Error()
	}
	if len(failed) != 0 && len(failed) != len(e.Add)+len(e.Remove) {
		c.t.Errorf("%d of %d failed, want all or none", len(failed), len(e.Add)+len(e.Remove))
	}
	return said
}

func (c *crowd) size(team string) int {
	for _, t := range c.State().Teams {
		if t.Name == team {
			return len(t.Members)
		}
	}
	return -1
}

func (c *crowd) puts() (n int) {
	for _, line := range c.wire.sent {
		if strings.HasPrefix(line, "PUT") {
			n++
		}
	}
	return n
}

// TestPutNeedsTheWholeList adds three members to a team where PATCH is not
// supported. Whoever a list does not show would be lost by writing it back.
func TestPutNeedsTheWholeList(t *testing.T) {
	cut := func(n int) sandbox.Quirks { return sandbox.Quirks{MembersCut: n} }
	const wayOut = "set `writer.update: patch`"
	tests := []struct {
		name   string
		quirks sandbox.Quirks
		sizes  map[string]int
		says   string // "": it is done
	}{
		{"few", cut(0), map[string]int{"Sales": 9}, ""},
		{"not a round number", cut(0), map[string]int{"Sales": 27}, ""},
		{"a round number, and a team with more", cut(0), map[string]int{"Sales": 20, "All": 31}, ""},
		{"a round number, and a team with more, whose members no listing shows", sandbox.Quirks{MembersEmpty: true}, map[string]int{"Sales": 20, "Few": 2, "All": 31}, ""},
		{"fewer than the cut, which shows", cut(10), map[string]int{"Sales": 8}, ""},
		{"a round number, and no team with more", cut(0), map[string]int{"Sales": 20, "Few": 19}, "shows 20 members, a number at which lists are cut short"},
		{"cut at ten", cut(10), map[string]int{"Sales": 25}, "shows 10 members"},
		{"cut at ten, and another team", cut(10), map[string]int{"Sales": 25, "All": 40}, "shows 10 members"},
		{"cut at 25", cut(25), map[string]int{"Sales": 26}, "shows 25 members"},
		{"cut at 64", cut(64), map[string]int{"Sales": 70}, "shows 64 members"},
		{"cut at an odd number", cut(13), map[string]int{"Sales": 25, "All": 14}, "shows 13 members of this team and of another one"},
		{"cut at an odd number, in teams on their own", sandbox.Quirks{MembersCut: 13, MembersAbsent: true}, map[string]int{"Sales": 25, "All": 14}, "of this team and of another one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCrowd(t, tt.quirks, tt.sizes)
			said := c.add("Sales", 3)
			want, puts := tt.sizes["Sales"]+3, 1
			if tt.says != "" {
				want, puts = tt.sizes["Sales"], 0
			}
			if got := c.size("Sales"); got != want || c.puts() != puts {
				t.Errorf("the team has %d members after %d PUTs, want %d after %d", got, c.puts(), want, puts)
			}
			if !strings.Contains(said, tt.says) || (said == "") != (tt.says == "") || (said != "" && (!strings.Contains(said, wayOut) || !strings.Contains(said, `"Sales"`))) {
				t.Errorf("said %q, want %q, the team, and %q", said, tt.says, wayOut)
			}
			if reads := c.Counts().Reads; reads > 12 {
				t.Errorf("%d reads for one edit", reads)
			}
		})
	}
}

// TestPutOfWhatWasWritten fills a team in steps that end at round numbers, as a
// first push does: what this client wrote itself and saw written is whole.
func TestPutOfWhatWasWritten(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{}, map[string]int{"Sales": 0})
	for i := range 4 {
		if said := c.add("Sales", 20); said != "" || c.size("Sales") != 20*(i+1) {
			t.Fatalf("step %d: %d members, %s", i, c.size("Sales"), said)
		}
	}
	c.Invite("by.hand@example.com")
	c.Join("by.hand@example.com", "Sales")
	c.Leave(c.State().Teams[0].Members[5], "Sales")
	if said := c.add("Sales", 1); !strings.Contains(said, "shows 80 members") || c.size("Sales") != 80 {
		t.Errorf("others than this client wrote: %d members, %q", c.size("Sales"), said)
	}
}

// TestPutFillsUpToTheCut fills a team beyond what Writer shows. All is written from a
// list that was whole, so that nobody is lost; but then no more can be.
func TestPutFillsUpToTheCut(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{MembersCut: 20}, map[string]int{"Sales": 0, "All": 5})
	for step, want := range []int{20, 40, 40} {
		said := c.add("Sales", 20)
		if c.size("Sales") != want || (said == "") != (step < 2) || (step == 2 && !strings.Contains(said, "was seen to cut lists of members short at 20")) {
			t.Errorf("step %d: %d members, want %d; said %q", step, c.size("Sales"), want, said)
		}
	}
	if said := c.add("All", 1); said != "" || c.size("All") != 6 {
		t.Errorf("a team that is shown whole: %d members, %q", c.size("All"), said)
	}
}

// TestPutBeyondAnOddCut: a cut that no number gives away is seen once more is written
// than is shown, and the next list is not written.
func TestPutBeyondAnOddCut(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{MembersCut: 13}, map[string]int{"Sales": 0})
	for step, want := range []int{10, 20, 20} {
		said := c.add("Sales", 10)
		if c.size("Sales") != want || (said == "") != (step < 2) || (step == 2 && !strings.Contains(said, "was seen to cut lists of members short at 13")) {
			t.Errorf("step %d: %d members, want %d; said %q", step, c.size("Sales"), want, said)
		}
	}
}

// TestPutThatLosesMembers: a loss that nothing foretold is reported, and nothing more
// is written that way.
func TestPutThatLosesMembers(t *testing.T) {
	t.Run("shown", func(t *testing.T) {
		c := newCrowd(t, sandbox.Quirks{}, map[string]int{"Sales": 7, "All": 8})
		c.wire.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.ServeHTTP(w, r)
			if r.Method == http.MethodPut {
				c.Leave(mail(1), "Sales")
				c.Leave(mail(4), "Sales")
			}
		})
		if said := c.add("Sales", 3); !strings.Contains(said, `edit team "Sales": 2 of its members`) {
			t.Errorf("said %q", said)
		}
		if said := c.add("All", 1); !strings.Contains(said, "not sent") || c.puts() != 1 {
			t.Errorf("the next edit: %d PUTs in all, said %q", c.puts(), said)
		}
	})
	t.Run("not shown", func(t *testing.T) {
		c := newCrowd(t, sandbox.Quirks{MembersCut: 13}, map[string]int{"Sales": 25, "All": 8})
		if said := c.add("Sales", 3); !strings.Contains(said, `edit team "Sales": Writer shows 13 members before and after 3 were added`) {
			t.Errorf("said %q", said)
		}
		if said := c.add("All", 1); !strings.Contains(said, "not sent") || c.puts() != 1 {
			t.Errorf("the next edit: %d PUTs in all, said %q", c.puts(), said)
		}
	})
}

// TestPutOfUnknownMembers: a server that drops members whom it does not know is not
// taken for one that cuts lists short.
func TestPutOfUnknownMembers(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{UnknownMemberSilent: true}, map[string]int{"Sales": 13})
	if said := c.edit("Sales", apply.TeamEdit{Add: []plan.RemoteID{"424242"}}); !strings.Contains(said, "does not do it") {
		t.Errorf("said %q", said)
	}
	if said := c.add("Sales", 1); said != "" || c.size("Sales") != 14 {
		t.Errorf("%d members, said %q", c.size("Sales"), said)
	}
}

// TestPutOfNothing: who is shown as a member is one, however much of the list is
// missing, and nothing is written.
func TestPutOfNothing(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{MembersCut: 10}, map[string]int{"Sales": 25})
	first := plan.RemoteID(c.State().Accounts[0].ID)
	if said := c.edit("Sales", apply.TeamEdit{Add: []plan.RemoteID{first}}); said != "" || c.puts() != 0 {
		t.Errorf("%d PUTs, said %q", c.puts(), said)
	}
	if said := c.edit("Sales", apply.TeamEdit{Remove: []plan.RemoteID{first}}); !strings.Contains(said, "shows 10 members") || c.size("Sales") != 25 {
		t.Errorf("%d members after a removal, said %q", c.size("Sales"), said)
	}
}
