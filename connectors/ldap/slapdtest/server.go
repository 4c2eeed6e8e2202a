package slapdtest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// Names of the sample directory.
const (
	Suffix     = "dc=example,dc=com"
	UsersBase  = "ou=people," + Suffix // with ou=north and ou=south below it
	GroupsBase = "ou=groups," + Suffix
	ReaderDN   = "cn=reader,ou=svc," + Suffix // may read, subject to access rules and limits
	Password   = "correct-horse"              // of the reader and of the administrators

	rootDN   = "cn=admin," + Suffix
	configDN = "cn=admin,cn=config"
)

// Options says what directory a Server holds.
type Options struct {
	People    int    // u00000 and up, by turns in ou=north and ou=south
	Groups    int    // g000 and up, by turns groupOfNames, groupOfUniqueNames, posixGroup
	GroupSize int    // members of each group
	LDIF      string // more entries, as LDIF; loaded after the others
	Sync      Sync
	MemberOf  bool // entries of people list their groups, those of changes since the start
}

// Sync says what the server can tell of changes (RFC 4533).
type Sync string

// What a server can tell.
const (
	NoSync   Sync = ""        // nothing
	SyncBare Sync = "bare"    // what changed; of what was deleted only what is still there
	SyncLog  Sync = "sesslog" // what was deleted too: it keeps a session log
)

// A Server is a running slapd.
type Server struct {
	URL       string // ldap://127.0.0.1:port, which also understands StartTLS
	SecureURL string // ldaps://127.0.0.1:port
	CAFile    string // authority of the server's certificate, which names 127.0.0.1 and localhost

	t             testing.TB
	dir           string
	plain, secure string // addresses
	stop          func()

	mu     sync.Mutex
	admins map[string]*goldap.Conn // by DN; see bound
}

// Start starts a server with the sample directory. It fails t if it cannot, and
// stops the server when t ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), admins: map[string]*goldap.Conn{}}
	for _, d := range []string{"config", "data", "run"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o700); err != nil {
			t.Fatalf("make directory for slapd: %v", err)
		}
	}
	s.writeCertificates([]net.IP{net.IPv4(127, 0, 0, 1)}, "localhost")
	s.load("0", configLDIF(t, s.dir, o))
	s.load("1", dataLDIF(o))
	const attempts = 3 // a free port can be taken by somebody else before slapd has it
	for range attempts {
		s.plain, s.secure = freeAddress(t), freeAddress(t)
		s.URL, s.SecureURL = "ldap://"+s.plain, "ldaps://"+s.secure
		if s.run() {
			t.Cleanup(func() { s.stop() })
			return s
		}
	}
	t.Fatal("slapd did not start")
	return nil
}

// program finds a program of the slapd package, which is outside the PATH of
// ordinary users.
func program(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/libexec/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is not installed; on Debian: apt-get install --no-install-recommends slapd", name)
	return ""
}

// load fills database number n before the server runs: slapadd takes thousands of
// entries a second, a running server some hundred.
func (s *Server) load(n, ldif string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), program(s.t, "slapadd"), "-q", "-n", n, "-F", filepath.Join(s.dir, "config"))
	cmd.Stdin = strings.NewReader(ldif)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("load database %s of slapd: %v\n%s", n, err, out)
	}
}

// run starts slapd and reports whether it came up.
func (s *Server) run() bool {
	s.t.Helper()
	// The test's own context ends before its cleanups run, and slapd must outlive
	// connections that they close.
	ctx := context.WithoutCancel(s.t.Context())
	cmd := exec.CommandContext(ctx, program(s.t, "slapd"),
		"-F", filepath.Join(s.dir, "config"), "-h", s.URL+"/ "+s.SecureURL+"/", "-d", "0")
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start slapd: %v", err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	if !answers(s.plain, ended) || !answers(s.secure, ended) {
		stop(cmd, ended)
		return false
	}
	s.stop = func() {
		s.unbind()
		stop(cmd, ended)
	}
	return true
}

// Restart stops the server and starts it again at the same addresses: connections to it
// are cut.
func (s *Server) Restart() {
	s.t.Helper()
	s.stop()
	if !s.run() {
		s.t.Fatal("slapd did not start again")
	}
}

// startLimit bounds the start of slapd; stopLimit its end, after which it is killed.
const (
	startLimit = 20 * time.Second
	stopLimit  = 5 * time.Second
)

func answers(address string, ended <-chan struct{}) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startLimit)
	for {
		d := net.Dialer{Timeout: time.Second}
		if conn, err := d.DialContext(context.Background(), "tcp", address); err == nil {
			return conn.Close() == nil
		}
		select {
		case <-ended:
			return false
		case <-limit:
			return false
		case <-tick.C:
		}
	}
}

func stop(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-ended:
	case <-time.After(stopLimit):
		_ = cmd.Process.Kill()
		<-ended
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatalf("give back port %s: %v", address, err)
	}
	return address
}
