package connectortest

import (
	"context"
	"slices"
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
//
// Of a membership that is there it never says that it is absent, and of one that is not, never
// that it is present. Of a user or a group that is not there it knows nothing.
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
	checkMemberships(t, s, prover, before)
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

// checkMemberships asks about each user of a group, and about others.
func checkMemberships(t testing.TB, s *subject, p connectors.Prover, w World) {
	t.Helper()
	g := slices.IndexFunc(w.Groups, func(g connectors.Group) bool { return g.Name == "engineering" })
	if g < 0 {
		t.Fatal("the group engineering was not read")
	}
	claim := func(user, group string) connectors.Presence {
		c := connectors.Claim{Kind: connectors.MembershipObject, ID: user, Group: group, Container: containers(w)["user "+user]}
		of := c
		of.Kind = connectors.UserObject
		got, err := p.Prove(t.Context(), withControls(c, controlsOf(w, of)))
		s.discreet(t, err)
		if err != nil && user != missingID && group != missingID {
			t.Fatalf("prove a membership: %v", err)
		}
		return got
	}
	for _, u := range w.Users {
		refuted := connectors.Absent
		if !slices.Contains(w.Resolved().Groups[g].Members, u.ID) {
			refuted = connectors.Present
		}
		if got := claim(u.ID, w.Groups[g].ID); got == refuted {
			t.Errorf("the membership of %s in engineering is %s", u.ID, got)
		}
	}
	for _, c := range [][2]string{{missingID, w.Groups[g].ID}, {w.Users[0].ID, missingID}} {
		if got := claim(c[0], c[1]); got != connectors.Undecided {
			t.Errorf("the membership of %s in %s is %s", c[0], c[1], got)
		}
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
