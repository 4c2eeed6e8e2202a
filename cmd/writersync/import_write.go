package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"writersync/syncer"
	"writersync/syncer/match"
)

// writeBack shows what a source would be given, asks, and has exactly that made.
func (a *app) writeBack(ctx context.Context, e reached, o importOrder, found syncer.Outcome) error {
	if err := mayWriteBack(o.into, found); err != nil {
		return err
	}
	work := found.Match.Work(o.into)
	if a.output == "text" || work.Empty() {
		if err := a.showWork(o.into, work); err != nil || work.Empty() {
			return err
		}
	}
	if !o.yes {
		if err := a.confirm(fmt.Sprintf("Make %s in source %s?", workPhrase(work), o.into)); err != nil {
			return err
		}
	}
	outcome, err := e.Pass(ctx, syncer.Request{Trigger: syncer.TriggerImport, Import: syncer.ImportWrite, Into: o.into, Only: work.Hash()})
	if err != nil {
		return fmt.Errorf("%w\nWhat was made until then is remembered: run import again to go on", err)
	}
	if len(outcome.Written.Failed) > 0 {
		a.code = exitFailed
	}
	return a.show(outcome.Written, func(w io.Writer) { writeWritten(w, o.into, *outcome.Written) })
}

// mayWriteBack says why nothing can be made in a source.
func mayWriteBack(into string, found syncer.Outcome) error {
	switch {
	case !slices.ContainsFunc(found.Run.Sources, func(s syncer.SourceRun) bool { return s.Name == into }):
		return usageError{fmt.Errorf("there is no source %q", into)}
	case !slices.Contains(found.Match.Into, into):
		return usageError{fmt.Errorf("source %s cannot be written into: of an ldap source, set import.users and import.groups, of an okta source import.enabled; for others there is --export", into)}
	case len(found.Match.Unread) > 0:
		return fmt.Errorf("what was not read may be there already, so nothing is made: %s", found.Match.Unread[0])
	}
	return nil
}

func (a *app) showWork(where string, work match.Work) error {
	return a.show(work, func(w io.Writer) {
		if !work.Empty() {
			fmt.Fprintf(w, "To be made in source %s, without a password:\n", where)
		}
		writeWork(w, work)
		if work.Empty() {
			fmt.Fprintln(w, "Nothing to do.")
		}
	})
}

// writeWork lists users and groups, up to longList of each, and what is left out.
func writeWork(w io.Writer, work match.Work) {
	for i, u := range work.Users {
		if i == longList {
			fmt.Fprintf(w, "  ... and %s more\n", counted(len(work.Users)-i, "user"))
			break
		}
		fmt.Fprintf(w, "  user   %s  %s\n", printable(u.Address()), printable(u.Name))
	}
	for i, g := range work.Groups {
		if i == longList {
			fmt.Fprintf(w, "  ... and %s more\n", counted(len(work.Groups)-i, "group"))
			break
		}
		fmt.Fprintf(w, "  group  %s, with %s\n", printable(g.Name), counted(len(g.Accounts), "member"))
	}
	for i, l := range work.Left {
		if i == longList {
			fmt.Fprintf(w, "Left in Writer: %d more\n", len(work.Left)-i)
			break
		}
		what := "user"
		if l.Team {
			what = "team"
		}
		fmt.Fprintf(w, "Left in Writer: %s %s: %s\n", what, cell(l.What), printable(l.Why))
	}
}

func writeWritten(w io.Writer, into string, r syncer.Written) {
	fmt.Fprintf(w, "Made in source %s: %s, %s.\n", into, counted(r.Users, "user"), counted(r.Groups, "group"))
	for _, what := range r.Found {
		fmt.Fprintf(w, "There already, and not in what the source reads: %s. See its filters.\n", printable(what))
	}
	for _, f := range r.Failed {
		fmt.Fprintf(w, "Not made: %s: %s\n", printable(f.What), printable(f.Text))
	}
}
