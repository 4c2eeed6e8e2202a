package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// BasePath is where the SCIM endpoint is.
const BasePath = "/api/scim/v2"

// Options are the settings of a Sandbox.
type Options struct {
	Token       string   // the bearer token that is accepted
	Teams       []string // names of teams that exist from the start
	DefaultTeam string   // the team every new account joins; made if it is not in Teams; may be empty
	Quirks      Quirks
}

// A Sandbox is a stand-in Writer. It is an http.Handler; its methods may be
// called from several goroutines.
type Sandbox struct {
	token       [sha256.Size]byte
	defaultTeam string

	mu       sync.Mutex
	quirks   Quirks
	nextID   int
	accounts map[string]*account
	teams    map[string]*team
	ledger   []Entry
	counts   Counts
	requests int // all, for quirks that strike every so often
	writes   int
}

// account is a user; its resource holds canonical attribute names.
type account struct {
	resource map[string]any
	hidden   bool // conflicts with others, and is never shown
	unseen   int  // reads that do not find it yet
}

type team struct {
	id      string
	name    string
	members []string // account ids, in the order they joined
}

var _ http.Handler = (*Sandbox)(nil)

// New returns a Sandbox with its teams and nobody in them.
func New(o Options) *Sandbox {
	s := &Sandbox{
		token: sha256.Sum256([]byte(o.Token)), quirks: o.Quirks, accounts: map[string]*account{}, teams: map[string]*team{}, nextID: 1000,
	}
	for _, name := range o.Teams {
		s.AddTeam(name)
	}
	if o.DefaultTeam != "" {
		if s.teamByName(o.DefaultTeam) == nil {
			s.AddTeam(o.DefaultTeam)
		}
		s.defaultTeam = o.DefaultTeam
	}
	return s
}

// ServeHTTP answers one SCIM request.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if wait := s.latency(); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
			return
		case <-timer.C:
		}
	}
	out := s.serve(r)
	if out.lost {
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's way to drop a connection without an answer
	}
	out.write(w)
}

// serve does one request under the lock: requests are atomic and in a row.
func (s *Sandbox) serve(r *http.Request) reply {
	body, err := readBody(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.counts.see(r.Method)
	write := r.Method != http.MethodGet
	if write {
		s.writes++
	}
	if early := s.disturb(r); early != nil {
		s.counts.answer(early.status)
		return s.dress(*early, write)
	}
	var out reply
	switch {
	case err != nil:
		out = failure(http.StatusBadRequest, "invalidSyntax", "the body cannot be read")
	case !s.authorized(r):
		out = failure(http.StatusUnauthorized, "", "the bearer token is not valid")
	default:
		out = s.route(r, body)
	}
	if write && out.status < 300 && every(s.writes, s.quirks.LoseAnswerEvery) {
		out.lost = true
		s.markLost()
	}
	s.counts.answer(out.status)
	return s.dress(out, write)
}

func (s *Sandbox) authorized(r *http.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	sum := sha256.Sum256([]byte(given))
	right := subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1
	revoked := s.quirks.RevokeTokenAfter > 0 && s.requests > s.quirks.RevokeTokenAfter
	return ok && right && !revoked
}

// route finds the handler of a request.
func (s *Sandbox) route(r *http.Request, body map[string]any) reply {
	path, ok := strings.CutPrefix(r.URL.Path, BasePath)
	if !ok {
		return reply{status: http.StatusNotFound, html: "<html><body>Not found</body></html>"}
	}
	kind, id, _ := strings.Cut(strings.Trim(path, "/"), "/")
	switch kind {
	case "Users":
		return s.users(r, id, body)
	case "Groups":
		return s.groups(r, id, body)
	case "ServiceProviderConfig", "ResourceTypes", "Schemas":
		if r.Method != http.MethodGet {
			return failure(http.StatusMethodNotAllowed, "", "read only")
		}
		return describe(kind)
	}
	return failure(http.StatusNotFound, "", "there is no such endpoint")
}

// every reports whether the nth event is one of every so many; 0 is never.
func every(n, many int) bool {
	// Steps of the golden ratio are spread as evenly as can be and have no period: a
	// client whose passes are as long as one would meet the same fault for ever.
	const golden = 0.6180339887498949
	_, part := math.Modf(float64(n) * golden)
	return many > 0 && part*float64(many) < 1
}
