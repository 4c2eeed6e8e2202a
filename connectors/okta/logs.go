package okta

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"writersync/connectors"
)

// eventsPage is how many events are asked for at once, the most that Okta gives.
const eventsPage = "1000"

// names returns the keys of a map, sorted.
func names(m map[string]connectors.ObjectKind) []string { return slices.Sorted(maps.Keys(m)) }

// logQuery returns the first page of the System Log from a moment on, of these events.
// Without an end it is in polling mode: its last page leads on to what comes later.
func logQuery(from string, kinds []string) string {
	parts := make([]string, len(kinds))
	for i, kind := range kinds {
		parts[i] = `eventType eq "` + kind + `"`
	}
	return at(pathLogs, "since", from, "filter", strings.Join(parts, " or "), "limit", eventsPage)
}

// events hands every event from a page on to visit, and returns the path from which
// later ones follow. In polling mode there is always a next page: an empty one is the
// end.
func (c *Connector) events(ctx context.Context, path string, visit func(oktaEvent) error) (next string, err error) {
	const op = "read the System Log"
	seen := map[string]struct{}{}
	for n := 0; ; n++ {
		if _, again := seen[path]; again || n == maxPages {
			return "", corrupt(op, errors.New("the link to the next page leads back"), "")
		}
		seen[path] = struct{}{}
		var page []*oktaEvent
		a, err := c.way.read(ctx, op, path, &page)
		if err != nil {
			return "", hinted(err)
		}
		for _, e := range page {
			if e == nil {
				return "", corrupt(op, errors.New("a record is null"), hintBetween)
			}
			if err = visit(*e); err != nil {
				return "", err
			}
		}
		switch {
		case a.next != "" && !sameListing(path, a.next):
			return "", corrupt(op, errors.New("the link to the next page leads to another listing"), hintBetween)
		case len(page) == 0 && a.next == "":
			return path, nil
		case len(page) == 0:
			return a.next, nil
		case a.next == "":
			return "", corrupt(op, errors.New("the System Log names no way to later events"), "")
		}
		path = a.next
	}
}

// hinted adds what helps where the System Log alone is closed.
func hinted(err error) error {
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Denied || isRefusal(err, http.StatusUnauthorized) {
		return err
	}
	return &connectors.Error{
		Class: e.Class, Op: e.Op, Err: e.Err,
		Hint: "Let the credential read the System Log (scope " + scopeLogs + "), or set events.poll: 0 to do without.",
	}
}
