package oktatest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A User is a person of the stand-in.
type User struct {
	ID          string
	Status      string
	Profile     map[string]any
	LastUpdated time.Time
	Roles       []string // of administrators: READ_ONLY_ADMIN
	Hidden      bool     // in groups, and in no listing of people
	order       int
}

// A Group is a group of the stand-in.
type Group struct {
	ID                                 string
	Type                               string
	Name, Description                  string
	Members                            []string
	LastUpdated, LastMembershipUpdated time.Time
	Count                              int // what stats say beyond the number of members
	order                              int
}

// An Event is a line of the System Log.
type Event struct {
	UUID, Type string
	Published  time.Time
	TargetID   string
	TargetType string
	order      int
}

// A Request is one that arrived, the token left out.
type Request struct {
	Method, Path string
	Query        map[string][]string
	Header       http.Header
	Body         string
}

// An Org is one organization. Its exported fields are set before it is used; its
// methods may be called from any goroutine.
type Org struct {
	URL         string
	ID          string
	Limit       int           // requests in a window, for each endpoint
	Window      time.Duration // of the limit
	Ahead       time.Duration // of this organization's clock before the machine's
	PageSize    int           // the most in one page, whatever is asked for; 0: as asked
	TokenLife   time.Duration // of an access token
	DPoP        bool          // the token endpoint wants a proof of possession
	CountsGone  bool          // stats count people that are DEPROVISIONED
	ListsNoGone bool          // members that are DEPROVISIONED are not listed

	mu       sync.Mutex
	users    []*User
	byID     map[string]*User
	groups   []*Group
	events   []Event
	made     int
	tokens   map[string][]string // SSWS tokens; their roles do not matter here
	clients  map[string]client
	access   map[string]access
	buckets  map[string]*bucket
	requests []Request
	tamper   func(*http.Request, *Answer)
	blind    bool
	lowest   map[string]int
	limited  int
}

// New returns an organization with nobody in it but the group Everyone, which holds
// everybody who is.
func New() *Org {
	return &Org{
		URL: "https://company.okta.example", ID: "00o1standin", Limit: 100_000, Window: time.Minute, TokenLife: time.Hour,
		CountsGone: true, byID: map[string]*User{},
		tokens: map[string][]string{}, clients: map[string]client{}, access: map[string]access{},
		buckets: map[string]*bucket{}, lowest: map[string]int{},
	}
}

// Serve starts o on loopback until the test ends.
func (o *Org) Serve(t testing.TB) *Org {
	t.Helper()
	s := httptest.NewServer(o)
	o.URL = s.URL
	t.Cleanup(s.Close)
	return o
}

// Now returns the time on the organization's clock.
func (o *Org) Now() time.Time { return time.Now().Add(o.Ahead).UTC() }

// Allow makes o accept an API token.
func (o *Org) Allow(token string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tokens[token] = nil
}

// Revoke makes o refuse every token it has accepted or given so far.
func (o *Org) Revoke() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.tokens)
	clear(o.access)
}

// Blind takes the administrator's role from whoever asks: every list is empty.
func (o *Org) Blind(blind bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.blind = blind
}

// Tamper changes every answer from now on; nil: none.
func (o *Org) Tamper(change func(*http.Request, *Answer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tamper = change
}

// Put adds or replaces people. One without an ID gets one.
func (o *Org) Put(users ...User) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, u := range users {
		o.put(u)
	}
}

func (o *Org) put(u User) *User {
	if u.ID == "" {
		u.ID = o.newID("00u")
	}
	if u.LastUpdated.IsZero() {
		u.LastUpdated = o.Now()
	}
	if old := o.byID[u.ID]; old != nil {
		u.order = old.order
		*old = u
		return old
	}
	o.made++
	u.order = o.made
	o.users, o.byID[u.ID] = append(o.users, &u), &u
	return &u
}

// PutGroup adds or replaces a group. One without an ID gets one.
func (o *Org) PutGroup(g Group) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.putGroup(g).ID
}

func (o *Org) putGroup(g Group) *Group {
	if g.ID == "" {
		g.ID = o.newID("00g")
	}
	if g.Type == "" {
		g.Type = "OKTA_GROUP"
	}
	now := o.Now()
	if g.LastUpdated.IsZero() {
		g.LastUpdated = now
	}
	if g.LastMembershipUpdated.IsZero() {
		g.LastMembershipUpdated = now
	}
	if old := o.group(g.ID); old != nil {
		g.order = old.order
		*old = g
		return old
	}
	o.made++
	g.order = o.made
	o.groups = append(o.groups, &g)
	return &g
}

// Delete removes a person or group for good, and from every group.
func (o *Org) Delete(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.byID, id)
	o.users = without(o.users, func(u *User) bool { return u.ID == id })
	o.groups = without(o.groups, func(g *Group) bool { return g.ID == id })
	for _, g := range o.groups {
		before := len(g.Members)
		g.Members = without(g.Members, func(m string) bool { return m == id })
		if len(g.Members) < before {
			g.LastMembershipUpdated = o.Now()
		}
	}
}

// Clear removes everybody and everything.
func (o *Org) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users, o.groups, o.events, o.byID = nil, nil, nil, map[string]*User{}
}

// Log writes an event.
func (o *Org) Log(kind, targetType, targetID string) Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.made++
	e := Event{UUID: fmt.Sprintf("uuid-%d", o.made), Type: kind, TargetType: targetType, TargetID: targetID, Published: o.Now(), order: o.made}
	o.events = append(o.events, e)
	return e
}

// Group returns a copy of a group.
func (o *Org) Group(id string) (Group, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if g := o.group(id); g != nil {
		return *g, true
	}
	return Group{}, false
}

// User returns a copy of a person.
func (o *Org) User(id string) (User, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if u := o.user(id); u != nil {
		return *u, true
	}
	return User{}, false
}

// Requests returns what has arrived since the last call.
func (o *Org) Requests() []Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.requests
	o.requests = nil
	return out
}

func (o *Org) newID(prefix string) string {
	o.made++
	return fmt.Sprintf("%s%017d", prefix, o.made)
}

// user finds somebody by ID, or by login as Okta does.
func (o *Org) user(id string) *User {
	if u := o.byID[id]; u != nil || !strings.Contains(id, "@") {
		return u
	}
	for _, u := range o.users {
		if u.Profile["login"] == id {
			return u
		}
	}
	return nil
}

func (o *Org) group(id string) *Group {
	for _, g := range o.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

func without[T any](in []T, drop func(T) bool) []T {
	out := make([]T, 0, len(in))
	for _, v := range in {
		if !drop(v) {
			out = append(out, v)
		}
	}
	return out
}
