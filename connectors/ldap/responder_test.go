package ldap_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap/ldaptest"
)

// A responder is a stand-in for an LDAP server that says what a test makes it say,
// true or not.
type responder struct {
	url    string
	answer func(search) answer
	bind   int // result code of a bind
	tls    int // result code of StartTLS
	add    int // result code of an addition; lost: none comes

	hidden func(n int) bool // whether the n-th search for a base entry finds none
	bases  int              // such searches so far; tests that set hidden use one connection

	entry func(dn string) answer // to a search for one entry, if set and it is not the server's own
	root  *answer                // to a search for the server's own entry, if set

	mu       sync.Mutex
	requests []string // bind, starttls, search
}

var (
	_ ldaptest.Handler = (*responder)(nil)
	_ ldaptest.Writer  = (*responder)(nil)
)

// lost is the result code of an answer that never comes.
const lost = -1

// A search is a request as the responder saw it.
type search struct {
	base   string
	scope  int
	page   int // the number in the cookie, 0 for the first page
	filter string
	names  bool
	groups bool
	sync   goldap.ControlSyncRequestMode // 0: it is no sync request
}

// An answer is what to say to a search.
type answer struct {
	entries []entry
	refs    []string
	code    int
	cookie  string // of the page that follows
	unpaged bool   // without the paging control
	drop    bool   // close the connection instead of ending the answer
	silent  bool   // say nothing at all
	raw     []byte // send this and nothing else
	synced  string // the cookie of a sync request's answer, or noCookie
}

// noCookie ends the answer to a sync request without a cookie.
const noCookie = "none"

type entry struct {
	dn         string
	attributes map[string][]string
}

// respond starts a responder that ends with the test.
func respond(t testing.TB, lie func(search) answer) *responder {
	t.Helper()
	r := &responder{answer: lie}
	r.url = ldaptest.Serve(t, r).URL
	return r
}

// Bind implements ldaptest.Handler.
func (r *responder) Bind(string, string) (uint16, string) {
	r.note("bind")
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint16(r.bind), gossip
}

// gossip is the text beside a result code, which must not reach an error.
const gossip = "somebody@example.com was here"

// Extended implements ldaptest.Writer: the one request is StartTLS.
func (r *responder) Extended(string) uint16 {
	r.note("starttls")
	return uint16(r.tls)
}

// Add implements ldaptest.Writer.
func (r *responder) Add(string) (code uint16, answered bool) {
	r.note("add")
	return uint16(r.add), r.add != lost
}

// refuse makes every bind from now on end with that result code.
func (r *responder) refuse(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bind = code
}

func (r *responder) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, what)
}

func (r *responder) saw(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.requests, what)
}

// Search implements ldaptest.Handler.
func (r *responder) Search(in ldaptest.Search) ldaptest.Answer {
	r.note("search")
	s := search{base: in.Base, scope: in.Scope, names: slices.Contains(in.Attributes, "1.1"), groups: slices.Contains(in.Attributes, "member")}
	s.filter, _ = goldap.DecompileFilter(in.Filter)
	if in.Page != nil {
		s.page, _ = strconv.Atoi(string(in.Page.Cookie))
	}
	if value, ok := in.Controls[goldap.ControlTypeSyncRequest]; ok {
		mode, _ := ber.DecodePacket(value).Children[0].Value.(int64)
		s.sync = goldap.ControlSyncRequestMode(mode)
	}
	a := r.base(s)
	if s.scope != goldap.ScopeBaseObject {
		a = r.answer(s)
	}
	return a.on(s)
}

// on returns the answer to a search as it is sent.
func (a answer) on(s search) ldaptest.Answer {
	out := ldaptest.Answer{Referrals: a.refs, Code: uint16(a.code), Drop: a.drop, Silent: a.silent, Raw: a.raw}
	for _, e := range a.entries {
		if s.names {
			e.attributes = nil
		}
		out.Entries = append(out.Entries, ldaptest.Entry{DN: e.dn, Attributes: e.attributes})
	}
	switch {
	case a.synced != "":
		out.Controls = []goldap.Control{syncDone{&goldap.ControlSyncDone{Cookie: []byte(strings.TrimPrefix(a.synced, noCookie))}}}
	case !a.unpaged:
		paging := goldap.NewControlPaging(0)
		paging.SetCookie([]byte(a.cookie))
		out.Controls = []goldap.Control{paging}
	}
	return out
}

// syncDone is the control at the end of an answer to a sync request, as a server sends it.
type syncDone struct{ *goldap.ControlSyncDone }

// Encode implements goldap.Control.
func (d syncDone) Encode() *ber.Packet {
	value := ber.NewSequence("")
	value.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(d.Cookie), ""))
	control := ber.NewSequence("")
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, d.GetControlType(), ""))
	control.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(value.Bytes()), ""))
	return control
}

// base answers a search for one entry.
func (r *responder) base(s search) answer {
	if s.base == "" && r.root != nil {
		return *r.root
	}
	if s.scope == goldap.ScopeBaseObject && s.base != "" { // what the server says of itself is another matter
		if r.bases++; r.hidden != nil && r.hidden(r.bases) {
			return answer{}
		}
		if r.entry != nil {
			return r.entry(s.base)
		}
	}
	return answer{entries: []entry{{dn: s.base}}}
}
