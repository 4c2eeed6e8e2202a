package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"writersync/config"
	"writersync/connectors"
	"writersync/dashboards/console"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
)

// canaryOptions are what `check` is told of a canary.
type canaryOptions struct {
	email string
	yes   bool
}

// checked is the outcome of a check with a canary, for machines.
type checked struct {
	Findings []finding        `json:"findings"`
	Canary   writer.Probe     `json:"canary"`
	Advice   plan.Deprovision `json:"advice"`
	Error    string           `json:"error,omitempty"`
}

// probe says what will be done with the canary, asks, does it and tells what was seen.
func (a *app) probe(ctx context.Context, k *checker, o canaryOptions) error {
	if a.output == "text" {
		writeFindings(a.out, k.found)
	}
	if err := a.mayProbe(ctx, k); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "This makes an account for %s in Writer at %s, which joins Writer's default team and takes a seat; changes its display name, "+
		"deactivates it, reactivates it, and deletes it in the end. Nothing else is changed, and nothing of it is remembered.\n", k.canary, hostOf(k.cfg.Writer.URL))
	if !o.yes {
		if err := a.confirm("Do it?"); err != nil {
			return err
		}
	}
	client, err := dialWriter(k.cfg, unobserved{})
	if err != nil {
		return err
	}
	defer client.Close()
	seen, err := writerOf(k.cfg, client).Probe(ctx, writer.Canary{Email: k.canary, Mark: "writersync-canary-" + rand.Text(), Pause: pause})
	if err != nil || seen.Left {
		a.code = exitFailed
	}
	out := checked{Findings: k.found, Canary: seen}
	out.Advice, _ = seen.Advice()
	if err != nil {
		out.Error = err.Error()
	}
	if serr := a.show(out, func(w io.Writer) { writeProbe(w, seen, k) }); serr != nil {
		return serr
	}
	return err
}

// mayProbe refuses a canary that is, or may be, somebody's.
func (a *app) mayProbe(ctx context.Context, k *checker) error {
	refuse := func(format string, args ...any) error {
		return usageError{fmt.Errorf("nothing was changed: "+format, args...)}
	}
	switch {
	case !connectors.ValidEmail(k.canary):
		return refuse("--canary wants the e-mail address of an account that does not exist, of a domain that Writer takes")
	case protectedOf(k.cfg).Emails[k.canary]:
		return refuse("%s is on the `protected` list: name an address that nobody uses", k.canary)
	case len(k.unread) > 0:
		return fmt.Errorf("nothing was changed: whether somebody has the e-mail %s cannot be told, since this was not read: %s", k.canary, named(k.unread, ""))
	case k.canaryOf != "":
		return refuse("%s is the e-mail of a person of source %s: name an address that nobody uses", k.canary, k.canaryOf)
	}
	linked, err := a.linked(ctx, k.cfg, k.canary)
	switch {
	case err != nil:
		return fmt.Errorf("nothing was changed: whether an account of somebody has the e-mail %s cannot be told: %w", k.canary, err)
	case linked != "":
		return refuse("%s is an e-mail of %s, whom writersync knows: name an address that nobody uses", k.canary, linked)
	}
	return nil
}

// linked returns who has the e-mail, in the account that a link holds or in what a
// source stated last. Where there is no state, nobody is linked.
func (a *app) linked(ctx context.Context, cfg *config.Config, mail string) (string, error) {
	if a.socket == "" && !daemonAt(ctx, cfg.Listen.Socket) {
		if _, err := os.Stat(cfg.State.Path); errors.Is(err, os.ErrNotExist) {
			return "", nil
		}
	}
	s, err := a.snapshot(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range s.People {
		stated := p.User != nil && connectors.CanonicalEmail(p.User.Email) == mail
		if stated || (p.Link != nil && p.Link.Email() == mail) {
			return p.Ref.String(), nil
		}
	}
	return "", nil
}

func daemonAt(ctx context.Context, socket string) bool {
	client, err := console.Dial(ctx, socket)
	if err != nil {
		return false
	}
	client.Close()
	return true
}

// pause is how long the probe waits before it looks again.
func pause(ctx context.Context) error {
	timer := time.NewTimer(2 * time.Second)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for Writer: %w", ctx.Err())
	case <-timer.C:
		return nil
	}
}

// writeProbe prints what was seen, what it means, and what is left.
func writeProbe(w io.Writer, p writer.Probe, k *checker) {
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "step\tWriter\twhat it means\n")
	for _, s := range p.Steps {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Name, printable(s.Saw), s.Means)
	}
	_ = t.Flush() // a Builder takes everything
	fmt.Fprintln(w)
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, adviceLine(p, plan.Deprovision(k.cfg.Deprovision)))
	switch {
	case p.Left && p.Account != "":
		fmt.Fprintf(w, "LEFT BEHIND: account %s of %s. Remove it in Writer's admin panel, among the people of the organization.\n", p.Account, k.canary)
	case p.Left:
		fmt.Fprintf(w, "PERHAPS LEFT BEHIND: an account of %s. Look for it in Writer's admin panel, and remove it.\n", k.canary)
	case p.Account != "":
		fmt.Fprintf(w, "Nothing is left of it in Writer.\n")
	}
}

// adviceLine says whether what is configured fits what was seen.
func adviceLine(p writer.Probe, configured plan.Deprovision) string {
	advice, why := p.Advice()
	switch {
	case advice == "":
		return "No advice: " + why + "."
	case advice == configured:
		return fmt.Sprintf("`deprovision: %s`, as it is configured, fits: %s.", advice, why)
	case configured == plan.DeprovisionNone:
		return fmt.Sprintf("`deprovision: %s` can be used (it is none): %s.", advice, why)
	case configured == plan.DeprovisionDelete && p.Deletes:
		return fmt.Sprintf("`deprovision: delete`, as it is configured, works; `%s` does as well: %s.", advice, why)
	}
	return fmt.Sprintf("Set `deprovision: %s` (it is %s): %s.", advice, configured, why)
}
