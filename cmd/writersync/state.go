package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"writersync/dashboards/console"
	"writersync/state"
)

func (a *app) stateVerb() *cobra.Command {
	c := &cobra.Command{Use: "state", Short: "Back up, check and compact what writersync remembers"}
	c.AddCommand(a.backupVerb(), &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of the state, which is kept beside it; the daemon must be stopped",
		Args: exactly("the FILE of a backup"),
		RunE: func(c *cobra.Command, args []string) error { return a.restoreState(c, args[0]) },
	}, &cobra.Command{
		Use: "check [FILE]", Short: "Read every record of the state, or of a backup, and say whether it is whole",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.checkState(c, args) },
	}, &cobra.Command{
		Use: "compact", Short: "Rewrite the state file without the room that was freed in it, beside a daemon too",
		RunE: func(c *cobra.Command, _ []string) error { return a.compactState(c.Context()) },
	})
	return c
}

func (a *app) backupVerb() *cobra.Command {
	force := false
	c := &cobra.Command{
		Use: "backup FILE", Short: "Copy the state, as of this moment, to a file that is not there yet",
		Args: exactly("the FILE to write"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0]) // a daemon runs in another folder
			if err != nil {
				return fmt.Errorf("find %s: %w", args[0], err)
			}
			if err := a.hasState(); err != nil {
				return fmt.Errorf("back up the state: %w", err)
			}
			return a.withEngine(c.Context(), func(e reached) error {
				if err := e.Backup(c.Context(), path, force); err != nil {
					return err
				}
				if _, err := os.Lstat(path); err != nil && e.daemon {
					return fmt.Errorf("the daemon wrote the backup to a file of that name that is not this one (%w): it sees other folders, as with PrivateTmp of systemd; name one that both see", err)
				}
				return a.show(map[string]string{"backup": path}, func(w io.Writer) { fmt.Fprintf(w, "Backed up to %s, and checked.\n", path) })
			})
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace an earlier backup, once the new one is whole")
	return c
}

// hasState says so if there is no state, and no daemon that could have another one: to make
// an empty one helps with nothing that is asked of an old one.
func (a *app) hasState() error {
	cfg, err := a.load()
	if err != nil || a.socket != "" {
		return nil //nolint:nilerr // said where a daemon is looked for
	}
	if _, err := os.Lstat(cfg.State.Path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is none at %s: it is made by the first run", cfg.State.Path)
	}
	return nil
}

// checkState checks a file, or the configured state. While a daemon holds the
// state, it is asked for a backup, which it checks.
func (a *app) checkState(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return a.checkFile(c.Context(), args[0], args[0])
	}
	cfg, err := a.load()
	if err != nil {
		return err
	}
	client, err := console.Dial(c.Context(), cfg.Listen.Socket)
	if err != nil {
		return a.checkFile(c.Context(), cfg.State.Path, cfg.State.Path)
	}
	defer client.Close()
	dir, err := state.MakeRoom(cfg.State.Path)
	if err != nil {
		return fmt.Errorf("make room for a copy: %w", err)
	}
	err = client.Backup(c.Context(), filepath.Join(dir, "state.db"), false)
	if err == nil {
		err = a.checkFile(c.Context(), filepath.Join(dir, "state.db"), cfg.State.Path)
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// checkFile checks a file, and calls it by the name that people know.
func (a *app) checkFile(ctx context.Context, path, name string) error {
	if err := state.Check(ctx, path); err != nil {
		return err
	}
	return a.show(map[string]any{"whole": true, "path": name}, func(w io.Writer) { fmt.Fprintf(w, "%s is whole.\n", name) })
}

// restoreState puts a backup in the place of the configured state.
func (a *app) restoreState(c *cobra.Command, backup string) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if client, err := console.Dial(c.Context(), cfg.Listen.Socket); err == nil {
		client.Close()
		return usageError{fmt.Errorf("a daemon holds the state: stop it first")}
	}
	kept, err := state.Restore(c.Context(), backup, cfg.State.Path, time.Now())
	if err != nil {
		return err
	}
	return a.show(map[string]string{"restored": cfg.State.Path, "kept": kept}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s now, and was checked.\n", cfg.State.Path, backup)
		if kept != "" {
			fmt.Fprintf(w, "What was there is kept as %s.\n", kept)
		}
		fmt.Fprintln(w, "It is paused, and its approvals are void. The next pass reads Writer in full, to find what was done since the backup;")
		fmt.Fprintln(w, "look at `writersync plan`, then `writersync resume`.")
	})
}

// compactState has the daemon compact the state, and does so itself if there is none.
func (a *app) compactState(ctx context.Context) error {
	path, socket := "", a.socket
	if socket == "" {
		cfg, err := a.load()
		if err != nil {
			return err
		}
		path, socket = cfg.State.Path, cfg.Listen.Socket
	}
	out, err := compactAt(ctx, path, socket)
	if err != nil {
		return err
	}
	return a.show(out, func(w io.Writer) {
		fmt.Fprintf(w, "The state file had %s and has %s now, of which %s are in use.\n", mebibytes(out.Before), mebibytes(out.After), mebibytes(out.Live))
	})
}

// compactAt asks the daemon at the socket, or compacts the file at path if none answers
// and there is one.
func compactAt(ctx context.Context, path, socket string) (console.Compaction, error) {
	client, err := console.Dial(ctx, socket)
	switch {
	case err == nil:
		defer client.Close()
		return client.Compact(ctx)
	case path == "":
		return console.Compaction{}, fmt.Errorf("%w: is the daemon running there?", err)
	}
	c, err := state.Compact(ctx, path)
	return compactionOf(c), err
}

func compactionOf(c state.Compaction) console.Compaction {
	return console.Compaction{Before: c.Before.File, After: c.After.File, Live: c.After.Live}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
