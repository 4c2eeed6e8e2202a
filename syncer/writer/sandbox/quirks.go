package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Quirks are the ways in which servers of this kind were seen to differ. The zero
// value has none. Each is a field that can be set alone; AllQuirks names them.
type Quirks struct {
	PageCap             int  // listings give at most so many, whatever is asked
	TotalTooLow         bool // totalResults is the size of the page
	TotalTooHigh        bool // totalResults counts one that is never shown
	OverlappingPages    bool // a page repeats the last resource of the one before
	NoResources         bool // an empty listing has no Resources
	FilterIgnored       bool // all are returned
	FilterCaseExact     bool // filters compare with exact case
	ConflictNoType      bool // 409 without scimType
	ConflictAs400       bool
	ConflictAs500       bool
	ConflictReturnsOld  bool // 200 with the account that is in the way
	DeactivateRemoves   bool // active: false removes the account
	DeactivateIgnored   bool // active: false is answered with success and not done
	DeactivateBare      bool // active is taken only without a path
	DeleteGone          bool // DELETE answers 404, and has done it
	MembersAbsent       bool // listings show no members
	MembersNull         bool // listings show members: null
	MembersEmpty        bool // listings show members: []
	MembersNeverShown   bool // nor do single teams
	MembersCut          int  // teams show only the first so many members
	UnknownMemberSilent bool // unknown members are dropped with success; else 400 for all
	MaxMembers          int  // more members in one PATCH: 413
	MaxMembers400       bool // ... 400 in place of 413
	MemberTwice500      bool // adding a member who is there: 500
	MemberAbsent400     bool // removing one who is not: 400 noTarget
	NoPatch             bool // PATCH answers 501
	NoPut               bool // PUT answers 501
	Write204            bool // PATCH and PUT answer 204
	WriteEmpty200       bool // PATCH and PUT answer 200 without a body
	EmptyCreated        bool // POST answers 201 without a body
	NumericIDs          bool // ids are JSON numbers
	StringBooleans      bool // booleans are "True" and "False"
	LegacyErrors        bool // errors have the envelope of Writer's older interface
	HTMLErrors          bool
	ThrottleEvery       int  // every so many requests: 429
	ThrottleDate        bool // ... with a date in Retry-After, else seconds
	ServerErrorEvery    int  // every so many requests: 503, nothing done
	LoseAnswerEvery     int  // every so many writes: applied, connection dropped
	UnseenReads         int  // a new account is not found by its first so many reads
	Seats               int  // more active accounts: 403; 0: no limit
	ClaimedDomain       string
	Redirect            bool // 301 to another host
	RevokeTokenAfter    int  // requests; 0: never
	EmailFixed          bool // changing an e-mail: 400 mutability
	NoDefaultTeam       bool // new accounts join no team
	OptionalIgnored     bool // title, phones, languages and the enterprise extension are not kept
	OptionalRefused     bool // ... and are refused: 400 invalidPath
	Latency             time.Duration
}

// A Quirk is one of Quirks, by name.
type Quirk struct {
	Name string
	Doc  string
	Set  func(*Quirks)
}

// AllQuirks returns every quirk that can be switched on by its name, with a value
// that bites in a small world.
func AllQuirks() []Quirk {
	return []Quirk{
		{"page-cap", "listings give at most 7 resources", func(q *Quirks) { q.PageCap = 7 }},
		{"total-too-low", "totalResults is the size of the page", func(q *Quirks) { q.TotalTooLow, q.PageCap = true, 7 }},
		{"total-too-high", "totalResults counts one that is never shown", func(q *Quirks) { q.TotalTooHigh = true }},
		{"overlapping-pages", "pages repeat a resource of the one before", func(q *Quirks) { q.OverlappingPages, q.PageCap = true, 7 }},
		{"no-resources", "an empty listing has no Resources", func(q *Quirks) { q.NoResources = true }},
		{"filter-ignored", "a filter returns all", func(q *Quirks) { q.FilterIgnored = true }},
		{"filter-case-exact", "filters compare with exact case", func(q *Quirks) { q.FilterCaseExact = true }},
		{"conflict-no-type", "409 without scimType", func(q *Quirks) { q.ConflictNoType = true }},
		{"conflict-400", "400 where 409 is meant", func(q *Quirks) { q.ConflictAs400 = true }},
		{"conflict-500", "500 where 409 is meant", func(q *Quirks) { q.ConflictAs500 = true }},
		{"conflict-200", "200 with the account in the way, where 409 is meant", func(q *Quirks) { q.ConflictReturnsOld = true }},
		{"deactivate-removes", "active: false removes the account", func(q *Quirks) { q.DeactivateRemoves = true }},
		{"deactivate-ignored", "active: false is not done", func(q *Quirks) { q.DeactivateIgnored = true }},
		{"deactivate-bare", "active is taken only without a path", func(q *Quirks) { q.DeactivateBare = true }},
		{"delete-404", "DELETE answers 404, and has done it", func(q *Quirks) { q.DeleteGone = true }},
		{"members-absent", "listings show no members", func(q *Quirks) { q.MembersAbsent = true }},
		{"members-null", "listings show members: null", func(q *Quirks) { q.MembersNull = true }},
		{"members-empty", "listings show members: []", func(q *Quirks) { q.MembersEmpty = true }},
		{"members-never", "members are never shown", func(q *Quirks) { q.MembersAbsent, q.MembersNeverShown = true, true }},
		{"members-cut", "teams show only their first 10 members", func(q *Quirks) { q.MembersCut = 10 }},
		{"unknown-member-silent", "unknown members are dropped with success", func(q *Quirks) { q.UnknownMemberSilent = true }},
		{"max-members-413", "more than 5 members in one PATCH: 413", func(q *Quirks) { q.MaxMembers = 5 }},
		{"max-members-400", "more than 5 members in one PATCH: 400", func(q *Quirks) { q.MaxMembers, q.MaxMembers400 = 5, true }},
		{"member-twice-500", "adding a member who is there: 500", func(q *Quirks) { q.MemberTwice500 = true }},
		{"member-absent-400", "removing a member who is not there: 400", func(q *Quirks) { q.MemberAbsent400 = true }},
		{"no-patch", "PATCH is not supported", func(q *Quirks) { q.NoPatch = true }},
		{"no-put", "PUT is not supported", func(q *Quirks) { q.NoPut = true }},
		{"write-204", "PATCH and PUT answer 204", func(q *Quirks) { q.Write204 = true }},
		{"write-empty-200", "PATCH and PUT answer 200 without a body", func(q *Quirks) { q.WriteEmpty200 = true }},
		{"empty-created", "POST answers 201 without a body", func(q *Quirks) { q.EmptyCreated = true }},
		{"numeric-ids", "ids are JSON numbers", func(q *Quirks) { q.NumericIDs = true }},
		{"string-booleans", "booleans are strings", func(q *Quirks) { q.StringBooleans = true }},
		{"legacy-errors", "errors have an older envelope", func(q *Quirks) { q.LegacyErrors = true }},
		{"html-errors", "errors are HTML", func(q *Quirks) { q.HTMLErrors = true }},
		{"throttle-seconds", "every 9th request: 429, with seconds", func(q *Quirks) { q.ThrottleEvery = 9 }},
		{"throttle-date", "every 9th request: 429, with a date", func(q *Quirks) { q.ThrottleEvery, q.ThrottleDate = 9, true }},
		{"server-error", "every 9th request: 503", func(q *Quirks) { q.ServerErrorEvery = 9 }},
		{"lost-answer", "every 7th write is applied and its answer lost", func(q *Quirks) { q.LoseAnswerEvery = 7 }},
		{"delayed-visibility", "a new account is not found by its first 2 reads", func(q *Quirks) { q.UnseenReads = 2 }},
		{"no-seats", "the subscription has 10 seats", func(q *Quirks) { q.Seats = 10 }},
		{"unclaimed-domain", "only claimed.example is claimed", func(q *Quirks) { q.ClaimedDomain = "claimed.example" }},
		{"redirect", "301 to another host", func(q *Quirks) { q.Redirect = true }},
		{"token-revoked", "the token is revoked after 12 requests", func(q *Quirks) { q.RevokeTokenAfter = 12 }},
		{"email-fixed", "an e-mail cannot be changed", func(q *Quirks) { q.EmailFixed = true }},
		{"no-default-team", "new accounts join no team", func(q *Quirks) { q.NoDefaultTeam = true }},
		{"optional-ignored", "optional attributes are not kept", func(q *Quirks) { q.OptionalIgnored = true }},
		{"optional-refused", "optional attributes are refused", func(q *Quirks) { q.OptionalRefused = true }},
	}
}

// FindQuirk returns the quirk of that name.
func FindQuirk(name string) (Quirk, bool) {
	all := AllQuirks()
	i := slices.IndexFunc(all, func(q Quirk) bool { return q.Name == name })
	if i < 0 {
		return Quirk{}, false
	}
	return all[i], true
}

// Set replaces the quirks from the next request on.
func (s *Sandbox) Set(q Quirks) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quirks = q
}

func (s *Sandbox) latency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quirks.Latency
}

// disturb answers in place of the endpoint where a quirk wants that. The caller
// holds the lock.
func (s *Sandbox) disturb(r *http.Request) *reply {
	q := s.quirks
	switch {
	case q.Redirect:
		return &reply{status: http.StatusMovedPermanently, html: "moved", header: map[string]string{"Location": "https://elsewhere.example" + r.URL.Path}}
	case every(s.requests, q.ThrottleEvery):
		out := failure(http.StatusTooManyRequests, "", "too many requests")
		out.header = map[string]string{"Retry-After": "1"}
		if q.ThrottleDate {
			out.header["Retry-After"] = time.Now().Add(time.Second).UTC().Format(http.TimeFormat)
		}
		return &out
	case every(s.requests, q.ServerErrorEvery):
		out := failure(http.StatusServiceUnavailable, "", "come back later")
		return &out
	case r.Method == http.MethodPatch && q.NoPatch, r.Method == http.MethodPut && q.NoPut:
		out := failure(http.StatusNotImplemented, "", "not supported")
		return &out
	}
	return nil
}

// conflict is the answer to an e-mail that is taken. The caller holds the lock.
func (s *Sandbox) conflict(holder *account) reply {
	switch q := s.quirks; {
	case q.ConflictReturnsOld && !holder.hidden:
		return resourceReply(http.StatusOK, s.showUser(holder))
	case q.ConflictAs400:
		return failure(http.StatusBadRequest, "invalidValue", "the userName is taken")
	case q.ConflictAs500:
		return failure(http.StatusInternalServerError, "", "internal error")
	case q.ConflictNoType:
		return failure(http.StatusConflict, "", "the userName is taken")
	}
	return failure(http.StatusConflict, "uniqueness", "the userName is taken")
}

// claimed reports whether a domain may have accounts.
func (q Quirks) claimed(mail string) bool {
	return q.ClaimedDomain == "" || strings.HasSuffix(strings.ToLower(mail), "@"+q.ClaimedDomain)
}
