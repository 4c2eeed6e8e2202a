package connectortest

import (
	"testing"

	"writersync/connectors"
)

// named is a configuration whose identity is its name.
type named struct {
	faulty
	name string
}

func (n *named) Identity() string { return n.name }

func TestWantIdentity(t *testing.T) {
	valid := func() *named { return &named{name: "corp"} }
	another := map[string]func(*named){"name": func(n *named) { n.name = "other" }}
	tuned := map[string]func(*named){"opening": func(n *named) { n.opening = connectors.ErrEmpty }}
	WantIdentity(t, valid, another, tuned)
	if failures(t, func(tb testing.TB) { WantIdentity(tb, valid, tuned, nil) }) == "" {
		t.Error("an identity that stays is taken for one that moves")
	}
	if failures(t, func(tb testing.TB) { WantIdentity(tb, valid, nil, another) }) == "" {
		t.Error("an identity that moves is taken for one that stays")
	}
}
