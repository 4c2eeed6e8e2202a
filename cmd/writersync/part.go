package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"writersync/connectors"
)

func (a *app) partVerb() *cobra.Command {
	return &cobra.Command{
		Use: "part SOURCE/ID", Short: "Say that somebody is not the person of another source with whom they were joined",
		Args: exactly("the SOURCE/ID of the person (see `writersync explain`)"),
		RunE: func(c *cobra.Command, args []string) error {
			source, id, ok := strings.Cut(args[0], "/")
			if !ok {
				return usageError{fmt.Errorf("%s is no SOURCE/ID: `writersync explain` shows that of each record", args[0])}
			}
			return a.withEngine(c.Context(), func(e reached) error {
				first, err := e.Part(c.Context(), connectors.Ref{Source: source, ID: id})
				if err != nil {
					return err
				}
				return a.show(map[string]string{"person": args[0], "was": first.String()}, func(w io.Writer) {
					fmt.Fprintf(w, "%s is not %s any more. They are joined again if people.join still makes them one: change what it looks at.\n", args[0], first)
				})
			})
		},
	}
}
