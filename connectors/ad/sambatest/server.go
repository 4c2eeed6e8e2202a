package sambatest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap/slapdtest"
)

// A Server is a running domain controller.
type Server struct {
	URL       string // ldap://127.x.y.z, which also understands StartTLS
	SecureURL string // ldaps://127.x.y.z
	CAFile    string // authority of the certificate, which names the address and Controller

	t       testing.TB
	dir     string
	address string
	cmd     *exec.Cmd
	ended   chan struct{}
	log     bytes.Buffer
}

// Start starts a domain controller of a new copy of a domain. It fails t if it cannot,
// and stops it when t ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), address: freeAddress(t)}
	copyDir(t, made(t, o), s.dir)
	s.URL, s.SecureURL = "ldap://"+s.address, "ldaps://"+s.address
	s.CAFile = slapdtest.WriteCertificates(t, filepath.Join(s.dir, "private", "tls"), []net.IP{net.ParseIP(s.address)}, Controller)
	writeConf(t, s.dir, s.address)
	t.Cleanup(s.Stop)
	s.Resume()
	return s
}

// freeAddress returns a loopback address on which nobody listens on the ports of LDAP.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.IPv4(127, byte(1+rand.IntN(254)), byte(rand.IntN(255)), byte(1+rand.IntN(254))).String() //nolint:gosec // no secret
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", net.JoinHostPort(address, "389"))
		switch {
		case errors.Is(err, os.ErrPermission):
			t.Fatal("Samba listens on port 389 and no other: run the test as root, or let everybody with: sysctl net.ipv4.ip_unprivileged_port_start=389")
		case err != nil:
			continue
		}
		_ = l.Close()
		return address
	}
	t.Fatal("no loopback address is free")
	return ""
}

// startLimit bounds the start of Samba; stopLimit its end, after which it is killed.
const (
	startLimit = 60 * time.Second
	stopLimit  = 5 * time.Second
)

// Resume starts the domain controller again after Stop, with what it holds.
func (s *Server) Resume() {
	s.t.Helper()
	_ = os.Remove(filepath.Join(s.dir, "run", "samba.pid")) // of one that was killed
	// The test's own context ends before its cleanups run, and Samba must outlive
	// connections that they close.
	ctx := context.WithoutCancel(s.t.Context())
	s.cmd = exec.CommandContext(ctx, program(s.t, "samba"), "-i", "-M", "single", "--no-process-group", "-s", filepath.Join(s.dir, "etc", "smb.conf"), "--debug-stdout")
	s.log.Reset()
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	hold, err := s.cmd.StdinPipe() // -i ends with its input
	if err != nil {
		s.t.Fatalf("start samba: %v", err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start samba: %v", err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) { defer close(ended); _ = cmd.Wait(); _ = hold.Close() }(s.cmd)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startLimit)
	for s.answers() != nil {
		select {
		case <-ended:
			s.t.Fatalf("samba ended:\n%s", s.log.String())
		case <-limit:
			s.t.Fatalf("samba did not answer within %s: %v", startLimit, s.answers())
		case <-tick.C:
		}
	}
}

// answers returns nil once an administrator can bind.
func (s *Server) answers() error {
	c, err := s.bind()
	if err != nil {
		return err
	}
	return c.Close()
}

// Stop ends the domain controller at once, and with it every connection.
func (s *Server) Stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.ended
	}
}

// bind returns a connection of the administrator.
func (s *Server) bind() (*goldap.Conn, error) {
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c, err := goldap.DialURL(s.SecureURL, goldap.DialWithTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	if err != nil {
		return nil, err
	}
	if err := c.Bind(Administrator, Password); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("bind: %w", err)
	}
	return c, nil
}
