package applytest

import (
	"context"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func (w *Writer) read(ctx context.Context) error {
	w.reads++
	if ctx.Err() != nil {
		return &connectors.Error{Class: connectors.Transient, Op: "read", Err: ctx.Err()}
	}
	return nil
}

// FindUser implements apply.Reader.
func (w *Writer) FindUser(ctx context.Context, email string) (plan.Account, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.read(ctx); err != nil {
		return plan.Account{}, err
	}
	for _, a := range w.accounts {
		if a.Email() == email {
			return a, nil
		}
	}
	return plan.Account{}, fail(connectors.NotFound, "find account")
}

// ReadUser implements apply.Reader.
func (w *Writer) ReadUser(ctx context.Context, id plan.RemoteID) (plan.Account, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.read(ctx); err != nil {
		return plan.Account{}, err
	}
	a, ok := w.accounts[id]
	if !ok {
		return plan.Account{}, fail(connectors.NotFound, "read account")
	}
	return a, nil
}

// FindTeam implements apply.Reader.
func (w *Writer) FindTeam(ctx context.Context, name string) (plan.ListedTeam, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.read(ctx); err != nil {
		return plan.ListedTeam{}, err
	}
	for _, t := range w.teams {
		if t.Name == name {
			return plan.ListedTeam{ID: t.ID, Name: t.Name}, nil
		}
	}
	return plan.ListedTeam{}, fail(connectors.NotFound, "find team")
}

// ReadTeam implements apply.Reader.
func (w *Writer) ReadTeam(ctx context.Context, id plan.RemoteID) (plan.ListedTeam, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.read(ctx); err != nil {
		return plan.ListedTeam{}, err
	}
	t, ok := w.teams[id]
	if !ok {
		return plan.ListedTeam{}, fail(connectors.NotFound, "read team")
	}
	t.Members = slices.Clone(t.Members)
	return t, nil
}

// ReadAll returns everything; it makes Writer a syncer's target.
func (w *Writer) ReadAll(ctx context.Context) (plan.Listing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.read(ctx); err != nil {
		return plan.Listing{}, err
	}
	out := plan.Listing{AccountsWhole: true, TeamsWhole: true, Accounts: slices.Collect(maps.Values(w.accounts))}
	for _, t := range w.teams {
		t.Members = slices.Clone(t.Members)
		out.Teams = append(out.Teams, t)
	}
	return out, nil
}
