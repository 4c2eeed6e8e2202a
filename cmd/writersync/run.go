package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jonboulle/clockwork"
	"github.com/spf13/cobra"

	"writersync/connectors"
	"writersync/connectors/all"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// The exit codes; of those that apply, the first of 2, 1, 4, 3.
const (
	exitDone   = 0
	exitFailed = 1 // also: a source failed or was refused
	exitUsage  = 2 // the command line or the configuration is wrong
	exitSkips  = 3 // done, but some people or ops wait
	exitHeld   = 4 // something waits for an approval
)

// stdio is where a verb reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// app is what every verb shares.
type app struct {
	stdio
	config   string // path of the configuration file
	socket   string // of a daemon to ask; empty: the configured one
	output   string // "text" or "json"
	registry *connectors.Registry
	clock    clockwork.Clock // of daemons
	code     int             // exit code of a verb that ended as it should
}

// usageError is a mistake of the command line or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, io stdio) int {
	a := &app{stdio: io, registry: all.Types(), clock: clockwork.NewRealClock()}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return a.code
	case errors.As(err, &usage):
		fmt.Fprintf(io.err, "writersync: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(io.err, "writersync: %v\n", err)
	return exitFailed
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "writersync",
		Short:         "Keep a Writer organization in step with a company's directory",
		SilenceErrors: true, SilenceUsage: true, Version: version(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no verb %q; see `writersync --help`", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.output != "text" && a.output != "json" {
				return usageError{fmt.Errorf("--output %s: say text or json", a.output)}
			}
			return nil
		},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())}
	})
	root.PersistentFlags().StringVarP(&a.config, "config", "c", "/etc/writersync/writersync.yml", "configuration file")
	root.PersistentFlags().StringVar(&a.socket, "socket", "", "ask the daemon that listens here, without a configuration")
	root.PersistentFlags().StringVarP(&a.output, "output", "o", "text", "text or json")
	root.AddCommand(
		a.demoVerb(), a.checkVerb(), a.testVerb(), a.explainVerb(), a.planVerb(), a.applyVerb(), a.syncVerb(), a.serveVerb(), a.statusVerb(),
		a.importVerb(), a.approveVerb(), a.partVerb(), a.pauseVerb(), a.resumeVerb(), a.stateVerb(), a.configVerb(), a.sandboxVerb(),
		a.connectorsVerb(), a.healthVerb(), a.versionVerb(),
	)
	noArguments(root)
	return root
}

// noArguments makes a mistyped argument a usage error on every verb that takes
// none.
func noArguments(c *cobra.Command) {
	for _, sub := range c.Commands() {
		check := sub.Args
		switch {
		case check != nil:
		case sub.HasSubCommands():
			check, sub.RunE = noSuchVerb, needsVerb
		case sub.Name() != "help" && sub.Name() != "completion":
			check = noMoreWords
		}
		if check != nil {
			sub.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return usageError{fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())}
				}
				return nil
			}
		}
		noArguments(sub)
	}
}

// noSuchVerb refuses a word behind a verb that only groups others.
func noSuchVerb(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("there is no %q below `%s`", args[0], c.CommandPath())
	}
	return nil
}

func needsVerb(c *cobra.Command, _ []string) error {
	if err := c.Help(); err != nil {
		return fmt.Errorf("print help: %w", err)
	}
	return usageError{fmt.Errorf("`%s` wants a verb", c.CommandPath())}
}

func noMoreWords(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("`%s` takes no argument, and was given %q", c.CommandPath(), args[0])
	}
	return nil
}

// exactly asks for arguments by their names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return fmt.Errorf("`%s` wants %s, and was given %d arguments", c.CommandPath(), strings.Join(names, " and "), len(args))
		}
		return nil
	}
}

// codeOf returns the exit code of a finished run.
func codeOf(r syncer.Run) int {
	switch r.Result {
	case syncer.ResultFailed:
		return exitFailed
	case syncer.ResultHeld:
		return exitHeld
	case syncer.ResultSkips, syncer.ResultPaused:
		return exitSkips
	}
	return exitDone
}

// codeOfHolds returns the exit code of what waits.
func codeOfHolds(held []plan.Held) int {
	switch {
	case len(held) == 0:
		return exitDone
	case slices.ContainsFunc(held, func(h plan.Held) bool { return h.Exit == plan.Approve }):
		return exitHeld
	}
	return exitSkips
}
