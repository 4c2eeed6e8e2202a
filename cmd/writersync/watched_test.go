package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"writersync/config"
	"writersync/connectors"
)

// hearer is the configuration of a source that keeps what it was opened with.
type hearer struct{ env connectors.Env }

func (*hearer) Validate() error  { return nil }
func (*hearer) Identity() string { return "" }

func (h *hearer) Open(env connectors.Env) (connectors.Connector, error) {
	h.env = env
	return h, nil
}

func (*hearer) Read(context.Context, *connectors.Reading) (connectors.Complete, error) {
	return connectors.Complete{}, errors.ErrUnsupported
}

// TestSourcesHearThatTheyAreNotWatched: what watch says reaches the connector, so that its
// check demands nothing for a watch that there is not.
func TestSourcesHearThatTheyAreNotWatched(t *testing.T) {
	watched, other := &hearer{}, &hearer{}
	cfg := &config.Config{Sources: []config.Source{{Name: "corp", Watch: true, Config: watched}, {Name: "hr", Config: other}}}
	if _, err := openSources(cfg, unobserved{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if !watched.env.Watched || other.env.Watched {
		t.Errorf("watched: %t and %t, want true and false", watched.env.Watched, other.env.Watched)
	}
}
