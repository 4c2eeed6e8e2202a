//go:build e2e

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// A kind is one kind of change in a directory, and how it shows in Writer.
type kind struct {
	name string
	do   func(n int)
	seen func(n int, e sandbox.Entry) bool
}

// Every outer group nests an inner one.
const nests = 20

// ringing is a company of so many people, in groups of a hundred, that follows its
// slapd.
type ringing struct {
	*company
	people, groups int
	stop           func()
	done           chan struct{}
}

func newRinging(t testing.TB, people int) *ringing {
	t.Helper()
	const size = 100
	r := &ringing{people: people, groups: people / size}
	dir := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	rules := map[string]string{}
	for i := range r.groups {
		rules[fmt.Sprintf("g%03d", i)] = fmt.Sprintf("Team g%03d", i)
	}
	var ldif strings.Builder
	for i := range nests {
		fmt.Fprintf(&ldif, "dn: cn=inner%[1]d,%[2]s\nobjectClass: groupOfNames\ncn: inner%[1]d\nmember: %[3]s\n\n", i, slapdtest.GroupsBase, slapdtest.PersonDN(i))
		fmt.Fprintf(&ldif, "dn: cn=outer%[1]d,%[2]s\nobjectClass: groupOfNames\ncn: outer%[1]d\nmember: cn=inner%[1]d,%[2]s\n\n", i, slapdtest.GroupsBase)
		rules[fmt.Sprintf("outer%d", i)] = fmt.Sprintf("Team outer%d", i)
	}
	r.company = newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: people, Groups: r.groups, GroupSize: size, LDIF: ldif.String(), Sync: slapdtest.SyncLog}, dir: dir, rules: rules,
		ldap: "    attributes: {disabled: {attribute: employeeType, values: [terminated]}}\n",
	})
	var err error
	if r.admin, err = freePort(); err != nil {
		t.Fatal(err)
	}
	r.writeConfig("schedule: {every: 12h}\n")
	first, _ := r.sync()
	r.approve(first)
	if out, code := r.sync(); code != exitDone {
		t.Fatalf("push: exit %d %s\n%s", code, out.Run.Error, out.Plan)
	}
	return r
}

// serve starts the daemon, and returns once its first pass has ended.
func (r *ringing) serve() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	r.done = make(chan struct{})
	var errs bytes.Buffer
	go func() {
		defer close(r.done)
		if code := run(ctx, []string{"--config", r.config, "serve"}, stdio{strings.NewReader(""), io.Discard, &errs}); code != exitDone {
			r.t.Errorf("serve: exit %d\n%s", code, errs.String())
		}
	}()
	r.stop = func() { cancel(); <-r.done }
	r.until(func() string { return "the first pass" }, time.Minute, func() bool {
		return r.metric("writersync_passes_total") > 0 && r.metric("writersync_source_watched") == 1
	})
}

// until waits for something that must come.
func (r *ringing) until(what func() string, most time.Duration, ok func() bool) {
	r.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(most)
	for !ok() {
		select {
		case <-limit:
			r.t.Fatalf("%s did not come within %s", what(), most)
		case <-tick.C:
		}
	}
}

// metric returns the sum of the series of a metric, 0 while nobody answers.
func (r *ringing) metric(name string, labels ...string) float64 {
	resp, err := http.Get("http://" + r.admin + "/metrics") //nolint:noctx // loopback
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(\{[^}]*\})? (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		if slices.ContainsFunc(labels, func(l string) bool { return !strings.Contains(m[1], l) }) {
			continue
		}
		v, _ := strconv.ParseFloat(m[2], 64)
		sum += v
	}
	return sum
}

// member returns the attribute and the value by which a group of slapd has a person.
func member(group, person int) (attribute, value string) {
	return [3]string{"member", "uniqueMember", "memberUid"}[group%3],
		[3]string{slapdtest.PersonDN(person), slapdtest.PersonDN(person), slapdtest.PersonUID(person)}[group%3]
}

func mail(person int) string { return slapdtest.PersonUID(person) + "@example.com" }

// kinds changes other people each time, one of each group. Those who are disabled are
// enabled again twenty rounds later: a day's limit counts people, and they are forty.
func (r *ringing) kinds() []kind {
	group := func(n int) int { return n % r.groups }
	of := func(n, part int) int { return group(n)*100 + part + n/r.groups }
	suspect := func(n int) int { return of(n%min(2*nests, r.groups), 70) }
	is := func(change sandbox.Change, person int, e sandbox.Entry) bool {
		return e.Change == change && e.Email == mail(person)
	}
	return []kind{
		{"join", func(n int) {
			r.slapd.AddPerson(r.people + n)
			attribute, value := member(group(n), r.people+n)
			r.slapd.Include(slapdtest.GroupDN(group(n)), attribute, value)
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.MemberAdded, r.people+n, e) }},
		{"leave a group", func(n int) {
			attribute, value := member(group(n), of(n, 50))
			r.slapd.Exclude(slapdtest.GroupDN(group(n)), attribute, value)
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.MemberRemoved, of(n, 50), e) }},
		{"disable", func(n int) {
			if n >= nests {
				r.slapd.Modify(slapdtest.PersonDN(suspect(n-nests)), "employeeType")
			}
			r.slapd.Modify(slapdtest.PersonDN(suspect(n)), "employeeType", "terminated")
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.Deactivated, suspect(n), e) }},
		{"rename", func(n int) {
			r.slapd.Modify(slapdtest.PersonDN(of(n, 10)), "displayName", fmt.Sprintf("Renamed %d", n))
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.Updated, of(n, 10), e) }},
		{"new member of a nested group", func(n int) {
			r.slapd.Include(fmt.Sprintf("cn=inner%d,%s", n%nests, slapdtest.GroupsBase), "member", slapdtest.PersonDN(of(n, 30)))
		}, func(n int, e sandbox.Entry) bool {
			return is(sandbox.MemberAdded, of(n, 30), e) && e.Team == fmt.Sprintf("Team outer%d", n%nests)
		}},
	}
}

// round makes the n-th change of each kind, and returns how long each took to be in
// Writer.
func (r *ringing) round(n int, most time.Duration) map[string]time.Duration {
	r.t.Helper()
	from := len(r.writer.Ledger())
	began, took := map[string]time.Time{}, map[string]time.Duration{}
	all := r.kinds()
	for _, k := range all {
		k.do(n)
		began[k.name] = time.Now()
	}
	r.until(func() string { return fmt.Sprintf("round %d, of which came %v,", n, took) }, most, func() bool {
		now := time.Now()
		for _, e := range r.writer.Since(from) {
			for _, k := range all {
				if _, done := took[k.name]; !done && k.seen(n, e) {
					took[k.name] = now.Sub(began[k.name])
				}
			}
		}
		return len(took) == len(all)
	})
	return took
}

// TestRings follows a directory whose schedule is twelve hours away: through changes of
// every kind, a connection that was cut, a server that was started again, and the
// daemon too.
func TestRings(t *testing.T) {
	r := newRinging(t, 2000)
	r.serve()
	defer func() { r.stop() }()
	const most = time.Minute
	n := 0
	rounds := func(what string, times int) {
		t.Helper()
		for range times {
			t.Logf("%s: %v", what, r.round(n, most))
			n++
		}
	}
	requests, passes := r.metric("writersync_requests_total", `target="corp"`), r.metric("writersync_passes_total")
	rounds("in peace", 3)
	requests, passes = r.metric("writersync_requests_total", `target="corp"`)-requests, r.metric("writersync_passes_total")-passes
	t.Logf("%.0f passes, %.1f requests to the directory in each", passes, requests/passes)
	if requests > 4*passes {
		t.Errorf("%.0f requests to the directory in %.0f passes: more than four in each", requests, passes)
	}
	r.wire.cut()
	rounds("once the connection was cut", 2)
	r.slapd.Restart()
	rounds("once slapd was started again", 2)
	r.stop()
	r.serve()
	rounds("once the daemon was started again", 2)
}

// BenchmarkRings says how long a change in a directory of 20,000 people takes to be in
// Writer: a hundred of each kind in peace, twenty after the connection was cut each
// time, and twenty after a restart.
func BenchmarkRings(b *testing.B) {
	r := newRinging(b, 20_000)
	r.serve()
	defer func() { r.stop() }()
	n := 0
	phase := func(what string, times int, before func()) {
		requests, passes := r.metric("writersync_requests_total", `target="corp"`), r.metric("writersync_passes_total")
		took := map[string][]time.Duration{}
		tick := time.NewTicker(6 * time.Second)
		defer tick.Stop()
		for range times {
			before()
			for kind, d := range r.round(n, 2*time.Minute) {
				took[kind] = append(took[kind], d)
			}
			n++
			<-tick.C
		}
		requests, passes = r.metric("writersync_requests_total", `target="corp"`)-requests, r.metric("writersync_passes_total")-passes
		for _, k := range r.kinds() {
			slices.Sort(took[k.name])
			p := func(q int) time.Duration { return took[k.name][(len(took[k.name])*q-1)/100].Round(time.Millisecond) }
			b.Logf("%s, %s: %d changes, p50 %s, p99 %s", what, k.name, len(took[k.name]), p(50), p(99))
		}
		b.Logf("%s: %.0f passes, %.1f requests to the directory in each", what, passes, requests/passes)
	}
	for b.Loop() {
		phase("in peace", 100, func() {})
		phase("after a cut", 20, r.wire.cut)
		r.stop()
		r.serve()
		phase("after a restart", 20, func() {})
	}
}
