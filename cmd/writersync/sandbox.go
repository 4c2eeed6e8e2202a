package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"writersync/syncer/writer/sandbox"
)

func (a *app) sandboxVerb() *cobra.Command {
	var (
		port   int
		token  string
		teams  []string
		quirks []string
		list   bool
	)
	c := &cobra.Command{
		Use: "sandbox", Short: "Run a stand-in Writer on loopback, to try a configuration against",
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				return a.listQuirks()
			}
			o := sandbox.Options{Token: token, Teams: teams, DefaultTeam: "Everyone"}
			for _, name := range quirks {
				q, ok := sandbox.FindQuirk(name)
				if !ok {
					return usageError{fmt.Errorf("there is no quirk %q: see --list", name)}
				}
				q.Set(&o.Quirks)
			}
			return a.serveSandbox(c.Context(), port, o)
		},
	}
	c.Flags().IntVar(&port, "port", 8765, "port on 127.0.0.1; 0 takes a free one")
	c.Flags().StringVar(&token, "token", "sandbox", "bearer token to accept")
	c.Flags().StringSliceVar(&teams, "team", nil, "a team that exists; may be given several times")
	c.Flags().StringSliceVar(&quirks, "quirk", nil, "behave oddly in this way; may be given several times")
	c.Flags().BoolVar(&list, "list", false, "list the quirks")
	return c
}

func (a *app) listQuirks() error {
	all := sandbox.AllQuirks()
	names := map[string]string{}
	for _, q := range all {
		names[q.Name] = q.Doc
	}
	return a.show(names, func(w io.Writer) {
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, q := range all {
			fmt.Fprintf(tw, "%s\t%s\n", q.Name, q.Doc)
		}
		_ = tw.Flush() // an error of w shows on the next write
	})
}

func (a *app) serveSandbox(ctx context.Context, port int, o sandbox.Options) error {
	server, err := sandbox.Listen(ctx, port, sandbox.New(o))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "A stand-in Writer: %s, teams %q. What it holds: %s/state. Stop with Ctrl-C.\n", server.URL(), o.Teams, server.ControlURL())
	<-ctx.Done()
	return server.Close()
}
