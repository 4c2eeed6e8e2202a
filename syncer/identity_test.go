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

// TestHiredAgain gives somebody who is back under another ID the old account, with its
// teams, once somebody said that they are one.
func TestHiredAgain(t *testing.T) {
	h := newTwo(t)
	old, err := h.writer.FindUser(t.Context(), "p00@example.com")
	if err != nil {
		t.Fatal(err)
	}
	leaver := h.ofIT[0]
	h.ofIT = h.ofIT[1:]
	h.read()
	if h.read(); h.has("p00@example.com") {
		t.Fatal("the leaver has the account still")
	}
	leaver.ID = "c00-again"
	h.ofIT = append(h.ofIT, leaver)
	h.read()
	if h.has("p00@example.com") {
		t.Fatal("the newcomer has the account unasked")
	}
	h.approveAll(h.read())
	h.read()
	h.read()
	if a, err := h.writer.FindUser(t.Context(), "p00@example.com"); err != nil || a.ID != old.ID || !h.has("p00@example.com") {
		t.Errorf("the account is %+v, %v; it was %s", a, err, old.ID)
	}
	if out := h.read(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 {
		t.Errorf("it does not settle:\n%s", out.Plan)
	}
}
