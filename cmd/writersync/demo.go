package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"writersync/config"
	"writersync/connectors"
	"writersync/connectors/sample"
	"writersync/connectors/transport"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/writer/sandbox"
)

func (a *app) demoVerb() *cobra.Command {
	serve := false
	c := &cobra.Command{
		Use: "demo", Short: "See it work on a sample company and a stand-in Writer; needs no file, server or account",
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := a.newDemo(c.Context())
			if err != nil {
				return err
			}
			defer d.close()
			if err := d.run(c.Context()); err != nil || !serve {
				return err
			}
			return d.stayUp(c.Context())
		},
	}
	c.Flags().BoolVar(&serve, "serve", false, "stay up afterwards, with a pass every 15 seconds, until interrupted")
	return c
}

// demoEvery is how often `demo --serve` runs a pass.
const demoEvery = 15 * time.Second

// demoLines is how many ops of a list the demo shows.
const demoLines = 6

// demo is a sample company, a stand-in Writer, and an engine between them.
type demo struct {
	out     io.Writer
	dir     string
	company *sample.Company
	writer  *sandbox.Server
	engine  *engine
	steps   []demoStep

	concurrency int // requests at a time; 0: as configured by default
}

// demoStep is one line of the summary at the end.
type demoStep struct {
	what string
	run  syncer.Run
}

// demoTeams are the teams of the stand-in Writer: SCIM cannot create them.
func demoTeams() []string {
	return []string{"Engineering", "Design", "Marketing", "Sales", "Support", "Legal", "People Ops", "Writing"}
}

func demoRules() []plan.Rule {
	return []plan.Rule{
		{Group: "engineering", Team: "Engineering"},
		{Group: "design", Team: "Design"},
		{Group: "marketing", Team: "Marketing"},
		{Group: "sales", Team: "Sales"},
		{Group: "support", Team: "Support"},
		{Group: "legal", Team: "Legal"},
		{Group: "people-ops", Team: "People Ops"},
		{Group: "everybody-writing", Team: "Writing"},
	}
}

// newDemo starts the stand-in Writer and an empty state in a temporary directory.
func (a *app) newDemo(ctx context.Context) (*demo, error) {
	dir, err := os.MkdirTemp("", "writersync-demo")
	if err != nil {
		return nil, fmt.Errorf("make room for the demo: %w", err)
	}
	d := &demo{out: a.out, dir: dir, company: sample.New()}
	token := rand.Text()
	d.writer, err = sandbox.Listen(ctx, 0, sandbox.New(sandbox.Options{Token: token, Teams: demoTeams(), DefaultTeam: "Everyone"}))
	if err != nil {
		d.close()
		return nil, err
	}
	cfg := config.Default()
	cfg.Writer.URL = d.writer.URL()
	cfg.Writer.Pace = config.Pace{Start: 6000, Max: 60000} // loopback
	cfg.Writer.Token = connectors.NewSecret("demo", func(context.Context) (string, error) { return token, nil })
	client, err := dialWriter(cfg, unobserved{})
	if err != nil {
		d.close()
		return nil, err
	}
	store, err := state.Open(ctx, filepath.Join(dir, "state.db"), state.Options{})
	if err != nil {
		client.Close()
		d.close()
		return nil, err
	}
	d.engine = &engine{store: store, build: d.build(cfg, store, client), done: client.Close}
	return d, nil
}

// build wires the company and the stand-in Writer as a configuration would.
func (d *demo) build(cfg *config.Config, store syncer.Store, client *transport.Client) func(syncer.Request) (*syncer.Syncer, error) {
	return func(r syncer.Request) (*syncer.Syncer, error) {
		client := client
		if r.DryRun {
			client = client.ReadOnly()
		}
		return syncer.New(syncer.Options{
			Sources: []syncer.Source{{Name: "sample", Connector: d.company}}, Store: store, Target: writerOf(cfg, client),
			Policy:    plan.Policy{Rules: demoRules(), DefaultTeam: "Everyone", Deprovision: plan.DeprovisionDeactivate},
			Protected: guard.Protected{Listed: true}, Base: "demo", Slice: cfg.Slice, Concurrency: cmp.Or(d.concurrency, cfg.Writer.Concurrency),
			Now: time.Now, Requests: usageOf(client),
		}), nil
	}
}

func (d *demo) close() {
	if d.engine != nil {
		_ = d.engine.close() // the file goes with the directory
	}
	if d.writer != nil {
		_ = d.writer.Close() // nobody is left to ask it
	}
	_ = os.RemoveAll(d.dir) // a temporary directory; what stays is swept by the system
}

// run tells the story: a first push, the days after it, and a bad one.
func (d *demo) run(ctx context.Context) error {
	d.say("A sample company: 60 people in 8 groups, one of which nests three others.")
	d.say("A stand-in Writer on %s with %d teams, and nobody in it.", d.writer.URL(), len(demoTeams()))
	d.head("The first push")
	if err := d.firstPush(ctx); err != nil {
		return err
	}
	for _, day := range d.days() {
		d.head(day.what)
		day.change()
		if err := d.pass(ctx, day.what); err != nil {
			return err
		}
	}
	d.head("Half of the directory is deleted by mistake")
	lost := d.company.LoseHalf()
	d.say("%d people vanish from the directory at once.", lost)
	if err := d.pass(ctx, "half of the directory lost"); err != nil {
		return err
	}
	return d.summary(ctx)
}

// firstPush shows the gate: the first plan waits for an approval.
func (d *demo) firstPush(ctx context.Context) error {
	first, err := d.engine.Pass(ctx, syncer.Request{Trigger: syncer.TriggerDemo})
	if err != nil {
		return err
	}
	writeHolds(d.out, first.Plan.Held, demoLines)
	for _, h := range first.Plan.Held {
		if h.Exit != plan.Approve {
			continue
		}
		d.say("\nNothing was changed: a first plan waits for an approval. The demo gives it:\n  $ writersync approve %s", h.Hash().Short())
		if _, err := d.engine.Approve(ctx, string(h.Hash()), "demo"); err != nil {
			return err
		}
	}
	second, err := d.engine.Pass(ctx, syncer.Request{Trigger: syncer.TriggerDemo})
	if err != nil {
		return err
	}
	d.steps = append(d.steps, demoStep{"first push", second.Run})
	writeRun(d.out, second.Run)
	return nil
}

// demoDay is one thing that happens in the directory.
type demoDay struct {
	what   string
	change func()
}

func (d *demo) days() []demoDay {
	return []demoDay{
		{"Nothing happens", func() {}},
		{"A joiner: Uma Castor starts in engineering", func() { d.company.Hire("Uma", "Castor", "engineering") }},
		{"A mover: Bela Ahlberg goes from engineering to sales", func() { d.company.Move("bela.ahlberg@example.com", "sales") }},
		{"A leaver: Cira Ahlberg is gone from the directory", func() { d.company.Leave("cira.ahlberg@example.com") }},
		{"A rename: Dario Ahlberg is now Dario Ahlberg-Olin", func() { d.company.Rename("dario.ahlberg@example.com", "Ahlberg-Olin") }},
		{"An e-mail change: the same person, another address", func() {
			d.company.Readdress("dario.ahlberg@example.com", "dario.ahlberg-olin@example.com")
		}},
	}
}

// pass shows a plan and applies it.
func (d *demo) pass(ctx context.Context, what string) error {
	outcome, err := d.engine.Pass(ctx, syncer.Request{Trigger: syncer.TriggerDemo})
	if err != nil {
		return err
	}
	writePlan(d.out, outcome.Plan, demoLines)
	writeRun(d.out, outcome.Run)
	what, _, _ = strings.Cut(what, ":")
	d.steps = append(d.steps, demoStep{strings.ToLower(what[:1]) + what[1:], outcome.Run})
	return nil
}

// stayUp keeps everything running, as `serve` would.
func (d *demo) stayUp(ctx context.Context) error {
	d.head("Still up")
	socket := filepath.Join(d.dir, "writersync.sock")
	d.say("The stand-in Writer's state: %s/state", d.writer.ControlURL())
	d.say("A pass runs every %s. Ask it: writersync --socket %s status. Stop with Ctrl-C.", demoEvery, socket)
	daemon := &daemon{
		engine: d.engine, schedule: schedule{every: demoEvery}, socket: socket, log: slog.New(slog.NewTextHandler(d.out, nil)),
	}
	return daemon.serve(ctx)
}

// summary ends the story with what each day cost, and what is in Writer now.
func (d *demo) summary(ctx context.Context) error {
	d.head("Summary")
	tw := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "DAY\tRESULT\tCHANGED\tHELD\tREQUESTS THAT WROTE")
	for _, s := range d.steps {
		done, held := 0, 0
		for _, c := range s.run.Counts {
			done += c.Done
			held += c.Held
		}
		fmt.Fprintf(tw, "%s\t%s\t%d\t%d\t%d\n", s.what, s.run.Result, done, held, s.run.Requests.Writes)
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("print summary: %w", err)
	}
	status, err := d.engine.Status(ctx)
	if err != nil {
		return err
	}
	active := 0
	there := d.writer.State()
	for _, account := range there.Accounts {
		if account.Active {
			active++
		}
	}
	d.say("\nWriter has %d active accounts in %d teams; writersync manages %d.", active, len(there.Teams), status.Accounts)
	d.say("Losing half of the directory removed nobody: what is held waits for an admin, and says why.")
	return nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) head(title string) { fmt.Fprintf(d.out, "\n== %s\n\n", title) }
