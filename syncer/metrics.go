package syncer

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Metrics are what a daemon exports of its passes. Label values are fixed sets,
// or names of the configuration; nothing in them is a person. Every series of a
// fixed set exists from the start, so that a rate over the first failure works.
type Metrics struct {
	passes     *prometheus.CounterVec
	duration   prometheus.Histogram
	lastEnd    prometheus.Gauge
	ops        *prometheus.CounterVec
	held       *prometheus.GaugeVec
	approvable prometheus.Gauge
	people     *prometheus.GaugeVec
	groups     *prometheus.GaugeVec
	unresolved *prometheus.GaugeVec
	complete   *prometheus.GaugeVec
	lastRead   *prometheus.GaugeVec
	followed   *prometheus.GaugeVec
	watched    *prometheus.GaugeVec
	reloaded   prometheus.Gauge
	rings      *prometheus.CounterVec
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	paused     prometheus.Gauge
	stateSize  prometheus.Gauge
	stateLive  prometheus.Gauge
}

// NewMetrics registers the metrics with reg and returns them.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "writersync", Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "writersync", Name: name, Help: help}, labels)
	}
	single := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "writersync", Name: name, Help: help})
	}
	m := &Metrics{
		passes: counter("passes_total", "Passes that ended, by result.", "result"),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "writersync", Name: "pass_duration_seconds", Help: "How long passes took.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 900},
		}),
		lastEnd:    single("last_pass_timestamp_seconds", "When the last pass ended, as Unix time."),
		ops:        counter("ops_total", "Ops of passes, by kind and what became of them.", "kind", "outcome"),
		held:       gauge("held_ops", "Ops held by the last pass, by kind of op and reason.", "kind", "reason"),
		approvable: single("holds_awaiting_approval", "Holds of the last pass that wait for an approval."),
		people:     gauge("source_people", "People of a source, as known now.", "source"),
		groups:     gauge("source_groups", "Groups of a source, as known now.", "source"),
		unresolved: gauge("source_unresolved_members", "Group members that were neither a person nor a group of the reading.", "source"),
		complete:   gauge("source_complete", "1 if the last pass read the source whole, 0 if it was refused.", "source"),
		lastRead:   gauge("source_last_complete_timestamp_seconds", "When the source was last read whole, as Unix time.", "source"),
		followed:   gauge("source_last_followed_timestamp_seconds", "When what changed in the source was last read, as Unix time; 0 if it never was.", "source"),
		watched:    gauge("source_watched", "1 while the source is watched for changes, 0 while it cannot be.", "source"),
		rings:      counter("source_rings_total", "How often the source said that something changed.", "source"),
		requests:   counter("requests_total", "Requests made, by target and answer.", "target", "code"),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "writersync", Name: "request_duration_seconds", Help: "How long requests took, by target.",
			Buckets: []float64{0.005, 0.02, 0.1, 0.5, 2, 10, 30},
		}, []string{"target"}),
		reloaded: single("config_last_reload_successful", "1 if the configuration was taken when it was read last, 0 if it was refused and the one before is in use."),
		paused:   single("paused", "1 while the kill switch is on."),

		stateSize: single("state_size_bytes", "Size of the state file."),
		stateLive: single("state_live_bytes", "How much of the state file is in use."),
	}
	reg.MustRegister(m.passes, m.duration, m.lastEnd, m.ops, m.held, m.approvable, m.people, m.groups, m.unresolved,
		m.complete, m.lastRead, m.followed, m.watched, m.rings, m.reloaded, m.requests, m.latency, m.paused, m.stateSize, m.stateLive)
	m.create()
	return m
}

// outcomes are what the ops metric counts, in the order of counted.
func outcomes() []string { return []string{"planned", "done", "failed", "skipped"} }

func counted(c Count) []int { return []int{c.Planned, c.Done, c.Failed, c.Skipped} }

func (m *Metrics) create() {
	m.reloaded.Set(1)
	for _, r := range Results() {
		m.passes.WithLabelValues(string(r))
	}
	for _, kind := range plan.Kinds() {
		for _, outcome := range outcomes() {
			m.ops.WithLabelValues(string(kind), outcome)
		}
	}
	m.zeroHeld()
}

func (m *Metrics) zeroHeld() {
	for _, kind := range plan.Kinds() {
		for _, why := range append(plan.Whys(), guard.Whys()...) {
			m.held.WithLabelValues(string(kind), string(why)).Set(0)
		}
	}
}

// Request counts a request; it makes Metrics a connectors.Observer.
func (m *Metrics) Request(target, code string, took time.Duration) {
	m.requests.WithLabelValues(target, code).Inc()
	m.latency.WithLabelValues(target).Observe(took.Seconds())
}

// observe takes in a finished run, and what is known of the sources that are configured.
// A nil Metrics observes nothing.
func (m *Metrics) observe(r Run, states []store.Source, sources []Source) {
	if m == nil {
		return
	}
	m.passes.WithLabelValues(string(r.Result)).Inc()
	m.duration.Observe(r.Ended.Sub(r.Started).Seconds())
	m.lastEnd.Set(unix(r.Ended))
	m.paused.Set(truth(r.Result == ResultPaused))
	for _, c := range r.Counts {
		for i, n := range counted(c) {
			m.ops.WithLabelValues(string(c.Kind), outcomes()[i]).Add(float64(n))
		}
	}
	m.observeHeld(r.Held)
	for _, s := range r.Sources {
		if !s.Followed {
			m.complete.WithLabelValues(s.Name).Set(truth(s.Complete))
		}
		if (s.Complete || s.Followed) && r.Error == "" {
			m.unresolved.WithLabelValues(s.Name).Set(float64(s.Unresolved))
		}
	}
	for _, s := range states {
		if !slices.ContainsFunc(sources, func(c Source) bool { return c.Name == s.Name }) {
			m.forget(s.Name)
			continue
		}
		m.people.WithLabelValues(s.Name).Set(float64(s.Size.Users))
		m.groups.WithLabelValues(s.Name).Set(float64(s.Size.Groups))
		m.lastRead.WithLabelValues(s.Name).Set(unix(s.At))
		m.followed.WithLabelValues(s.Name).Set(sinceEver(s.Followed))
	}
}

func (m *Metrics) observeHeld(held []plan.Held) {
	m.zeroHeld()
	waiting := 0
	for _, h := range held {
		if h.Exit == plan.Approve {
			waiting++
		}
		for _, op := range h.Ops {
			m.held.WithLabelValues(string(op.Kind), string(h.Why)).Inc()
		}
	}
	m.approvable.Set(float64(waiting))
}

// forget ends the series of a source that is not configured any more: nobody is to be
// woken because it is not read.
func (m *Metrics) forget(source string) {
	for _, g := range []*prometheus.GaugeVec{m.people, m.groups, m.unresolved, m.complete, m.lastRead, m.followed} {
		g.DeleteLabelValues(source)
	}
}

// Watched says whether a source that is to be watched is. A nil Metrics hears nothing of
// it.
func (m *Metrics) Watched(w Watch) {
	if m != nil {
		m.watched.WithLabelValues(w.Source).Set(truth(w.Error == ""))
		m.rings.WithLabelValues(w.Source) // it is there before the first ring
	}
}

// Unwatched says that a source is not to be watched any more. A nil Metrics hears nothing
// of it.
func (m *Metrics) Unwatched(source string) {
	if m != nil {
		m.watched.DeleteLabelValues(source)
	}
}

// Reloaded says whether a configuration was taken that was read again. A nil Metrics hears
// nothing of it.
func (m *Metrics) Reloaded(ok bool) {
	if m != nil {
		m.reloaded.Set(truth(ok))
	}
}

// State says how large the state file is, and how much of it is in use, in bytes. A nil
// Metrics hears nothing of it.
func (m *Metrics) State(size, live int64) {
	if m != nil {
		m.stateSize.Set(float64(size))
		m.stateLive.Set(float64(live))
	}
}

// Rang counts a ring of a source. A nil Metrics hears nothing of it.
func (m *Metrics) Rang(source string) {
	if m != nil {
		m.rings.WithLabelValues(source).Inc()
	}
}

// sinceEver is unix, with 0 for never.
func sinceEver(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return unix(t)
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
