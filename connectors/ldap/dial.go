package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// startTLS is the name of the StartTLS operation (RFC 4511 section 4.14.1).
const startTLS = "1.3.6.1.4.1.1466.20037"

// encrypted dials the server and returns the connection that LDAP is spoken on,
// with TLS already up where it is configured: nothing, least of all a password, is
// said before. When ctx ends, the dial ends.
func (s *Server) encrypted(ctx context.Context) (*wire, net.Conn, error) {
	a, err := parseAddress(s.URL)
	if err != nil {
		return nil, nil, rejected("dial", err, "Correct the url of the source.")
	}
	d := net.Dialer{Timeout: s.Timeout}
	raw, err := d.DialContext(ctx, "tcp", a.hostport)
	if err != nil {
		return nil, nil, s.unreachable(ctx, a, err)
	}
	w := &wire{Conn: raw}
	conn, err := s.secure(ctx, w, a)
	if err != nil {
		w.note(w.Close())
		return nil, nil, err
	}
	return w, conn, nil
}

func (s *Server) secure(ctx context.Context, w *wire, a address) (net.Conn, error) {
	if !a.tls && !s.StartTLS {
		return w, nil
	}
	conf, err := s.tlsConfig(a)
	if err != nil {
		return nil, err
	}
	if err := w.arm(s.Timeout); err != nil {
		return nil, s.unreachable(ctx, a, err)
	}
	defer w.disarm()
	defer context.AfterFunc(ctx, func() { w.note(w.Close()) })()
	if s.StartTLS {
		if err := s.requestTLS(ctx, w, a); err != nil {
			return nil, err
		}
	}
	conn := tls.Client(w, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, s.handshakeError(ctx, a, err)
	}
	return conn, nil
}

func (s *Server) tlsConfig(a address) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: a.host}
	if s.TLS.ServerName != "" {
		conf.ServerName = s.TLS.ServerName
	}
	if s.TLS.CAFile == "" {
		return conf, nil
	}
	const op = "read tls.ca_file"
	pem, err := os.ReadFile(s.TLS.CAFile) // at each dial: a renewed authority needs no restart
	if err != nil {
		return nil, rejected(op, err, "Check the path and that writersync may read the file.")
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		return nil, rejected(op, fmt.Errorf("%s holds no certificate", s.TLS.CAFile), "It must hold one or more certificates in PEM form.")
	}
	return conf, nil
}

// requestTLS asks the server to begin TLS. Any answer but success ends the
// connection: to go on in clear text is what someone in the middle would want.
func (s *Server) requestTLS(ctx context.Context, w *wire, a address) error {
	const op = "start TLS"
	const hint = "The server refuses StartTLS, or something between removes it: use ldaps://, or enable TLS on the server."
	request := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	request.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	extended := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationExtendedRequest, nil, "")
	extended.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLS, ""))
	request.AppendChild(extended)
	if _, err := w.Write(request.Bytes()); err != nil {
		return s.unreachable(ctx, a, err)
	}
	// Unbuffered: bytes sent ahead of the handshake must reach, and break, it.
	answer, err := ber.ReadPacket(w)
	if err != nil {
		return s.unreachable(ctx, a, err)
	}
	if len(answer.Children) < 2 || answer.Children[1].Tag != goldap.ApplicationExtendedResponse {
		return corrupt(op, errors.New("the answer is not one to StartTLS"), hint)
	}
	if err := goldap.GetLDAPError(answer); err != nil {
		return rejected(op, resultText(err), hint)
	}
	return nil
}

// unreachable says that no conversation came about.
func (s *Server) unreachable(ctx context.Context, a address, err error) error {
	op := "connect to " + a.hostport
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	hint := "Check the url, the firewall and that the server runs."
	var dns *net.DNSError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		err = fmt.Errorf("no answer within %s", s.Timeout)
	case errors.As(err, &dns):
		hint = "Check the host in the url and the name servers of this machine."
	}
	return &connectors.Error{Class: connectors.Transient, Op: op, Err: err, Hint: hint}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// hungUp reports whether the other side ended the connection, in order or not.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// handshakeError says why TLS did not come about.
func (s *Server) handshakeError(ctx context.Context, a address, err error) error {
	const op = "verify the server's certificate"
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		header    tls.RecordHeaderError
	)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect to %s: %w", a.hostport, context.Cause(ctx))
	case errors.As(err, &authority):
		return rejected(op, err, "Put the certificate of the authority that signed it into a file and name that in tls.ca_file.")
	case errors.As(err, &name):
		return rejected(op, err, "Use a name from the certificate in the url, or set tls.server_name to one.")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return rejected(op, err, "Renew the certificate of the server, and check the clock of this machine.")
	case errors.As(err, &invalid):
		return rejected(op, err, "The server needs another certificate.")
	case errors.As(err, &header):
		return rejected("speak TLS with "+a.hostport, errors.New("the answer is not TLS"), "This port speaks plain LDAP: use ldap:// with starttls: true, or the ldaps port (636).")
	case a.tls && hungUp(err):
		return &connectors.Error{
			Class: connectors.Transient, Op: "speak TLS with " + a.hostport, Err: errors.New("the server ended the connection without a word of TLS"),
			Hint: "A port of plain LDAP does that: use ldap:// with starttls: true, or the ldaps port (636). A server without a certificate does it on that port too.",
		}
	}
	return s.unreachable(ctx, a, err)
}
