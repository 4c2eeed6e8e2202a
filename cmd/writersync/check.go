package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// finding is one line of a check.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

func (a *app) checkVerb() *cobra.Command {
	o := canaryOptions{}
	c := &cobra.Command{
		Use: "check", Short: "Test credentials, endpoints, teams and rules; change nothing anywhere, but for --canary",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			log, err := newLog(a.err, cfg.Log.Level, cfg.Log.Format)
			if err != nil {
				return usageError{err}
			}
			k := &checker{cfg: cfg, canary: connectors.CanonicalEmail(o.email)}
			sources, err := openSources(cfg, unobserved{}, log)
			if err != nil {
				return err
			}
			defer closeSources(sources, log)
			k.writer(c.Context())
			for _, s := range sources {
				k.source(c.Context(), s.Name, s.Connector)
			}
			k.stored(c.Context(), a)
			k.rules()
			if slices.ContainsFunc(k.found, func(f finding) bool { return !f.OK }) {
				a.code = exitFailed
			}
			if c.Flags().Changed("canary") {
				return a.probe(c.Context(), k, o)
			}
			return a.show(k.found, func(w io.Writer) { writeFindings(w, k.found) })
		},
	}
	c.Flags().StringVar(&o.email, "canary", "", "find out what this Writer does with people who leave, on an account that is made for it, with this e-mail")
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "with --canary: do not ask")
	return c
}

func writeFindings(w io.Writer, found []finding) {
	for _, f := range found {
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
		}
		fmt.Fprintf(w, "%s  %s: %s\n", mark, f.What, printable(f.Text))
	}
}

// group is a group that a source states.
type group struct {
	ref  connectors.Ref
	name string
}

func (k *checker) groupNames() []string {
	names := make([]string, len(k.groups))
	for i, g := range k.groups {
		names[i] = g.name
	}
	return names
}

// checker gathers findings. It reads sources and Writer, and stores nothing.
type checker struct {
	cfg    *config.Config
	found  []finding
	teams  []string          // names in Writer
	groups []group           // of the sources
	made   []plan.Imported   // groups that import made
	unread []string          // what could not be read
	mails  map[string]string // canonical e-mail to who stated it

	canary   string // the e-mail that nobody may have; may be empty
	canaryOf string // the source that states it
}

func (k *checker) say(what string, err error, format string, args ...any) {
	f := finding{What: what, OK: err == nil, Text: fmt.Sprintf(format, args...)}
	if err != nil {
		f.Text = err.Error()
	}
	k.found = append(k.found, f)
}

func (k *checker) cannotRead(what string, err error) {
	k.say(what, err, "")
	k.unread = append(k.unread, what)
}

// writer reads Writer's teams and accounts: the token, the address and the rights
// are then known to be good.
func (k *checker) writer(ctx context.Context) {
	what := "Writer at " + hostOf(k.cfg.Writer.URL)
	client, err := dialWriter(k.cfg, unobserved{})
	if err != nil {
		k.cannotRead(what, err)
		return
	}
	defer client.Close()
	remote, err := writerOf(k.cfg, client.ReadOnly()).ReadAll(ctx)
	if err != nil {
		k.cannotRead(what, err)
		return
	}
	k.say(what, nil, "%s, %s", counted(len(remote.Accounts), "account"), counted(len(remote.Teams), "team"))
	if !remote.AccountsWhole || !remote.TeamsWhole {
		k.say(what, nil, "its listing cannot be shown to be whole; nothing will be concluded from what it lacks")
	}
	for _, t := range remote.Teams {
		k.teams = append(k.teams, t.Name)
	}
	if d := k.cfg.Writer.DefaultTeam; d != "" && !slices.Contains(k.teams, d) {
		k.say("writer.default_team", fmt.Errorf("there is no team %q in Writer", d), "")
	}
}

// source reads a source whole, as a pass would. What the source finds of its own set-up
// is asked for afterwards, since some of it only a reading shows, and said first: it is
// the reason, most often, why a source cannot be read.
func (k *checker) source(ctx context.Context, name string, c connectors.Connector) {
	what := "source " + name
	sink := &census{k: k, source: name}
	complete, err := c.Read(ctx, connectors.NewReading(name, sink))
	k.setUp(ctx, what, c)
	if err != nil {
		k.cannotRead(what, err)
		return
	}
	size := complete.Size()
	k.say(what, nil, "read whole: %d people, %d groups, %d memberships (%s)", size.Users, size.Groups, size.Memberships, complete.Evidence().Closed)
	if _, proves := c.(connectors.Prover); !proves {
		k.say(what, nil, "it cannot be asked about single people: who is missing leaves after two complete readings")
	}
	if sink.noEmail > 0 {
		k.say(what, nil, "without an e-mail, and so without an account: %s", people(sink.noEmail))
	}
	if sink.twins > 0 {
		k.say(what, nil, "with the e-mail of somebody else, and so held: %s", people(sink.twins))
	}
	k.signIn(what, sink)
	if sink.unusable > 0 {
		k.say(what, nil, "with a value that cannot be used, in the place of which Writer keeps what it has: %s", people(sink.unusable))
	}
	if sink.faults > 0 {
		k.say(what, nil, "with a record that cannot be used, and so held: %s", people(sink.faults))
	}
}

// setUp says what a connector finds of its own set-up.
func (k *checker) setUp(ctx context.Context, what string, c connectors.Connector) {
	own, ok := c.(connectors.Checker)
	if !ok {
		return
	}
	found, err := own.Check(ctx)
	for _, f := range found {
		k.found = append(k.found, finding{What: what + ", " + f.What, OK: f.OK, Text: f.Text})
	}
	if err != nil {
		k.say(what, err, "")
	}
}

// claimed reports whether the organization has claimed the domain of an address, as
// far as the configuration says which.
func (k *checker) claimed(mail string) bool {
	_, domain, _ := strings.Cut(mail, "@")
	return len(k.cfg.Writer.Domains) == 0 || slices.ContainsFunc(k.cfg.Writer.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// signIn says what people need besides an account: they sign in through SAML SSO, and
// Writer knows them by the e-mail that SAML names.
func (k *checker) signIn(what string, s *census) {
	switch {
	case s.outside > 0:
		k.say(what, fmt.Errorf("%s have an e-mail outside writer.domains (%s), and Writer takes nobody from elsewhere: claim the domain, or leave them out with people.exclude",
			people(s.outside), strings.Join(k.cfg.Writer.Domains, ", ")), "")
	case len(k.cfg.Writer.Domains) == 0:
		k.say(what, nil, "people sign in through SAML SSO: its NameID must be the e-mail stated here; writer.domains lets this check say who is outside the claimed domains")
	}
}

// rules says which rules match nothing, and which teams are missing in Writer,
// with the name that was perhaps meant.
func (k *checker) rules() {
	if len(k.unread) > 0 {
		k.found = append(k.found, finding{What: "rules", Text: "not tested, since this was not read: " + strings.Join(k.unread, ", ")})
	}
	for _, r := range k.cfg.Teams {
		if len(k.unread) > 0 {
			break
		}
		rule := ruleOf(r)
		matched, missing, made := 0, []string{}, []string{}
		for _, g := range k.groups {
			team, ok := rule.Match(g.ref, g.name)
			if !ok {
				continue
			}
			matched++
			if k.isMade(g) {
				made = append(made, g.name)
			}
			if !slices.Contains(k.teams, team) {
				missing = append(missing, team)
			}
		}
		what := "rule " + rule.String()
		switch {
		case matched == 0:
			k.say(what, errors.New("no group matches; is this the name the directory uses?"+near(r.Group, k.groupNames())), "")
		case len(made) > 0:
			k.say(what, clash(made), "")
		case len(missing) > 0:
			k.say(what, fmt.Errorf("Writer has no team %s; create it there, SCIM cannot.%s", strings.Join(missing, ", "), near(missing[0], k.teams)), "") //nolint:staticcheck // a name
		default:
			k.say(what, nil, "%s", counted(matched, "group"))
		}
	}
	if len(k.unread) == 0 {
		k.excluded()
	}
	if !k.cfg.Protected.Listed() {
		k.say("protected", errors.New("there is no list: nothing will ever be removed; `protected: []` says that nobody needs protection"), "")
	}
}

// excluded says which names and patterns of people.exclude_groups match no group: they keep no
// user out.
func (k *checker) excluded() {
	for _, pattern := range k.cfg.People.ExcludeGroups {
		matched := 0
		for _, name := range k.groupNames() {
			if plan.Matches(pattern, name) {
				matched++
			}
		}
		what := fmt.Sprintf("people.exclude_groups %q", pattern)
		if matched == 0 {
			k.say(what, errors.New("no group matches, so that it keeps no user out; is this the name the directory uses?"+near(pattern, k.groupNames())), "")
			continue
		}
		k.say(what, nil, "%s", counted(matched, "group"))
	}
}

// near names what differs from name in case or space alone.
func near(name string, have []string) string {
	for _, h := range have {
		if strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(name)) {
			return fmt.Sprintf(" There is %q.", h)
		}
	}
	return ""
}

// people returns "1 person" or "3 people".
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
