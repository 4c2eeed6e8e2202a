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
	"writersync/syncer/writer/sandbox"
)

// A kind is one kind of change in a directory, and how it shows in Writer.
type kind struct {
	name string
	do   func(n int)
	seen func(n int, e sandbox.Entry) bool
}

// A tree is a real directory that a test changes: people by their numbers, groups by
// theirs, and groups "outer" that each nest one "inner".
type tree interface {
	join(person, group int)  // somebody new
	leave(person, group int) // leaves the group
	enable(person int, on bool)
	rename(person int, name string)
	nest(person, inner int) // joins the group inner
}

// nests is how many outer groups there are, and inner ones.
const nests = 20

// ringing is a company of so many people, in groups of a hundred, that follows its
// directory.
type ringing struct {
	*company
	tree           tree
	restart        func() // of the directory
	people, groups int
	stop           func()
	done           chan struct{}
}

// perGroup is how many people are in a group.
const perGroup = 100

// ringingRules maps all groups but the inner ones.
func ringingRules(people int) map[string]string {
	rules := map[string]string{}
	for i := range people / perGroup {
		rules[fmt.Sprintf("g%03d", i)] = fmt.Sprintf("Team g%03d", i)
	}
	for i := range nests {
		rules[fmt.Sprintf("outer%d", i)] = fmt.Sprintf("Team outer%d", i)
	}
	return rules
}

// begin pushes the company into Writer.
func (r *ringing) begin() {
	r.t.Helper()
	var err error
	if r.admin, err = freePort(); err != nil {
		r.t.Fatal(err)
	}
	r.writeConfig("schedule: {every: 12h}\n")
	first, _ := r.sync()
	r.approve(first)
	if out, code := r.sync(); code != exitDone {
		r.t.Fatalf("push: exit %d %s\n%s", code, out.Run.Error, out.Plan)
	}
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

func mail(person int) string { return slapdtest.PersonUID(person) + "@example.com" }

// kinds changes other people each time, one of each group. Those who are disabled are
// enabled again twenty rounds later: a day's limit counts people, and they are forty.
func (r *ringing) kinds() []kind {
	group := func(n int) int { return n % r.groups }
	of := func(n, part int) int { return group(n)*perGroup + part + n/r.groups }
	suspect := func(n int) int { return of(n%min(2*nests, r.groups), 70) }
	is := func(change sandbox.Change, person int, e sandbox.Entry) bool {
		return e.Change == change && e.Email == mail(person)
	}
	return []kind{
		{"join", func(n int) {
			r.tree.join(r.people+n, group(n))
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.MemberAdded, r.people+n, e) }},
		{"leave a group", func(n int) {
			r.tree.leave(of(n, 50), group(n))
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.MemberRemoved, of(n, 50), e) }},
		{"disable", func(n int) {
			if n >= nests {
				r.tree.enable(suspect(n-nests), true)
			}
			r.tree.enable(suspect(n), false)
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.Deactivated, suspect(n), e) }},
		{"rename", func(n int) {
			r.tree.rename(of(n, 10), fmt.Sprintf("Renamed %d", n))
		}, func(n int, e sandbox.Entry) bool { return is(sandbox.Updated, of(n, 10), e) }},
		{"new member of a nested group", func(n int) {
			r.tree.nest(of(n, 30), n%nests)
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

// aside is how many requests a watch may make meanwhile that no pass asked for: the last
// of those with which it begins, and a look every thirty seconds whether the server is
// still there.
const aside = 5

// follow goes through changes of every kind, a connection that was cut, a server that was
// started again, and the daemon too. The schedule is twelve hours away.
func (r *ringing) follow(requests float64) {
	r.t.Helper()
	r.serve()
	defer func() { r.stop() }()
	n := 0
	rounds := func(what string, times int) {
		r.t.Helper()
		for range times {
			r.t.Logf("%s: %v", what, r.round(n, time.Minute))
			n++
		}
	}
	sent, passes := r.sent()
	rounds("in peace", 3)
	var after, ended float64
	r.until(func() string { // the last pass ends a moment after its changes are seen
		return fmt.Sprintf("%.0f requests to the directory in %.0f passes: an end with %.0f in each", after-sent, ended-passes, requests)
	}, 10*time.Second, func() bool {
		after, ended = r.sent()
		return after-sent <= requests*(ended-passes)+aside
	})
	r.t.Logf("%.0f passes, %.1f requests to the directory in each", ended-passes, (after-sent)/(ended-passes))
	r.wire.cut()
	rounds("once the connection was cut", 2)
	r.restart()
	rounds("once the server was started again", 2)
	r.stop()
	r.serve()
	rounds("once the daemon was started again", 2)
}

// sent returns how many requests went to the directory, and how many passes ended.
func (r *ringing) sent() (requests, passes float64) {
	return r.metric("writersync_requests_total", `target="corp"`), r.metric("writersync_passes_total")
}

// apart is how far apart rounds begin: ten a minute, of which some take two passes, are about
// what twelve passes a minute can bear.
const apart = 6 * time.Second

// measure says how long changes take to be in Writer: a hundred of each kind in peace,
// twenty with the connection cut before each, and twenty after a restart of the daemon.
func (r *ringing) measure(b *testing.B) {
	r.serve()
	defer func() { r.stop() }()
	n := 0
	phase := func(what string, times int, before func()) {
		sent, passes := r.sent()
		took := map[string][]time.Duration{}
		tick := time.NewTicker(apart)
		defer tick.Stop()
		for range times {
			before()
			for kind, d := range r.round(n, 2*time.Minute) {
				took[kind] = append(took[kind], d)
			}
			n++
			<-tick.C
		}
		after, ended := r.sent()
		for _, k := range r.kinds() {
			slices.Sort(took[k.name])
			p := func(q int) time.Duration { return took[k.name][(len(took[k.name])*q-1)/100].Round(time.Millisecond) }
			b.Logf("%s, %s: %d changes, p50 %s, p99 %s, most %s", what, k.name, len(took[k.name]), p(50), p(99), p(100))
		}
		b.Logf("%s: %.0f passes, %.1f requests to the directory in each", what, ended-passes, (after-sent)/(ended-passes))
	}
	for b.Loop() {
		phase("in peace", 100, func() {})
		phase("after a cut", 20, r.wire.cut)
		r.stop()
		r.serve()
		phase("after a restart", 20, func() {})
	}
}
