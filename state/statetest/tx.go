package statetest

import (
	"errors"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// View reads in one transaction.
func (w *World) View(fn func(syncer.Reader) error) {
	w.T.Helper()
	w.Must(w.Store.View(w.T.Context(), fn))
}

// Update writes in one transaction.
func (w *World) Update(fn func(syncer.Writer) error) {
	w.T.Helper()
	w.Must(w.Store.Update(w.T.Context(), fn))
}

// Fill loads the records of people.
func (w *World) Fill(in *plan.Input, people ...uint32) error {
	return w.Store.View(w.T.Context(), func(tx syncer.Reader) error { return tx.Fill(in, people) })
}

func (w *World) sources() (out []store.Source) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { out, err = tx.Sources(); return err })
	return out
}

func (w *World) neighbours(kind connectors.ObjectKind, object connectors.Ref, n int) (container string, ids []string) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { container, ids, err = tx.Neighbours(kind, object, n); return err })
	return container, ids
}

func (w *World) control() (out store.Control) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { out, err = tx.Control(); return err })
	return out
}

// change changes the switches in one transaction.
func (w *World) change(do func(*store.Control)) error {
	return w.Store.Update(w.T.Context(), func(tx syncer.Writer) error {
		c, err := tx.Control()
		if err != nil {
			return err
		}
		do(&c)
		return tx.SetControl(c)
	})
}

func (w *World) record(r store.Run, held ...store.Hold) {
	w.T.Helper()
	w.Update(func(tx syncer.Writer) error { return errors.Join(tx.Record(r), tx.Hold(held)) })
}

func (w *World) runs(n int) (out []store.Run) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { out, err = tx.Runs(n); return err })
	return out
}

func (w *World) holds() (out []store.Hold) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { out, err = tx.Holds(); return err })
	return out
}

func (w *World) removals(since time.Time) (out []store.Removal) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) { out, err = tx.Removals(since); return err })
	return out
}

func (w *World) accept(source string) error {
	return w.Store.Update(w.T.Context(), func(tx syncer.Writer) error { return tx.Accept(source) })
}

func (w *World) split(user connectors.Ref) (first connectors.Ref, err error) {
	err = w.Store.Update(w.T.Context(), func(tx syncer.Writer) (err error) { first, err = tx.Split(user); return err })
	return first, err
}

func kind(k plan.Kind) store.Kind {
	out, _ := store.Kind(0).Of(string(k))
	return out
}

func why(w plan.Why) store.Why {
	out, _ := store.Why(0).Of(string(w))
	return out
}
