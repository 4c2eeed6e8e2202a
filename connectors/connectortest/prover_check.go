package connectortest

import (
	"context"
	"testing"

	"writersync/connectors"
)

// missingID has the shape of no object of any directory here.
const missingID = "no-such-object"

// checkProver: the connector proves if and only if it is declared to; and absence
// needs every control.
//
//	object   controls        answer
//	there    found           present
//	there    none            present
//	gone     found           absent
//	gone     one is missing  undecided
//	gone     none            undecided
func checkProver(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	prover, ok := s.connector.(connectors.Prover)
	if ok != h.Proves {
		t.Fatalf("is a Prover: %t, declared: %t", ok, h.Proves)
	}
	if !ok {
		return
	}
	before, _ := s.mustRead(t)
	gone := w.renamed(s.ids)
	user, group := gone.Users[0].ID, gone.Groups[len(gone.Groups)-1].ID
	claims := []connectors.Claim{
		{Kind: connectors.UserObject, ID: user, Container: containers(before)["user "+user]},
		{Kind: connectors.GroupObject, ID: group, Container: containers(before)["group "+group]},
	}
	for _, c := range claims {
		controls := controlsOf(before, c)
		prove(t, s, prover, connectors.Present, withControls(c, controls))
		prove(t, s, prover, connectors.Present, withControls(c, nil))
	}
	s.load(t, World{Users: w.Users[1:], Groups: w.Groups[:len(w.Groups)-1]}.Resolved().without(h.Lacks))
	after, _ := s.mustRead(t)
	for _, c := range claims {
		controls := controlsOf(after, c)
		prove(t, s, prover, connectors.Absent, withControls(c, controls))
		prove(t, s, prover, connectors.Undecided, withControls(c, append(controls, missingID)))
		prove(t, s, prover, connectors.Undecided, withControls(c, nil))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := prover.Prove(ctx, withControls(claims[0], controlsOf(after, claims[0]))); err == nil {
		t.Errorf("a proof whose context had ended answered %s without an error", p)
	}
}

func prove(t testing.TB, s *subject, p connectors.Prover, want connectors.Presence, c connectors.Claim) {
	t.Helper()
	got, err := p.Prove(t.Context(), c)
	s.discreet(t, err)
	if err != nil {
		t.Fatalf("prove: %v", err)
	}
	if got != want {
		t.Errorf("the claim %+v is %s, want %s", c, got, want)
	}
}

func withControls(c connectors.Claim, ids []string) connectors.Claim {
	c.Controls = ids
	return c
}

// controlsOf returns up to three objects of the claim's kind and container that a
// reading stated.
func controlsOf(w World, c connectors.Claim) []string {
	var ids []string
	add := func(id, container string) {
		if id != c.ID && container == c.Container && len(ids) < 3 {
			ids = append(ids, id)
		}
	}
	if c.Kind == connectors.UserObject {
		for _, u := range w.Users {
			add(u.ID, u.Container)
		}
		return ids
	}
	for _, g := range w.Groups {
		add(g.ID, g.Container)
	}
	return ids
}
