package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"writersync/config"
)

func (a *app) configVerb() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check and describe the configuration"}
	c.AddCommand(&cobra.Command{
		Use: "validate [FILE]", Short: "Say everything that is wrong with a configuration, with line and fix; reach nothing",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.config = args[0]
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			return a.show(map[string]any{"valid": true, "sources": len(cfg.Sources), "rules": len(cfg.Teams)}, func(w io.Writer) {
				fmt.Fprintf(w, "%s is valid: %s, %s.\n", a.config, counted(len(cfg.Sources), "source"), counted(len(cfg.Teams), "rule"))
			})
		},
	}, &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of the configuration, for editors",
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema(a.registry)
			if err != nil {
				return err
			}
			_, err = a.out.Write(schema)
			return err
		},
	}, &cobra.Command{
		Use: "example", Short: "Print a commented example",
		RunE: func(*cobra.Command, []string) error {
			example, err := config.Example()
			if err != nil {
				return err
			}
			_, err = a.out.Write(example)
			return err
		},
	})
	return c
}

func (a *app) connectorsVerb() *cobra.Command {
	return &cobra.Command{
		Use: "connectors", Short: "List the kinds of source",
		RunE: func(*cobra.Command, []string) error {
			type kind struct {
				Type string `json:"type"`
				Doc  string `json:"doc"`
			}
			var kinds []kind
			for _, t := range a.registry.Types() {
				kinds = append(kinds, kind{t.Name, t.Doc})
			}
			return a.show(kinds, func(w io.Writer) {
				tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, k := range kinds {
					fmt.Fprintf(tw, "%s\t%s\n", k.Type, k.Doc)
				}
				_ = tw.Flush() // an error of w shows on the next write
			})
		},
	}
}
