package ad_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/connectortest"
)

// listen has what answers with, for one connection, a server that was sent something.
func listen(t *testing.T, answers func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it lives as long as the test
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close() // which ends the loop
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if _, err = conn.Read(make([]byte, 4096)); err == nil {
				answers(conn.(*net.TCPConn))
			}
			_ = conn.Close() // its peer says whether that was in order
		}
	}()
	return l.Addr().String()
}

// TestTLSOnThePlainPort: a port of plain LDAP that is spoken to in TLS ends the
// connection, or answers in LDAP. The error says what to write in place of that.
func TestTLSOnThePlainPort(t *testing.T) {
	const disconnection = "0\x0c\x02\x01\x00x\x07\x0a\x01\x02\x04\x00\x04\x00" // a notice of it (RFC 4511 section 4.4.1)
	for name, answers := range map[string]func(*net.TCPConn){
		"it closes":           func(*net.TCPConn) {},
		"it resets":           func(c *net.TCPConn) { _ = c.SetLinger(0) },
		"it answers in LDAP":  func(c *net.TCPConn) { _, _ = c.Write([]byte(disconnection)) },
		"it takes it as read": func(c *net.TCPConn) { _ = c.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			conf := ad.NewConfig()
			conf.URL, conf.Base = "ldaps://"+listen(t, answers), "DC=corp,DC=example"
			conf.Bind = ad.Bind{User: "writersync@corp.example", Password: connectors.NewSecret("file:/run/ad", func(context.Context) (string, error) { return "x", nil })}
			c, _ := open(t, conf)
			_, _, err := connectortest.Read(t, c)
			class := connectors.ClassOf(err)
			if class != connectors.Transient && class != connectors.Rejected {
				t.Errorf("class %s: %v", class, err)
			}
			for _, word := range []string{"speak TLS with 127.0.0.1", "ldap:// with starttls: true", "636"} {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not say %q", err, word)
				}
			}
			for _, raw := range []string{"EOF", "reset by peer", "first record"} {
				if err != nil && strings.Contains(err.Error(), raw) {
					t.Errorf("error %q is raw: %s", err, raw)
				}
			}
		})
	}
}
