package connectortest

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"writersync/connectors"
)

// Fake is a directory in memory: a Connector, Prover, Changer and Watcher that fails
// and lies when told to. Its zero value is an empty directory, whose reading is refused like any
// empty one. All methods may be called from several goroutines; a reading states
// the world as it stood when Read was called.
//
// Each script holds until it is changed. To test a source that cannot prove, hide
// the method: struct{ connectors.Connector }{fake}.
type Fake struct {
	mu        sync.Mutex
	world     World
	readErr   error
	proveErr  error
	short     int
	hidden    map[string]bool
	lied      map[string]bool
	own       map[string][]string
	readings  int
	claimed   []connectors.Claim
	beforeEnd func()
	past      []World // by cursor
	watching  map[chan struct{}]bool
}

var (
	_ connectors.Connector = (*Fake)(nil)
	_ connectors.Prover    = (*Fake)(nil)
	_ connectors.Changer   = (*Fake)(nil)
	_ connectors.Watcher   = (*Fake)(nil)
)

// NotShown is the StatusBy of a user of a Fake whose record does not show the status.
const NotShown = "not shown"

// Set replaces all that the directory holds. A user without a StatusBy shows the status.
func (f *Fake) Set(users []connectors.User, groups []connectors.Group) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world = World{Users: users, Groups: groups}.clone()
	for i := range f.world.Users {
		switch u := &f.world.Users[i]; {
		case u.StatusBy == NotShown, u.Status == connectors.StatusUnknown:
			u.StatusBy = ""
		case u.StatusBy == "":
			u.StatusBy = "status=" + string(u.Status)
		}
	}
	for rings := range f.watching {
		select {
		case rings <- struct{}{}:
		default:
		}
	}
}

// FailRead makes every reading end with err after half of the users were stated;
// nil ends that.
func (f *Fake) FailRead(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readErr = err
}

// FailProve makes every proof end with err; nil ends that.
func (f *Fake) FailProve(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.proveErr = err
}

// Short makes readings state the last n users no more, while the directory still
// counts them: the reading ends in connectors.ErrCount. 0 ends that.
func (f *Fake) Short(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.short = n
}

// Hide replaces the set of users and groups that the credential cannot see: they
// are in no reading, in no count and found by no proof, controls included, like
// objects after a lost permission. Without IDs nothing is hidden.
func (f *Fake) Hide(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hidden = setOf(ids)
}

// Lie replaces the set of users and groups that readings and counts leave out
// although they are there: a proof finds them. Without IDs there is no lie.
func (f *Fake) Lie(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lied = setOf(ids)
}

// OwnLists sets in which groups users are, by ID, as their own entries say, whatever the groups
// list. nil: they do not say it.
func (f *Fake) OwnLists(lists map[string][]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.own = lists
}

// BeforeEnd makes every reading call do after its last record and before its
// proof, for changes at the worst moment; nil ends that. do may call the Fake.
func (f *Fake) BeforeEnd(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.beforeEnd = do
}

// Reads returns how many readings were begun.
func (f *Fake) Reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.readings
}

// Proves returns how many proofs were asked for.
func (f *Fake) Proves() int { return len(f.Claims()) }

// Claims returns what proofs were asked for, in order.
func (f *Fake) Claims() []connectors.Claim {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.claimed)
}

// Read implements connectors.Connector.
func (f *Fake) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	if err := ctx.Err(); err != nil {
		return connectors.Complete{}, err
	}
	seen, script := f.begin()
	stated := seen.Users[:max(0, len(seen.Users)-script.short)]
	if script.err != nil {
		stated = stated[:len(stated)/2]
	}
	if err := state(r, stated, nil); err != nil {
		return connectors.Complete{}, err
	}
	if script.err != nil {
		return connectors.Complete{}, script.err
	}
	if err := state(r, nil, seen.Groups); err != nil {
		return connectors.Complete{}, err
	}
	if script.beforeEnd != nil {
		script.beforeEnd()
	}
	if err := ctx.Err(); err != nil {
		return connectors.Complete{}, err
	}
	return r.Complete(connectors.Evidence{
		Closed: "the world was stated to its end", Users: len(seen.Users), Groups: len(seen.Groups),
		Cursor: script.cursor,
	})
}

// A script is what one reading was told to do.
type script struct {
	err       error
	short     int
	beforeEnd func()
	cursor    connectors.Cursor
}

// begin counts a reading and returns what it sees and how it ends.
func (f *Fake) begin() (World, script) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readings++
	w := f.world.clone()
	gone := func(id string) bool { return f.hidden[id] || f.lied[id] }
	w.Users = slices.DeleteFunc(w.Users, func(u connectors.User) bool { return gone(u.ID) })
	w.Groups = slices.DeleteFunc(w.Groups, func(g connectors.Group) bool { return gone(g.ID) })
	f.past = append(f.past, w)
	return w, script{err: f.readErr, short: f.short, beforeEnd: f.beforeEnd, cursor: connectors.Cursor(strconv.Itoa(len(f.past) - 1))}
}

// Prove implements connectors.Prover. Controls count only where they stand in the
// container of the claim.
func (f *Fake) Prove(ctx context.Context, c connectors.Claim) (connectors.Presence, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.claimed = append(f.claimed, c)
	if err := ctx.Err(); err != nil {
		return connectors.Undecided, err
	}
	if f.proveErr != nil {
		return connectors.Undecided, f.proveErr
	}
	if c.Kind == connectors.MembershipObject {
		return f.proveMembership(c), nil
	}
	containers := f.visible(c.Kind)
	if _, found := containers[c.ID]; found {
		return connectors.Present, nil
	}
	missing := func(id string) bool {
		container, found := containers[id]
		return !found || container != c.Container
	}
	if len(c.Controls) == 0 || slices.ContainsFunc(c.Controls, missing) {
		return connectors.Undecided, nil
	}
	return connectors.Absent, nil
}

// proveMembership asks the user's own entry. The caller holds the lock.
func (f *Fake) proveMembership(c connectors.Claim) connectors.Presence {
	lacks := func(group string) bool { return !slices.Contains(f.own[c.ID], group) }
	switch {
	case slices.Contains(f.own[c.ID], c.Group):
		return connectors.Present
	case len(c.Controls) > 0 && !slices.ContainsFunc(c.Controls, lacks):
		return connectors.Absent
	}
	return connectors.Undecided
}

// visible maps the IDs of a kind that the credential can see to their containers.
// The caller holds the lock.
func (f *Fake) visible(kind connectors.ObjectKind) map[string]string {
	out := map[string]string{}
	if kind == connectors.UserObject {
		for _, u := range f.world.Users {
			out[u.ID] = u.Container
		}
	} else {
		for _, g := range f.world.Groups {
			out[g.ID] = g.Container
		}
	}
	for id := range f.hidden {
		delete(out, id)
	}
	return out
}

func setOf(ids []string) map[string]bool {
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
