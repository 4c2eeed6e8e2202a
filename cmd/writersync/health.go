package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) healthVerb() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask the daemon whether it is healthy; for a container's health check",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			return a.askHealth(c.Context(), "http://"+cfg.Listen.Metrics+"/healthz")
		},
	}
}

func (a *app) askHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the daemon does not answer: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1024))
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the daemon is not healthy: %s", printable(string(said)))
	}
	return a.show(map[string]bool{"healthy": true}, func(w io.Writer) { fmt.Fprintln(w, "healthy") })
}

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version",
		RunE: func(*cobra.Command, []string) error {
			return a.show(map[string]string{"version": version()}, func(w io.Writer) { fmt.Fprintln(w, "writersync", version()) })
		},
	}
}
