package syncer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"writersync/syncer"
	"writersync/syncer/store"
)

// An unreadable is a state whose runs cannot be read, and perhaps not be stored.
type unreadable struct {
	syncer.Store
	record error
}

func (u unreadable) View(ctx context.Context, fn func(syncer.Reader) error) error {
	return u.Store.View(ctx, func(tx syncer.Reader) error { return fn(runless{tx}) })
}

func (u unreadable) Update(ctx context.Context, fn func(syncer.Writer) error) error {
	if u.record != nil {
		return u.record
	}
	return u.Store.Update(ctx, fn)
}

type runless struct{ syncer.Reader }

func (runless) Runs(int) ([]store.Run, error) { return nil, errors.New("a later version wrote it") }

// TestHoldsOutliveWhatCannotBeRead: a run that cannot learn what is held leaves it as it is.
func TestHoldsOutliveWhatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	h.pass() // the first plan waits
	before := h.holds()
	if len(before) == 0 {
		t.Fatal("nothing is held")
	}
	h.options.Store, h.options.Target = unreadable{Store: h.store}, away{h.writer}
	if _, err := syncer.New(h.options).Run(t.Context(), syncer.Request{Trigger: "test", Verify: true}); err == nil {
		t.Fatal("the run did not fail")
	}
	if after := h.holds(); len(after) != len(before) {
		t.Errorf("%d holds became %d", len(before), len(after))
	}
}

func (h *house) holds() (held []store.Hold) {
	h.t.Helper()
	err := h.store.View(h.t.Context(), func(tx syncer.Reader) (err error) { held, err = tx.Holds(); return err })
	if err != nil {
		h.t.Fatal(err)
	}
	return held
}

// TestUnrecordedRun: that a run failed does not hide that there is no record of it.
func TestUnrecordedRun(t *testing.T) {
	h := newHouse(t)
	h.pass()
	h.options.Store, h.options.Target = unreadable{h.store, errors.New("no space is left")}, away{h.writer}
	_, err := syncer.New(h.options).Run(t.Context(), syncer.Request{Trigger: "test", Verify: true})
	if err == nil || !strings.Contains(err.Error(), "the line is dead") || !strings.Contains(err.Error(), "no space is left") {
		t.Errorf("the run ended with: %v", err)
	}
}
