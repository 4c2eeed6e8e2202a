package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"writersync/dashboards/console"
	"writersync/state"
)

func (a *app) stateVerb() *cobra.Command {
	c := &cobra.Command{Use: "state", Short: "Back up and check what writersync remembers"}
	c.AddCommand(&cobra.Command{
		Use: "backup FILE", Short: "Copy the state, as of this moment, to a file; an older copy there is replaced once the new one is whole",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withEngine(c.Context(), func(e reached) error {
				path, err := filepath.Abs(args[0]) // a daemon stands in another folder
				if err != nil {
					return fmt.Errorf("find %s: %w", args[0], err)
				}
				if err := e.Backup(c.Context(), path); err != nil {
					return err
				}
				return a.show(map[string]string{"backup": path}, func(w io.Writer) { fmt.Fprintf(w, "Backed up to %s, and checked.\n", path) })
			})
		},
	}, &cobra.Command{
		Use: "check [FILE]", Short: "Read every record of the state, or of a backup, and say whether it is whole",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.checkState(c, args) },
	})
	return c
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
	dir, err := os.MkdirTemp(filepath.Dir(cfg.State.Path), "check")
	if err != nil {
		return fmt.Errorf("make room for a copy: %w", err)
	}
	err = client.Backup(c.Context(), filepath.Join(dir, "state.db"))
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
