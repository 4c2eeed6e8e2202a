package slapdtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// WriteCertificates writes into dir an authority (ca.pem), which it returns, and what it
// signed: a certificate (cert.pem) with its key (key.pem) for a server of these names.
func WriteCertificates(t testing.TB, dir string, addresses []net.IP, names ...string) (caFile string) {
	t.Helper()
	s := &Server{t: t, dir: dir}
	s.writeCertificates(addresses, names...)
	return s.CAFile
}

// writeCertificates makes an authority and a certificate for the server.
func (s *Server) writeCertificates(addresses []net.IP, names ...string) {
	s.t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "slapdtest authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authorityKey := s.newKey()
	s.CAFile = s.sign("ca.pem", authority, authority, authorityKey, &authorityKey.PublicKey)
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "slapdtest"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: names, IPAddresses: addresses,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	serverKey := s.newKey()
	s.sign("cert.pem", server, authority, authorityKey, &serverKey.PublicKey)
	der, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		s.t.Fatalf("encode key: %v", err)
	}
	s.writePEM("key.pem", "PRIVATE KEY", der)
}

func (s *Server) newKey() *ecdsa.PrivateKey {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatalf("make key: %v", err)
	}
	return key
}

func (s *Server) sign(file string, cert, by *x509.Certificate, key *ecdsa.PrivateKey, public *ecdsa.PublicKey) string {
	s.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, cert, by, public, key)
	if err != nil {
		s.t.Fatalf("sign certificate: %v", err)
	}
	return s.writePEM(file, "CERTIFICATE", der)
}

func (s *Server) writePEM(file, kind string, der []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, file)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		s.t.Fatalf("write %s: %v", file, err)
	}
	return path
}
