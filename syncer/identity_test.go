package syncer_test

import (
	"context"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
)

// knownBy is the company, whose people are known by something that it names.
type knownBy struct {
	connectors.Connector
	what string
}

func (k knownBy) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	gathered := &gather{}
	inner := connectors.NewReading("sample", gathered)
	if _, err := k.Connector.Read(ctx, inner); err != nil {
		return connectors.Complete{}, err
	}
	for _, u := range gathered.users {
		u.ID = k.what + "-" + u.ID
		if err := r.User(u); err != nil {
			return connectors.Complete{}, err
		}
	}
	return r.Complete(connectors.Evidence{Closed: "end", Users: len(gathered.users), Groups: 0, Identity: k.what})
}

type gather struct{ users []connectors.User }

func (g *gather) User(u connectors.User) error { g.users = append(g.users, u); return nil }
func (g *gather) Group(connectors.Group) error { return nil }

// TestOtherIDs refuses a reading that knows people by something else, unless the
// configuration was changed: then the plan is shown first.
func TestOtherIDs(t *testing.T) {
	h := newHouse(t)
	company := h.options.Sources[0].Connector
	read := func(what string) syncer.Outcome {
		t.Helper()
		h.options.Sources = []syncer.Source{{Name: "sample", Connector: knownBy{company, what}}}
		return h.pass()
	}
	h.options.Policy.Everyone = true
	h.approveAll(read("entryUUID"))
	read("entryUUID")
	writes := len(h.writer.Log())
	if writes == 0 {
		t.Fatal("nobody was pushed")
	}
	out := read("ipaUniqueID")
	if out.Run.Result != syncer.ResultFailed || !strings.Contains(out.Run.Sources[0].Error, "known by entryUUID") || len(h.writer.Log()) != writes {
		t.Errorf("%s, %+v, %d writes", out.Run.Result, out.Run.Sources, len(h.writer.Log())-writes)
	}
	if out = read("entryUUID"); out.Run.Result != syncer.ResultDone {
		t.Errorf("as before: %s\n%s", out.Run.Result, out.Plan)
	}
	h.options.Base = "another ID"
	if out = read("ipaUniqueID"); !out.Run.Sources[0].Complete || len(h.writer.Log()) != writes {
		t.Errorf("after the configuration was changed: %+v, %d writes", out.Run.Sources, len(h.writer.Log())-writes)
	}
}
