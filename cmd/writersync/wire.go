package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"writersync/config"
	"writersync/config/expr"
	"writersync/connectors"
	"writersync/connectors/transport"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
)

// builder makes a Syncer out of a configuration, anew for each pass, so that a
// pass keeps the configuration it began with. Its connectors stay: what one of them
// knows of its directory makes the next pass cheaper. So does its way to Writer: the next
// pass keeps a pause that Writer asked for, and the pace that was found.
type builder struct {
	config  *config.Config
	store   syncer.Store
	metrics *syncer.Metrics // nil: nobody watches
	log     *slog.Logger
	now     func() time.Time

	mu     sync.Mutex
	opened []syncer.Source   // once they could be; see sources
	client *transport.Client // to Writer, likewise; see writer
}

func newBuilder(cfg *config.Config, store syncer.Store, metrics *syncer.Metrics, log *slog.Logger) *builder {
	return &builder{config: cfg, store: store, metrics: metrics, log: log, now: time.Now}
}

// build makes the Syncer of one pass.
func (b *builder) build(r syncer.Request) (*syncer.Syncer, error) {
	sources, err := b.sources()
	if err != nil {
		return nil, err
	}
	client, err := b.writer(r)
	if err != nil {
		return nil, err
	}
	policy, profile, err := policyOf(b.config)
	if err != nil {
		return nil, err
	}
	return syncer.New(syncer.Options{
		Sources: sources, Store: b.store, Target: writerOf(b.config, client), Policy: policy, Keep: keeps(policy, profile), Protected: protectedOf(b.config),
		Limits: guard.Limits{Run: b.config.Limits.Run, TeamPercent: b.config.Limits.TeamPercent},
		Base:   b.config.Identity(), Endpoint: b.config.Writer.URL, Verify: b.config.Schedule.Verify.Every, Slice: b.config.Slice, Concurrency: b.config.Writer.Concurrency,
		Now: b.now, Log: b.log, Metrics: b.metrics, Requests: usageOf(client), Ready: tokenReady(b.config.Writer.Token),
	}), nil
}

// sources opens the connectors, or returns those that are open.
func (b *builder) sources() ([]syncer.Source, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened == nil {
		opened, err := openSources(b.config, b.observer(), b.log)
		if err != nil {
			return nil, err
		}
		b.opened = opened
	}
	return b.opened, nil
}

// writer opens the way to Writer, or returns the one that is open: to read only in a dry
// run, and in the steps of import.
func (b *builder) writer(r syncer.Request) (*transport.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client == nil {
		client, err := dialWriter(b.config, b.observer())
		if err != nil {
			return nil, err
		}
		b.client = client
	}
	if r.DryRun || r.Import != "" {
		return b.client.ReadOnly(), nil
	}
	return b.client, nil
}

// watched returns the sources that are to be watched.
func (b *builder) watched() ([]syncer.Source, error) {
	all, err := b.sources()
	return slices.DeleteFunc(slices.Clone(all), func(s syncer.Source) bool {
		return !slices.ContainsFunc(b.config.Sources, func(c config.Source) bool { return c.Name == s.Name && c.Watch })
	}), err
}

// close ends what the connectors hold open, and the connections to Writer.
func (b *builder) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	closeSources(b.opened, b.log)
	b.opened = nil
	if b.client != nil {
		b.client.Close()
	}
}

func closeSources(opened []syncer.Source, log *slog.Logger) {
	for _, s := range opened {
		c, ok := s.Connector.(io.Closer)
		if !ok {
			continue
		}
		if err := c.Close(); err != nil {
			log.Warn("a source did not close cleanly", "source", s.Name, "error", err)
		}
	}
}

// tokenReady sees before each pass that there is a token: an idle pass sends nothing,
// and would not notice for a day that it is gone.
func tokenReady(token connectors.Secret) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := token.Reveal(ctx); err != nil {
			return fmt.Errorf("writer.token: %w", err)
		}
		return nil
	}
}

func (b *builder) observer() connectors.Observer {
	if b.metrics == nil {
		return unobserved{}
	}
	return b.metrics
}

// unobserved is an Observer that nobody listens to.
type unobserved struct{}

func (unobserved) Request(string, string, time.Duration) {}

// openSources opens the connectors of all sources, or leaves none of them open.
func openSources(cfg *config.Config, observe connectors.Observer, log *slog.Logger) ([]syncer.Source, error) {
	out := make([]syncer.Source, 0, len(cfg.Sources))
	for _, s := range cfg.Sources {
		connector, err := s.Config.Open(connectors.Env{Name: s.Name, Log: log.With("source", s.Name), Observe: observe, Watched: s.Watch})
		if err != nil {
			closeSources(out, log)
			return nil, fmt.Errorf("open source %s: %w", s.Name, err)
		}
		out = append(out, syncer.Source{Name: s.Name, Connector: connector})
	}
	return out, nil
}

// dialWriter makes the way to Writer; it sends nothing.
func dialWriter(cfg *config.Config, observe connectors.Observer) (*transport.Client, error) {
	client, err := transport.New(transport.Options{
		Target: "writer", URL: cfg.Writer.URL, Token: cfg.Writer.Token, CAFile: cfg.Writer.CAFile, Timeout: cfg.Writer.Timeout,
		Pace: transport.Pace{Start: cfg.Writer.Pace.Start, Max: cfg.Writer.Pace.Max}, Observe: observe,
	})
	if err != nil {
		return nil, usageError{fmt.Errorf("writer: %w", err)}
	}
	return client, nil
}

// writerOf speaks SCIM with Writer by a client.
func writerOf(cfg *config.Config, client *transport.Client) *writer.Client {
	return writer.New(writer.Options{
		HTTP: client, URL: cfg.Writer.URL, Update: writer.Update(cfg.Writer.Update), PageSize: cfg.Writer.PageSize,
		Role: cfg.Writer.Role.Path(),
	})
}

func usageOf(client *transport.Client) func() syncer.Requests {
	return func() syncer.Requests {
		u := client.Usage()
		return syncer.Requests{Reads: u.Reads, Writes: u.Writes, Pace: u.Pace}
	}
}

// policyOf returns what the configuration decides, and the profile in it.
func policyOf(cfg *config.Config) (plan.Policy, *expr.Profile, error) {
	profile, err := cfg.Profile()
	if err != nil {
		return plan.Policy{}, nil, usageError{err}
	}
	p := plan.Policy{
		Everyone: cfg.People.Scope == config.Everyone, DefaultTeam: cfg.Writer.DefaultTeam,
		Deprovision: plan.Deprovision(cfg.Deprovision), Grace: cfg.People.Grace, Sources: map[string]plan.Deprovision{},
		ExcludeGroups: cfg.People.ExcludeGroups, Profile: profile,
		Join:  plan.Join{Authority: cfg.People.Authority},
		Roles: plan.Roles{Attribute: cfg.Writer.Role.Path(), Admins: map[string]bool{}},
		Drift: plan.DriftPolicy{
			Attributes: plan.Remedy(cfg.Drift.Attributes), Members: plan.Remedy(cfg.Drift.Members),
			Inactive: plan.Remedy(cfg.Drift.Deactivated), Missing: plan.Remedy(cfg.Drift.Deleted),
		},
	}
	for _, mail := range cfg.Writer.Role.Admins {
		p.Roles.Admins[mail] = true
	}
	p.Join.By, _ = cfg.People.JoinBy()
	for _, s := range cfg.Sources {
		p.Join.Precedence = append(p.Join.Precedence, s.Name)
		if s.Deprovision != "" {
			p.Sources[s.Name] = plan.Deprovision(s.Deprovision)
		}
	}
	for _, r := range cfg.Teams {
		p.Rules = append(p.Rules, ruleOf(r))
	}
	return p, profile, nil
}

// keeps says which attributes are kept of a reading: those that are sent, that an
// expression looks at, or that people are joined by.
func keeps(policy plan.Policy, profile *expr.Profile) func(connectors.Attribute) bool {
	return func(a connectors.Attribute) bool { return a == policy.Join.By || profile.Needs(a) }
}

func ruleOf(r config.Rule) plan.Rule {
	return plan.Rule{Group: r.Group, ID: r.ID, Source: r.Source, Team: r.Team, Direct: r.Direct, Exclusive: r.Exclusive}
}

func protectedOf(cfg *config.Config) guard.Protected {
	out := guard.Protected{Listed: cfg.Protected.Listed(), Emails: map[string]bool{}}
	for _, mail := range cfg.Protected {
		out.Emails[connectors.CanonicalEmail(mail)] = true
	}
	return out
}

// newLog makes the log that the configuration asks for.
func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
}

// hostOf returns the host of a URL, for messages.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an unreadable address"
	}
	return u.Host
}
