package ldap_test

import (
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
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

	mu       sync.Mutex
	requests []string // bind, starttls, search
}

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
}

type entry struct {
	dn         string
	attributes map[string][]string
}

// respond starts a responder that ends with the test.
func respond(t testing.TB, lie func(search) answer) *responder {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &responder{url: "ldap://" + l.Addr().String(), answer: lie}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { r.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait() // every connection was closed by its client: a leak hangs here
	})
	return r
}

func (r *responder) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		packet, err := ber.ReadPacket(conn)
		if err != nil || len(packet.Children) < 2 {
			return
		}
		id, _ := packet.Children[0].Value.(int64)
		var sent bool
		switch op := packet.Children[1]; op.Tag {
		case goldap.ApplicationBindRequest:
			r.note("bind")
			sent = send(conn, result(id, goldap.ApplicationBindResponse, r.bindCode()))
		case goldap.ApplicationExtendedRequest:
			r.note("starttls")
			sent = send(conn, result(id, goldap.ApplicationExtendedResponse, r.tls))
		case goldap.ApplicationAddRequest:
			r.note("add")
			sent = r.add != lost && send(conn, result(id, goldap.ApplicationAddResponse, r.add))
		case goldap.ApplicationSearchRequest:
			r.note("search")
			sent = r.search(conn, id, packet)
		}
		if !sent {
			return
		}
	}
}

func (r *responder) bindCode() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bind
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

func (r *responder) search(conn net.Conn, id int64, packet *ber.Packet) bool {
	op := packet.Children[1]
	scope, _ := op.Children[1].Value.(int64)
	s := search{base: op.Children[0].Data.String(), scope: int(scope)}
	s.filter, _ = goldap.DecompileFilter(op.Children[6])
	for _, a := range op.Children[7].Children {
		s.names = s.names || a.Data.String() == "1.1"
		s.groups = s.groups || a.Data.String() == "member"
	}
	if len(packet.Children) > 2 {
		if c, err := goldap.DecodeControl(packet.Children[2].Children[0]); err == nil {
			if paging, ok := c.(*goldap.ControlPaging); ok {
				s.page, _ = strconv.Atoi(string(paging.Cookie))
			}
		}
	}
	a := r.base(s)
	if s.scope != goldap.ScopeBaseObject {
		a = r.answer(s)
	}
	switch {
	case a.silent:
		return true
	case a.raw != nil:
		_, err := conn.Write(a.raw)
		return err == nil
	}
	for _, e := range a.entries {
		if !send(conn, e.packet(id, s.names)) {
			return false
		}
	}
	for _, ref := range a.refs {
		send(conn, message(id, application(goldap.ApplicationSearchResultReference, text(ref))))
	}
	if a.drop {
		return false
	}
	done := result(id, goldap.ApplicationSearchResultDone, a.code)
	if !a.unpaged {
		paging := goldap.NewControlPaging(0)
		paging.SetCookie([]byte(a.cookie))
		controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		controls.AppendChild(paging.Encode())
		done.AppendChild(controls)
	}
	return send(conn, done)
}

// base answers a search for one entry.
func (r *responder) base(s search) answer {
	if s.scope == goldap.ScopeBaseObject && s.base != "" { // what the server says of itself is another matter
		if r.bases++; r.hidden != nil && r.hidden(r.bases) {
			return answer{}
		}
	}
	return answer{entries: []entry{{dn: s.base}}}
}

func send(conn net.Conn, p *ber.Packet) bool {
	_, err := conn.Write(p.Bytes())
	return err == nil
}

// message wraps op. A packet takes the bytes of a child when the child is added, so
// that everything is built from the inside out.
func message(id int64, op *ber.Packet) *ber.Packet {
	return sequence(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""), op)
}

func application(tag ber.Tag, children ...*ber.Packet) *ber.Packet {
	return of(ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, ""), children...)
}

func sequence(children ...*ber.Packet) *ber.Packet {
	return of(ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, ""), children...)
}

func of(p *ber.Packet, children ...*ber.Packet) *ber.Packet {
	for _, c := range children {
		p.AppendChild(c)
	}
	return p
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(id int64, op ber.Tag, code int) *ber.Packet {
	return message(id, application(op,
		ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""),
		text(""), text("somebody@example.com was here"))) // which must not reach an error
}

func (e entry) packet(id int64, namesOnly bool) *ber.Packet {
	attributes := sequence()
	for name, values := range e.attributes {
		if namesOnly {
			break
		}
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(text(v))
		}
		attributes.AppendChild(sequence(text(name), set))
	}
	return message(id, application(goldap.ApplicationSearchResultEntry, text(e.dn), attributes))
}
