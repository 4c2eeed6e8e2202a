package connectortest

import (
	"context"
	"errors"
	"testing"

	"writersync/connectors"
)

// TestFollow reads a directory whole and then what changed, and holds the same.
func TestFollow(t *testing.T) {
	m := &memory{}
	w := company(nil)
	m.Load(t, w)
	f, _ := Open[*Fake](t, m)
	followed, complete := MustRead(t, f)
	m.Load(t, w.moved(nil))
	if delta := Follow(t, f, followed, complete.Evidence().Cursor); delta.Gone() != 2 || len(followed.Deleted) != 2 {
		t.Errorf("%d are gone, and %v were kept", delta.Gone(), followed.Deleted)
	}
	whole, _ := MustRead(t, f)
	WantSame(t, whole, followed)
}

// TestReadIsHeldToItsProof: an outcome that says both or nothing is a failure, and so is
// what cannot be opened or followed.
func TestReadIsHeldToItsProof(t *testing.T) {
	both := reader{&Fake{}, nil}
	both.Set(company(nil).Users, nil)
	complete, err := both.Fake.Read(t.Context(), connectors.NewReading("corp", &Collect{}))
	if err != nil {
		t.Fatal(err)
	}
	outcome := func(c connectors.Complete, err error) reader {
		both.read = func(context.Context, *connectors.Reading) (connectors.Complete, error) { return c, err }
		return both
	}
	bare := struct{ connectors.Connector }{both}
	for name, do := range map[string]func(testing.TB){
		"a proof and an error":  func(tb testing.TB) { _, _, _ = Read(tb, outcome(complete, errReset)) },
		"neither":               func(tb testing.TB) { _, _, _ = Read(tb, outcome(connectors.Complete{}, nil)) },
		"an error":              func(tb testing.TB) { MustRead(tb, outcome(connectors.Complete{}, errReset)) },
		"no Changer":            func(tb testing.TB) { MustChange(tb, bare, "0") },
		"a cursor of nobody's":  func(tb testing.TB) { MustChange(tb, both, "x") },
		"another connector":     func(tb testing.TB) { Open[reader](tb, &memory{}) },
		"what cannot be opened": func(tb testing.TB) { Open[*Fake](tb, faulty{opening: errors.New("no")}) },
	} {
		if failures(t, do) == "" {
			t.Errorf("%s: the test is told nothing", name)
		}
	}
}
