//go:build e2e

package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"writersync/config"
	"writersync/connectors/all"
	"writersync/connectors/ldap/slapdtest"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// The small directory: 500 people, two of them in an OU of their own, in groups
// of 40. The limit on leavers is 25 in 24 hours.
const (
	smallPeople = 498
	smallGroups = 13
	smallSize   = 40
	smallLimit  = 25
)

// labBase is the OU of two people that a right can be lost on.
const labBase = "ou=lab," + slapdtest.UsersBase

func smallCompany(t *testing.T) *company {
	t.Helper()
	dir := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	rules := map[string]string{"lab-staff": "Lab"}
	for i := range smallPeople {
		uid := slapdtest.PersonUID(i)
		dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: fmt.Sprintf("Person %05d", i)}
	}
	for i := range smallGroups {
		name := fmt.Sprintf("g%03d", i)
		var g syncertest.Group
		for j := range smallSize {
			g.Members = append(g.Members, slapdtest.PersonUID((i*smallSize+j)%smallPeople))
		}
		dir.Groups[name], rules[name] = g, "Team "+name
	}
	var ldif strings.Builder
	fmt.Fprintf(&ldif, "dn: %s\nobjectClass: organizationalUnit\nou: lab\n\n", labBase)
	staff := syncertest.Group{Members: []string{slapdtest.PersonUID(0), slapdtest.PersonUID(1)}}
	for _, uid := range []string{"lab1", "lab2"} {
		fmt.Fprintf(&ldif, "dn: uid=%[1]s,%[2]s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[1]s\nsn: %[1]s\ndisplayName: %[1]s\nmail: %[1]s@example.com\n\n", uid, labBase)
		dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: uid}
		staff.Members = append(staff.Members, uid)
	}
	fmt.Fprintf(&ldif, "dn: cn=lab-staff,%s\nobjectClass: groupOfNames\ncn: lab-staff\nmember: %s\nmember: %s\nmember: uid=lab1,%s\nmember: uid=lab2,%s\n\n",
		slapdtest.GroupsBase, slapdtest.PersonDN(0), slapdtest.PersonDN(1), labBase, labBase)
	dir.Groups["lab-staff"] = staff
	c := newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: smallPeople, Groups: smallGroups, GroupSize: smallSize, LDIF: ldif.String()}, dir: dir, rules: rules,
	})
	c.push()
	return c
}

// leave deletes sample people from..to-1 from the directory.
func (c *company) leave(from, to int) {
	c.t.Helper()
	for i := from; i < to; i++ {
		c.slapd.Delete(slapdtest.PersonDN(i))
		delete(c.dir.People, slapdtest.PersonUID(i))
	}
}

// leaveLab deletes somebody of the small OU.
func (c *company) leaveLab(uid string) {
	c.t.Helper()
	c.slapd.Delete("uid=" + uid + "," + labBase)
	delete(c.dir.People, uid)
}

// removals returns how much was taken from people, by the far end's ledger.
func (c *company) removals() int {
	n := 0
	for _, e := range c.writer.Ledger() {
		if e.Change == sandbox.Deactivated || e.Change == sandbox.Removed || e.Change == sandbox.MemberRemoved {
			n++
		}
	}
	return n
}

// metrics runs one more pass, as a daemon would, and returns the metrics.
func (c *company) metrics() map[string]*dto.MetricFamily {
	c.t.Helper()
	cfg, err := config.Load(c.config, all.Types())
	if err != nil {
		c.t.Fatal(err)
	}
	store, err := state.Open(context.Background(), cfg.State.Path, state.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			c.t.Error(err)
		}
	}()
	reg := prometheus.NewRegistry()
	e := &engine{store: store, build: newBuilder(cfg, store, syncer.NewMetrics(reg), slog.New(slog.DiscardHandler)).build}
	if _, err := e.Pass(c.t.Context(), syncer.Request{Trigger: "test"}); err != nil {
		c.t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range families {
		out[f.GetName()] = f
	}
	return out
}

// metric returns the value of the series with that label, or 0.
func metric(families map[string]*dto.MetricFamily, name, label, value string) float64 {
	sum := 0.0
	for _, m := range families[name].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == label && l.GetValue() == value {
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// TestRails breaks the directory in each way that looks like people leaving:
// nobody goes, and everything that an admin looks at says why. Beside each stands
// its healthy twin: the same place, in order, and twenty people who really left.
// They are gone with the next pass, without anybody's approval.
func TestRails(t *testing.T) {
	tests := []struct {
		name   string
		breaks func(*company)
		code   int
		says   string // in status, sync and plan alike
		held   string // reason in the metric; empty: the source is refused instead
		twin   func(*company)
	}{
		{
			"emptied base", func(c *company) { c.leave(0, smallPeople); c.slapd.Hide(labBase) }, exitFailed, "not one person was found", "",
			func(c *company) { c.leave(100, 120) },
		},
		{
			"page that fails", func(c *company) { c.wire.limit.Store(40_000) }, exitFailed, "not read", "",
			func(c *company) { // the line broke once, and holds now
				c.wire.limit.Store(40_000)
				c.sync()
				c.wire.limit.Store(0)
				c.leave(100, 120)
			},
		},
		{
			"size limit", func(c *company) { c.slapd.LimitReader(100) }, exitFailed, "limit", "",
			func(c *company) { c.slapd.LimitReader(5000); c.leave(100, 120) },
		},
		{
			"lost right on a small OU", func(c *company) { c.slapd.Hide(labBase) }, exitHeld, "can still be read", "no-control",
			func(c *company) { c.leaveLab("lab1"); c.leave(100, 119) },
		},
		{
			"half deleted at once", func(c *company) { c.leave(0, smallPeople/2) }, exitHeld, "shrank", "shrink",
			func(c *company) { c.leave(0, 20) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := smallCompany(t)
			tt.breaks(c)
			outcome, code := c.sync()
			if code != tt.code {
				t.Errorf("sync: exit %d, want %d\n%s", code, tt.code, outcome.Run.Error)
			}
			if n := c.removals(); n > 0 {
				t.Errorf("%d removals", n)
			}
			for _, verb := range []string{"sync", "plan", "status"} {
				code, out, errs := c.run(verb)
				if code != tt.code || !strings.Contains(out+errs, tt.says) {
					t.Errorf("%s: exit %d, want %d and %q in:\n%s%s", verb, code, tt.code, tt.says, out, errs)
				}
			}
			families := c.metrics()
			if tt.held != "" && metric(families, "writersync_held_ops", "reason", tt.held) == 0 {
				t.Errorf("the metric shows nothing held for %s", tt.held)
			}
			if complete := metric(families, "writersync_source_complete", "source", "corp"); (tt.held == "") != (complete == 0) {
				t.Errorf("the metric says that the source is complete: %v", complete)
			}
			if n := c.removals(); n > 0 {
				t.Errorf("%d removals in the end", n)
			}
		})
		t.Run(tt.name+" and its healthy twin", func(t *testing.T) {
			t.Parallel()
			c := smallCompany(t)
			people := len(c.dir.People)
			tt.twin(c)
			if outcome, code := c.sync(); code != exitDone {
				t.Fatalf("exit %d\n%s", code, outcome.Plan)
			}
			c.same()
			gone := 0
			for _, a := range c.writer.State().Accounts {
				if !a.Active {
					gone++
				}
			}
			if left := people - len(c.dir.People); gone != 20 || left != 20 {
				t.Errorf("%d of %d leavers are gone, want 20", gone, left)
			}
			if idle, code := c.sync(); code != exitDone || len(idle.Plan.Ops) > 0 {
				t.Errorf("afterwards: exit %d\n%s", code, idle.Plan)
			}
		})
	}
}

// TestSlowBleed loses twenty people a pass: the limit counts over all passes of a
// day.
func TestSlowBleed(t *testing.T) {
	c := smallCompany(t)
	for i := range 5 {
		c.leave(i*20, i*20+20)
		c.sync()
	}
	gone := 0
	for _, a := range c.writer.State().Accounts {
		if !a.Active {
			gone++
		}
	}
	if gone > smallLimit || gone < 20 {
		t.Errorf("%d people were removed in a day; the limit is %d, and the first twenty are within it", gone, smallLimit)
	}
	code, out, _ := c.run("status")
	if code != exitHeld || !strings.Contains(out, "approve") {
		t.Errorf("status: exit %d\n%s", code, out)
	}
}

// TestApprovalCoversWhatItNames approves a hold of forty leavers. Before the next
// pass thirty others leave, whom nobody approved, and five are renamed: the forty
// go, the five are renamed, and the thirty form a hold of their own.
func TestApprovalCoversWhatItNames(t *testing.T) {
	c := smallCompany(t)
	c.leave(0, 40)
	first, code := c.sync()
	if code != exitHeld || c.approve(first) != 1 {
		t.Fatalf("exit %d\n%s", code, first.Plan)
	}
	c.leave(200, 230)
	for i := range 5 {
		c.slapd.Modify(slapdtest.PersonDN(300+i), "displayName", fmt.Sprint("Other ", i))
	}
	second, code := c.sync()
	if code != exitHeld || len(second.Plan.Held) != 1 || len(second.Plan.Held[0].Ops) != 30 {
		t.Errorf("exit %d; want one hold of thirty\n%s", code, second.Plan)
	}
	gone, renamed := 0, 0
	for _, a := range c.writer.State().Accounts {
		switch {
		case !a.Active && a.Email >= slapdtest.PersonUID(40):
			t.Errorf("%s is gone, and nobody approved it", a.Email)
		case !a.Active:
			gone++
		case strings.HasPrefix(a.DisplayName, "Other "):
			renamed++
		}
	}
	if gone != 40 || renamed != 5 {
		t.Errorf("%d gone, %d renamed; want the 40 approved and 5", gone, renamed)
	}
}
