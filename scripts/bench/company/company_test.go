package company_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/config"
	"writersync/connectors"
	"writersync/connectors/all"
	"writersync/connectors/connectortest"
	"writersync/connectors/file"
	"writersync/scripts/bench/company"
)

func newCompany(t *testing.T, users int, seed uint64) *company.Company {
	t.Helper()
	size, err := company.SizeOf(users)
	if err != nil {
		t.Fatal(err)
	}
	return company.New(size, seed)
}

// TestShape holds the figures of each size: users, groups, about as many memberships,
// from two to ten of them for each user, and one group of half of the company.
func TestShape(t *testing.T) {
	for _, want := range []company.Size{{1000, 50, 5000}, {10_000, 500, 50_000}, {100_000, 2000, 500_000}, {1_000_000, 50_000, 10_000_000}} {
		size, err := company.SizeOf(want.Users)
		if err != nil || size != want {
			t.Errorf("a company of %d users is %+v, %v; want %+v", want.Users, size, err, want)
		}
	}
	for _, users := range []int{100, 1000, 20_000} {
		t.Run(fmt.Sprint(users), func(t *testing.T) {
			c := newCompany(t, users, 1)
			w := c.Wanted()
			if len(w.Users) != users || len(w.Teams) != c.Size.Groups {
				t.Errorf("%d users and %d teams; want %+v", len(w.Users), len(w.Teams), c.Size)
			}
			total, each, names, deepest := 0, map[int32]int{}, map[string]bool{}, 0
			for _, team := range w.Teams {
				total += len(team.Members)
				names[team.Name] = true
				for _, n := range team.Members {
					each[n]++
				}
			}
			for _, g := range c.Groups {
				for _, n := range g.Nested {
					deepest = max(deepest, 1+len(c.Groups[n].Nested))
				}
			}
			if len(names) != len(w.Teams) {
				t.Errorf("%d names for %d teams", len(names), len(w.Teams))
			}
			if share := float64(total) / float64(c.Size.Memberships); users >= 1000 && (share < 0.95 || share > 1.1) {
				t.Errorf("%d memberships, %.2f of %d", total, share, c.Size.Memberships)
			}
			for n := range int32(users) {
				if each[n] < 2 || each[n] > 10 {
					t.Errorf("user %d has %d memberships", n, each[n])
				}
			}
			if got := len(w.Teams[0].Members); got != users/2 {
				t.Errorf("the largest group has %d of %d users", got, users)
			}
			if deepest < 1 || (users >= 1000 && deepest < 2) {
				t.Errorf("groups are nested %d deep", deepest)
			}
		})
	}
}

func TestSizesThatMakeNoSense(t *testing.T) {
	for text, want := range map[string]int{"500": 500, "1k": 1000, "100k": 100_000, "1M": 1_000_000} {
		if got, err := company.ParseUsers(text); got != want || err != nil {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "k", "-1", "1.5k", "many", "99999999"} {
		if n, err := company.ParseUsers(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
	for _, users := range []int{1, 3_000_000} {
		if _, err := company.SizeOf(users); err == nil {
			t.Errorf("there is a company of %d", users)
		}
	}
}

// files returns what an export has written, by name.
func files(t *testing.T, c *company.Company) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := c.Export(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

// TestSameSeedSameCompany holds that a company and its future follow from the seed.
func TestSameSeedSameCompany(t *testing.T) {
	live := func(seed uint64) []map[string]string {
		c := newCompany(t, 500, seed)
		out := []map[string]string{files(t, c)}
		for _, change := range []func(){c.Churn, c.SwapInLargest, func() { c.ShrinkLargest(40) }, c.Churn} {
			change()
			out = append(out, files(t, c))
		}
		return out
	}
	first := live(7)
	if len(first[0]) != 6 {
		t.Errorf("an export is of the files %v", slices.Sorted(maps.Keys(first[0])))
	}
	if diff := cmp.Diff(first, live(7)); diff != "" {
		t.Errorf("the same seed made another company:\n%.1000s", diff)
	}
	if cmp.Equal(first[0], live(8)[0]) {
		t.Error("another seed made the same company")
	}
	for i := 1; i < len(first); i++ {
		if cmp.Equal(first[i-1][company.GroupsFile], first[i][company.GroupsFile]) {
			t.Errorf("change %d left the groups as they were", i)
		}
	}
}

// TestExportIsRead reads an export with the file source, and compares it with what
// Writer must hold.
func TestExportIsRead(t *testing.T) {
	c := newCompany(t, 300, 3)
	c.Churn()
	dir := t.TempDir()
	if err := c.Export(dir); err != nil {
		t.Fatal(err)
	}
	users, groups := readBack(t, dir)
	w := c.Wanted()
	if len(users) != len(w.Users) || len(groups) != len(w.Teams) {
		t.Fatalf("%d users and %d groups were read; want %d and %d", len(users), len(groups), len(w.Users), len(w.Teams))
	}
	number := map[string]int32{}
	for _, u := range w.Users {
		number[u.ID()] = u.Number
		got := users[u.ID()]
		want := connectors.User{ID: u.ID(), Email: u.Email(), Status: connectors.StatusActive, StatusBy: "status=active", Attributes: map[connectors.Attribute]string{
			connectors.GivenName: u.GivenName(), connectors.FamilyName: u.FamilyName(), connectors.DisplayName: u.DisplayName(), connectors.Title: u.Title(), connectors.EmployeeNumber: u.EmployeeNumber(),
		}}
		if u.Disabled {
			want.Status, want.StatusBy = connectors.StatusDisabled, "status=disabled"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("user %d was read otherwise:\n%s", u.Number, diff)
		}
	}
	byName := map[string]connectors.Group{}
	for _, g := range groups {
		byName[g.Name] = g
	}
	for _, team := range w.Teams {
		var got []int32
		for _, id := range flat(byName[team.Name], groups) {
			if n := number[id]; !w.Users[n].Disabled {
				got = append(got, n)
			}
		}
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), team.Members) {
			t.Errorf("%s was read with %d members, want %d", team.Name, len(got), len(team.Members))
		}
	}
}

func flat(g connectors.Group, all map[string]connectors.Group) []string {
	out := slices.Clone(g.Members)
	for _, id := range g.Groups {
		out = append(out, flat(all[id], all)...)
	}
	return out
}

// readBack reads an export as the program does.
func readBack(t *testing.T, dir string) (map[string]connectors.User, map[string]connectors.Group) {
	t.Helper()
	cfg := file.NewConfig()
	cfg.People, cfg.Groups = filepath.Join(dir, company.UsersFile), filepath.Join(dir, company.GroupsFile)
	source, err := cfg.Open(connectors.Env{Name: "corp", Observe: unobserved{}})
	if err != nil {
		t.Fatal(err)
	}
	users, groups := map[string]connectors.User{}, map[string]connectors.Group{}
	sink := &connectortest.Collect{}
	if _, err := source.Read(t.Context(), connectors.NewReading("corp", sink)); err != nil {
		t.Fatal(err)
	}
	for _, u := range sink.Users {
		users[u.ID] = u
	}
	for _, g := range sink.Groups {
		groups[g.ID] = g
	}
	return users, groups
}

type unobserved struct{}

func (unobserved) Request(string, string, time.Duration) {}

// TestLeast holds the lower bounds against changes that were made by hand.
func TestLeast(t *testing.T) {
	c := newCompany(t, 1000, 1)
	empty, first := company.Wanted{}, c.Wanted()
	edits := 0
	for _, team := range first.Teams {
		for n := 0; n < len(team.Members); n += company.EditSize {
			edits++
		}
	}
	if got, want := company.Least(empty, first), (company.Work{Creates: 1000, Edits: edits}); got != want {
		t.Errorf("a first push takes at least %+v, want %+v", got, want)
	}
	if got := company.Least(first, c.Wanted()); got != (company.Work{}) {
		t.Errorf("nothing changed, and that takes %+v", got)
	}
	c.SwapInLargest()
	second := c.Wanted()
	if got := company.Least(first, second); got != (company.Work{Edits: 1}) {
		t.Errorf("one member of the largest group changed, and that takes %+v", got)
	}
	c.Users[7].Renamed++
	c.Users[8].Disabled = true // leaves the teams with the account
	third := c.Wanted()
	if got := company.Least(second, third); got != (company.Work{Updates: 1, Deactivations: 1}) {
		t.Errorf("one was renamed and one disabled, and that takes %+v", got)
	}
	c.ShrinkLargest(50)
	gone := len(third.Teams[0].Members) - len(c.Wanted().Teams[0].Members)
	if got := company.Least(third, c.Wanted()); gone < 200 || got != (company.Work{Edits: (gone + 99) / 100}) {
		t.Errorf("%d left the largest group, and that takes %+v", gone, got)
	}
}

// TestChurn holds that each of many days touches one user in a hundred, in one way each.
func TestChurn(t *testing.T) {
	c := newCompany(t, 2000, 1)
	before := c.Wanted()
	for day := range 150 {
		n := len(before.Users)
		c.Churn()
		after := c.Wanted()
		w := company.Least(before, after)
		if w.Creates != n/500 || w.Deactivations != n/500 || w.Updates != n/250 || w.Edits == 0 {
			t.Fatalf("day %d takes %+v for %d users", day, w, n)
		}
		if got := len(touched(before, after)); got != n/100 {
			t.Fatalf("day %d touches %d of %d users", day, got, n)
		}
		before = after
	}
}

// touched returns who is not as before: by name, status or projects.
func touched(before, after company.Wanted) map[int32]bool {
	out := map[int32]bool{}
	for i, u := range after.Users {
		if i >= len(before.Users) || u != before.Users[i] {
			out[u.Number] = true
		}
	}
	for i, team := range after.Teams {
		had := before.Teams[i].Members
		if !strings.HasPrefix(team.Name, "project") {
			continue
		}
		for _, n := range slices.Concat(had, team.Members) {
			if slices.Contains(had, n) != slices.Contains(team.Members, n) {
				out[n] = true
			}
		}
	}
	return out
}

// TestConfiguration holds that the program takes the configurations.
func TestConfiguration(t *testing.T) {
	for _, joined := range []bool{false, true} {
		c := newCompany(t, 100, 1)
		dir := t.TempDir()
		if err := c.Export(dir); err != nil {
			t.Fatal(err)
		}
		path, err := company.Config{URL: "http://127.0.0.1:1/scim/v2", Token: "x", Pace: 600, MaxPace: 6000, Concurrency: 3, Joined: joined}.Configure(dir)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path, all.Types())
		if err != nil {
			t.Fatal(err)
		}
		by, _ := cfg.People.JoinBy()
		if (by == connectors.EmployeeNumber) != joined || len(cfg.Sources) != map[bool]int{false: 1, true: 2}[joined] {
			t.Errorf("joined %t: %d sources, joined by %q", joined, len(cfg.Sources), by)
		}
		if cfg.Writer.Pace.Start != 600 || cfg.Writer.Pace.Max != 6000 || cfg.Writer.Concurrency != 3 || cfg.State.Path != company.StatePath(dir) {
			t.Errorf("%+v", cfg.Writer)
		}
	}
}
