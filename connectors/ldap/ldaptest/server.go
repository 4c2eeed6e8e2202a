package ldaptest

import (
	"bufio"
	"net"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// A Handler answers for a directory. It is called from several goroutines, one for
// each connection.
type Handler interface {
	// Bind returns the result code of a simple bind, and the text beside it.
	Bind(dn, password string) (code uint16, diagnostic string)
	// Search returns what to say to a search.
	Search(Search) Answer
}

// A Writer is a Handler that is asked to add entries too, or to begin TLS. What a
// Handler is not made for is answered with unwillingToPerform.
type Writer interface {
	// Extended returns the result code of an extended request, by its name.
	Extended(name string) (code uint16)
	// Add returns the result code of an addition; answered is false if the connection
	// is closed instead.
	Add(dn string) (code uint16, answered bool)
}

// A Search is a request as it came.
type Search struct {
	Base       string
	Scope      int         // as in goldap.ScopeBaseObject
	Filter     *ber.Packet // as in goldap.CompileFilter
	Attributes []string
	Controls   map[string][]byte // values by OID
	Page       *goldap.ControlPaging
}

// An Answer is what to say to a Search.
type Answer struct {
	Entries   []Entry
	Referrals []string
	Code      uint16
	Controls  []goldap.Control
	Drop      bool   // close the connection instead of ending the answer
	Silent    bool   // say nothing at all
	Raw       []byte // send this, and nothing else
}

// An Entry is one object as it is sent.
type Entry struct {
	DN         string
	Attributes map[string][]string
}

// A Server listens on loopback.
type Server struct {
	URL string // ldap://127.0.0.1:port

	handler  Handler
	listener net.Listener
	mu       sync.Mutex
	open     map[net.Conn]struct{}
	searches int
}

// Serve starts a server that ends with t, once every client has closed its
// connections: a leak hangs there.
func Serve(t testing.TB, h Handler) *Server {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen on loopback: %v", err)
	}
	s := &Server{URL: "ldap://" + l.Addr().String(), handler: h, listener: l, open: map[net.Conn]struct{}{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.converse(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return s
}

// Searches returns how many searches came so far.
func (s *Server) Searches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.searches
}

// Cut closes every connection that is open.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = conn.Close()
	}
}

func (s *Server) converse(conn net.Conn) {
	s.mu.Lock()
	s.open[conn] = struct{}{}
	s.mu.Unlock()
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
	}()
	buffered := bufio.NewReader(conn)
	for {
		packet, err := ber.ReadPacket(buffered)
		if err != nil || len(packet.Children) < 2 || !s.reply(conn, packet) {
			return
		}
	}
}

// reply answers one request and reports whether the connection goes on.
func (s *Server) reply(conn net.Conn, packet *ber.Packet) bool {
	id, _ := packet.Children[0].Value.(int64)
	switch op := packet.Children[1]; op.Tag {
	case goldap.ApplicationBindRequest:
		code, why := s.handler.Bind(text(op.Children[1]), text(op.Children[2]))
		return send(conn, result(id, done{goldap.ApplicationBindResponse, code, why, nil}))
	case goldap.ApplicationSearchRequest:
		s.mu.Lock()
		s.searches++
		s.mu.Unlock()
		return answer(conn, id, s.handler.Search(decode(packet)))
	case goldap.ApplicationUnbindRequest, goldap.ApplicationAbandonRequest:
		return false
	default:
		return s.write(conn, id, op)
	}
}

// write answers what is neither a bind nor a search.
func (s *Server) write(conn net.Conn, id int64, op *ber.Packet) bool {
	end := done{tag: op.Tag + 1, code: goldap.LDAPResultUnwillingToPerform, diagnostic: somebody}
	w, ok := s.handler.(Writer)
	switch {
	case !ok:
	case op.Tag == goldap.ApplicationExtendedRequest:
		end.code = w.Extended(text(op.Children[0]))
	case op.Tag == goldap.ApplicationAddRequest:
		var answered bool
		if end.code, answered = w.Add(text(op.Children[0])); !answered {
			return false
		}
	}
	return send(conn, result(id, end))
}

func answer(conn net.Conn, id int64, a Answer) bool {
	switch {
	case a.Silent:
		return true
	case a.Raw != nil:
		_, err := conn.Write(a.Raw)
		return err == nil
	}
	for _, e := range a.Entries {
		if !send(conn, e.packet(id)) {
			return false
		}
	}
	for _, url := range a.Referrals {
		if !send(conn, message(id, application(goldap.ApplicationSearchResultReference, octets(url)))) {
			return false
		}
	}
	return !a.Drop && send(conn, result(id, done{goldap.ApplicationSearchResultDone, a.Code, somebody, a.Controls}))
}

func send(conn net.Conn, p *ber.Packet) bool {
	_, err := conn.Write(p.Bytes())
	return err == nil
}
