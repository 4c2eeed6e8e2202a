package syncer

import (
	"context"
	"errors"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

// Written is what an import made in a source.
type Written struct {
	Users, Groups int
	// Found are those that were there already, although the source does not state
	// them: they stand outside of what it reads.
	Found  []string
	Failed []WriteFailure
}

// A WriteFailure is an account or a team that a source did not take.
type WriteFailure struct {
	What string // an address, or the name of a team
	Team bool
	Text string
}

// importWriter makes users, then groups of them, one by one.
type importWriter struct {
	*pass
	Written
	to   connectors.Importer
	ids  map[plan.RemoteID]string // of the persons that import made, by account
	open map[plan.RemoteID]bool   // whose making was begun by an earlier import, without an outcome
}

func (w *importWriter) do(ctx context.Context, work match.Work) error {
	for _, i := range w.in.Imported {
		w.open[i.From] = w.open[i.From] || i.Ref.ID == ""
	}
	for _, row := range w.match.People {
		for _, ref := range row.Made {
			if ref.Source == w.request.Into {
				w.ids[row.Account] = ref.ID
			}
		}
	}
	for _, u := range work.Users {
		if err := w.user(ctx, u); err != nil {
			return err
		}
	}
	for _, g := range work.Groups {
		if err := w.group(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (w *importWriter) user(ctx context.Context, u match.Row) error {
	i := plan.Imported{Kind: connectors.UserObject, Ref: connectors.Ref{Source: w.request.Into}, From: u.Account}
	id, err := w.make(ctx, i, u.Address(), func() (string, error) {
		return w.to.CreateUser(ctx, connectors.NewUser{Email: u.Address(), Attributes: u.Attributes})
	})
	if id != "" {
		w.ids[u.Account] = id
		w.Users++
	}
	return err
}

func (w *importWriter) group(ctx context.Context, g match.TeamGroup) error {
	n := connectors.NewGroup{Name: g.Name}
	for _, account := range g.Accounts {
		if id := w.ids[account]; id != "" {
			n.Members = append(n.Members, id)
		}
	}
	if len(n.Members) == 0 {
		w.Failed = append(w.Failed, WriteFailure{What: g.Name, Team: true, Text: "none of its people could be made, and a group needs a member"})
		return nil
	}
	i := plan.Imported{Kind: connectors.GroupObject, Ref: connectors.Ref{Source: w.request.Into}, From: g.Team, Name: g.Name}
	id, err := w.make(ctx, i, g.Name, func() (string, error) { return w.to.CreateGroup(ctx, n) })
	if id != "" {
		w.Groups++
	}
	return err
}

// make has one object made and remembers it. It returns the ID of what import made,
// now or in an earlier run that was cut short; what somebody else made stays theirs.
// The error ends the import.
func (w *importWriter) make(ctx context.Context, i plan.Imported, what string, create func() (string, error)) (string, error) {
	if err := errors.Join(ctx.Err(), w.stopped(ctx)); err != nil {
		return "", err
	}
	if err := w.o.Store.Update(ctx, func(tx Writer) error { return tx.Import(i.Stored()) }); err != nil {
		return "", fmt.Errorf("nothing is made without a record: %w", err)
	}
	id, err := create()
	if connectors.ClassOf(err) == connectors.Unknown || (err != nil && ctx.Err() != nil) {
		return "", fmt.Errorf("it is not known whether an object was made; run import again, it looks: %w", err)
	}
	ours := id != "" && (err == nil || w.open[i.From])
	if ours {
		i.Ref.ID = id
	}
	// What was made must be remembered even if the program was told to stop.
	serr := w.o.Store.Update(context.WithoutCancel(ctx), func(tx Writer) error {
		if i.Ref.ID == "" {
			return tx.Forget(i.Stored())
		}
		return tx.Import(i.Stored())
	})
	if serr != nil {
		return "", serr
	}
	if ours {
		return id, nil
	}
	return "", w.notMade(i, what, id, err)
}

// notMade notes why an object is not import's, and returns the error that would be
// every other object's too.
func (w *importWriter) notMade(i plan.Imported, what, id string, err error) error {
	switch class := connectors.ClassOf(err); {
	case err == nil:
		return fmt.Errorf("the connector made %s of %s and named no ID", i.Kind, i.From)
	case class == connectors.Denied || class == connectors.Transient || class == connectors.Throttled:
		return err
	case id != "":
		w.Found = append(w.Found, what)
	default:
		w.Failed = append(w.Failed, WriteFailure{What: what, Team: i.Kind == connectors.GroupObject, Text: err.Error()})
	}
	return nil
}
