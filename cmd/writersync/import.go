package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"writersync/connectors/ldap"
	"writersync/syncer"
	"writersync/syncer/match"
)

// importOrder is what the verb `import` was asked for.
type importOrder struct {
	adopt, csv, yes bool
	into            string // a source
	export          string // a file
	base            string // of an export as LDIF
}

func (a *app) importVerb() *cobra.Command {
	var o importOrder
	c := &cobra.Command{
		Use: "import", Short: "Match Writer's users and teams with the directory; link them, or bring back what only Writer has",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(a.output); err != nil {
				return usageError{err}
			}
			if o.export != "" {
				if err := o.file().free(); err != nil {
					return err // before anything is read
				}
			}
			return a.withEngine(c.Context(), func(e reached) error { return a.doImport(c.Context(), e, o) })
		},
	}
	f := c.Flags()
	f.BoolVar(&o.adopt, "adopt", false, "link each account with the person of the very same address")
	f.StringVar(&o.into, "write-back", "", "make what only Writer has in this `SOURCE`")
	f.StringVar(&o.export, "export", "", "write what only Writer has to this `FILE`: .ldif or .csv")
	f.StringVar(&o.base, "base", "", "with --export FILE.ldif: the `DN` below which the entries are to stand")
	f.BoolVar(&o.csv, "csv", false, "print the report as CSV")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return c
}

// check says what does not go together.
func (o importOrder) check(output string) error {
	var ways []string
	for name, given := range map[string]bool{"--adopt": o.adopt, "--write-back": o.into != "", "--export": o.export != ""} {
		if given {
			ways = append(ways, name)
		}
	}
	switch {
	case len(ways) > 1:
		return errors.New("say one of --adopt, --write-back and --export at a time")
	case o.csv && (len(ways) > 0 || output == "json"):
		return errors.New("--csv is a form of the report: it stands alone, without --output json")
	}
	return o.checkExport()
}

func (o importOrder) checkExport() error {
	ldif := strings.HasSuffix(o.export, ".ldif")
	switch {
	case o.export != "" && !ldif && !strings.HasSuffix(o.export, ".csv"):
		return fmt.Errorf("--export %s: end the name in .ldif or .csv", o.export)
	case ldif && o.base == "":
		return errors.New(`--export to LDIF wants --base DN, such as --base "ou=writer,dc=example,dc=com"`)
	case !ldif && o.base != "":
		return errors.New("--base is for --export to an .ldif file")
	case ldif:
		if _, err := ldap.ParseName(o.base); err != nil {
			return fmt.Errorf("--base %s is not a distinguished name: %w", o.base, err)
		}
	}
	return nil
}

func (a *app) doImport(ctx context.Context, e reached, o importOrder) error {
	outcome, err := e.Pass(ctx, syncer.Request{Trigger: syncer.TriggerImport, DryRun: true, Import: syncer.ImportCompare})
	if err != nil {
		return err
	}
	if outcome.Match == nil {
		return errors.New("the daemon is of an older version and knows no import: restart it")
	}
	if len(outcome.Match.Unread) > 0 {
		a.code = exitFailed
	}
	switch {
	case o.adopt:
		return a.adopt(ctx, e, o, outcome)
	case o.into != "":
		return a.writeBack(ctx, e, o, outcome)
	case o.export != "":
		return a.export(o, *outcome.Match)
	case o.csv:
		return writeReportCSV(a.out, *outcome.Match)
	}
	return a.show(outcome.Match, func(w io.Writer) {
		writeReport(w, *outcome.Match)
		writeNextSteps(w, outcome)
	})
}

// writeNextSteps says what import can do about what it found.
func writeNextSteps(w io.Writer, o syncer.Outcome) {
	steps := 0
	if n := len(o.Plan.Ops); n > 0 {
		steps++
		fmt.Fprintf(w, "%s can be linked with the person of the very same address: writersync import --adopt\n", counted(n, "account"))
	}
	for _, into := range o.Match.Into {
		if work := o.Match.Work(into); !work.Empty() {
			steps++
			fmt.Fprintf(w, "%s can be made in source %s: writersync import --write-back %s\n", workPhrase(work), into, into)
		}
	}
	if work := o.Match.Work(""); len(o.Match.Into) == 0 && !work.Empty() {
		steps++
		fmt.Fprintf(w, "%s can be brought into the directory: writersync import --export FILE.ldif or FILE.csv\n", workPhrase(work))
	}
	if steps == 0 {
		fmt.Fprintln(w, "Nothing to do.")
	}
}

// workPhrase returns "2 users and 1 team".
func workPhrase(w match.Work) string {
	return counted(len(w.Users), "user") + " and " + counted(len(w.Groups), "team")
}
