package applytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// A Writer is Writer in memory. Its methods may be called from several
// goroutines.
type Writer struct {
	mu       sync.Mutex
	next     int
	accounts map[plan.RemoteID]plan.Account
	teams    map[plan.RemoteID]plan.ListedTeam
	log      []Entry
	reads    int

	// Before, if set, is asked before each write; an error is answered instead
	// and nothing is done. After is asked once a write was done: its error takes
	// the place of the answer, as when a connection is lost.
	Before, After func(Entry) error
}

// An Entry is one write.
type Entry struct {
	Verb    string // "create", "update", "delete", "edit-team"
	Account plan.RemoteID
	Team    plan.RemoteID
	Email   string // canonical, for creates
	Edit    apply.TeamEdit
	User    apply.UserEdit
}

var (
	_ apply.Target = (*Writer)(nil)
	_ apply.Reader = (*Writer)(nil)
)

// New returns a Writer with teams of those names, whose ids are "team-NAME".
func New(teams ...string) *Writer {
	w := &Writer{accounts: map[plan.RemoteID]plan.Account{}, teams: map[plan.RemoteID]plan.ListedTeam{}}
	for _, name := range teams {
		id := plan.RemoteID("team-" + name)
		w.teams[id] = plan.ListedTeam{ID: id, Name: name, Whole: true}
	}
	return w
}

// Invite adds an account as an admin would, and returns its id.
func (w *Writer) Invite(email string) plan.RemoteID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.add(apply.NewUser{Attributes: map[connectors.Attribute]string{plan.UserName: email}}).ID
}

// Edit changes an account as an admin would.
func (w *Writer) Edit(id plan.RemoteID, edit func(*plan.Account)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.accounts[id]
	a.Attributes = maps.Clone(a.Attributes)
	edit(&a)
	w.accounts[id] = a
}

// Drop removes an account as an admin would.
func (w *Writer) Drop(id plan.RemoteID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(id)
}

// Log returns the writes so far.
func (w *Writer) Log() []Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

// Reads returns how many reads there were.
func (w *Writer) Reads() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reads
}

// Accounts returns all accounts, sorted by e-mail.
func (w *Writer) Accounts() []plan.Account {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := slices.Collect(maps.Values(w.accounts))
	slices.SortFunc(out, func(a, b plan.Account) int { return strings.Compare(a.Email(), b.Email()) })
	return out
}

// Members returns the e-mails of the active members of a team, sorted.
func (w *Writer) Members(team string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, id := range w.teams[plan.RemoteID("team-"+team)].Members {
		if a := w.accounts[id]; a.Active {
			out = append(out, a.Email())
		}
	}
	slices.Sort(out)
	return out
}

func (w *Writer) add(u apply.NewUser) plan.Account {
	w.next++
	a := plan.Account{
		ID: plan.RemoteID(fmt.Sprintf("acc-%04d", w.next)), UserName: u.Attributes[plan.UserName], ExternalID: u.ExternalID, Active: true,
		Attributes: maps.Clone(u.Attributes),
	}
	delete(a.Attributes, plan.UserName)
	w.accounts[a.ID] = a
	return a
}

func (w *Writer) remove(id plan.RemoteID) {
	delete(w.accounts, id)
	for team, t := range w.teams {
		t.Members = slices.DeleteFunc(slices.Clone(t.Members), func(m plan.RemoteID) bool { return m == id })
		w.teams[team] = t
	}
}

func fail(class connectors.Class, op string) error {
	return &connectors.Error{Class: class, Op: op, Err: errors.New(string(class))}
}

// write does one write between Before and After.
func (w *Writer) write(ctx context.Context, e Entry, do func() error) error {
	if ctx.Err() != nil {
		return &connectors.Error{Class: connectors.Transient, Op: e.Verb, Err: ctx.Err()}
	}
	if w.Before != nil {
		if err := w.Before(e); err != nil {
			return err
		}
	}
	w.mu.Lock()
	err := do()
	if err == nil {
		w.log = append(w.log, e)
	}
	w.mu.Unlock()
	if err == nil && w.After != nil {
		err = w.After(e)
	}
	return err
}

func (w *Writer) taken(email string, but plan.RemoteID) bool {
	for id, a := range w.accounts {
		if id != but && a.Email() == email {
			return true
		}
	}
	return false
}

// CreateUser implements apply.Target.
func (w *Writer) CreateUser(ctx context.Context, u apply.NewUser) (out plan.Account, err error) {
	email := connectors.CanonicalEmail(u.Attributes[plan.UserName])
	err = w.write(ctx, Entry{Verb: "create", Email: email}, func() error {
		if w.taken(email, "") {
			return fail(connectors.Conflict, "create account")
		}
		out = w.add(u)
		return nil
	})
	return out, err
}

// UpdateUser implements apply.Target.
func (w *Writer) UpdateUser(ctx context.Context, id plan.RemoteID, e apply.UserEdit) (out plan.Account, err error) {
	err = w.write(ctx, Entry{Verb: "update", Account: id, User: e}, func() error {
		a, ok := w.accounts[id]
		if !ok {
			return fail(connectors.NotFound, "update account")
		}
		a.Attributes = maps.Clone(a.Attributes)
		for _, c := range e.Changes {
			switch c.Attribute {
			case plan.UserName:
			case plan.ExternalID:
				a.ExternalID = c.New
				continue
			default:
				a.Attributes[c.Attribute] = c.New
				continue
			}
			if w.taken(connectors.CanonicalEmail(c.New), id) {
				return fail(connectors.Conflict, "update account")
			}
			a.UserName = c.New
		}
		if e.Active != nil {
			a.Active = *e.Active
		}
		w.accounts[id], out = a, a
		return nil
	})
	return out, err
}

// DeleteUser implements apply.Target.
func (w *Writer) DeleteUser(ctx context.Context, id plan.RemoteID) error {
	return w.write(ctx, Entry{Verb: "delete", Account: id}, func() error {
		w.remove(id)
		return nil
	})
}

// EditTeam implements apply.Target.
func (w *Writer) EditTeam(ctx context.Context, team plan.RemoteID, e apply.TeamEdit) (map[plan.RemoteID]error, error) {
	failed := map[plan.RemoteID]error{}
	err := w.write(ctx, Entry{Verb: "edit-team", Team: team, Edit: e}, func() error {
		t, ok := w.teams[team]
		if !ok {
			return fail(connectors.NotFound, "edit team")
		}
		members := slices.Clone(t.Members)
		for _, id := range e.Add {
			if _, known := w.accounts[id]; !known {
				failed[id] = fail(connectors.Rejected, "add member")
			} else if !slices.Contains(members, id) {
				members = append(members, id)
			}
		}
		t.Members = slices.DeleteFunc(members, func(id plan.RemoteID) bool { return slices.Contains(e.Remove, id) })
		w.teams[team] = t
		return nil
	})
	return failed, err
}

// MaxMembers implements apply.Target.
func (w *Writer) MaxMembers() int { return 100 }
