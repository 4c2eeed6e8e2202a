package okta_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

func defect15(t *testing.T) {
	for name, key := range keys(t) {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 3, 1)
			org.AddClient("0oaclient", key.public, allScopes()...)
			mustRead(t, open(t, org, service(key.pem)))
		})
	}
	for name, text := range map[string]string{"none": "no key", "a certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "rubbish": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		t.Run(name, func(t *testing.T) {
			if err := mustFail(t, open(t, serve(t, 3, 1), service(text)), connectors.Denied); strings.Contains(err.Error(), "AAAA") {
				t.Error("the error shows the key")
			}
		})
	}
}

func allScopes() []string {
	return []string{"okta.users.read", "okta.groups.read", "okta.logs.read", "okta.users.manage", "okta.groups.manage"}
}

// service makes a configuration use a service app.
func service(key string) func(*okta.Config) {
	return func(c *okta.Config) {
		c.Token = connectors.Secret{}
		c.OAuth.ClientID, c.OAuth.KeyID, c.OAuth.PrivateKey = "0oaclient", "kid-1", connectortest.SecretOf(key)
	}
}

// app returns an organization with a service app, and how to use it.
func app(t *testing.T, org *oktatest.Org) func(*okta.Config) {
	t.Helper()
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(e)
	if err != nil {
		t.Fatal(err)
	}
	org.AddClient("0oaclient", e.Public(), allScopes()...)
	return service(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func defect16(t *testing.T) {
	t.Run("context", func(t *testing.T) {
		org := company(clocked(), 3, 1)
		base := roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/oauth2/v1/token" {
				return hangs{}.RoundTrip(req)
			}
			return org.RoundTrip(req)
		})
		c := openOn(t, org, base, app(t, org))
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			start := time.Now()
			if _, err := c.Read(ctx, connectors.NewReading("corp", &connectortest.Collect{})); err == nil || time.Since(start) > time.Second {
				t.Errorf("%v after %s", err, time.Since(start))
			}
			time.Sleep(10 * time.Minute) //nolint:forbidigo // of the fake clock: the request that nobody waits for ends
		})
	})
	t.Run("limit", func(t *testing.T) {
		org := company(clocked(), 3, 1)
		c := openOn(t, org, org, app(t, org))
		synctest.Test(t, func(t *testing.T) {
			limited(org, "/oauth2/v1/token", 2, map[string]string{"Retry-After": "20"})
			start := time.Now()
			mustRead(t, c)
			if took := time.Since(start); took < 40*time.Second || took > 2*time.Minute {
				t.Errorf("two waits of 20 s took %s", took)
			}
		})
	})
}

func defect17(t *testing.T) {
	org := serve(t, 3, 1)
	mustRead(t, open(t, org, app(t, org)))
	seen := false
	for _, r := range org.Requests() {
		if r.Path == "/oauth2/v1/token" {
			seen = true
			if len(r.Query) > 0 || !strings.Contains(r.Body, "client_assertion=ey") {
				t.Errorf("the query is %v, the body %d bytes", r.Query, len(r.Body))
			}
		}
	}
	if !seen {
		t.Error("no token was asked for")
	}
}

func defect18(t *testing.T) {
	org := company(clocked(), 3, 1)
	base := roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/oauth2/v1/token" {
			<-time.After(time.Second) // while which all the others come
		}
		return org.RoundTrip(req)
	})
	c := openOn(t, org, base, app(t, org)).(connectors.Prover)
	synctest.Test(t, func(t *testing.T) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := c.Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: personID(0)}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
	tokens := paths(org.Requests())["POST /oauth2/v1/token"]
	// Okta's clock is not this one here, so that each fetch asks twice.
	if tokens != 2 {
		t.Errorf("8 callers sent %d requests for tokens, want 2", tokens)
	}
}

func defect19(t *testing.T) {
	org := serve(t, 3, 1)
	c := open(t, org, app(t, org))
	mustRead(t, c)
	org.Revoke()
	mustRead(t, c)
	if n := paths(org.Requests())["POST /oauth2/v1/token"]; n != 2 {
		t.Errorf("%d tokens were asked for, want 2", n)
	}
}
