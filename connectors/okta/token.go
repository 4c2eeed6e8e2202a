package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v3/jwt"
	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// How access tokens are asked for.
const (
	tokenPath     = "/oauth2/v1/token"
	assertionLife = 5 * time.Minute
	early         = time.Minute     // before its end a token is not used any more
	unstatedLife  = 5 * time.Minute // of a token of which the answer names no end
	tokenTries    = 4
	firstPause    = 250 * time.Millisecond
	maxPause      = 90 * time.Second
	maxTokenBody  = 1 << 20
	opToken       = "ask for an access token"
)

// tokens gets access tokens for a service app. The SDK's own way is not used: it puts
// the signed assertion into the address, where logs keep it, knows one form of key,
// waits whatever its caller does, asks once for each of many callers, and keeps a token
// that was refused.
type tokens struct {
	origin string
	oauth  OAuth
	http   *transport.Client
	flight singleflight.Group

	mu      sync.Mutex
	value   string
	ends    time.Time
	granted []string
	skew    time.Duration // of Okta's clock before this one
}

func (t *tokens) kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().After(t.ends) {
		return ""
	}
	return t.value
}

func (t *tokens) scopes() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.granted
}

// drop forgets a token that was refused, unless there is a newer one.
func (t *tokens) drop(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value = ""
	}
}

// get returns a token. Many callers wait for one request, each as long as its context
// lets it.
func (t *tokens) get(ctx context.Context) (string, error) {
	if value := t.kept(); value != "" {
		return value, nil
	}
	done := t.flight.DoChan("", func() (any, error) {
		if value := t.kept(); value != "" {
			return value, nil
		}
		// The others who wait have contexts of their own.
		return t.fetch(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return "", &connectors.Error{Class: connectors.Transient, Op: opToken, Err: fmt.Errorf("the time was up: %w", ctx.Err())}
	case r := <-done:
		value, _ := r.Val.(string)
		return value, r.Err
	}
}

// fetch asks until there is a token or a refusal. Asking again is harmless.
func (t *tokens) fetch(ctx context.Context) (string, error) {
	pause := firstPause
	for try := 1; ; try++ {
		value, err := t.ask(ctx)
		class := connectors.ClassOf(err)
		passes := class == connectors.Throttled || class == connectors.Transient || class == connectors.Unknown
		if err == nil || !passes || try == tokenTries {
			return value, err
		}
		var e *connectors.Error
		if errors.As(err, &e) {
			pause = max(pause, min(e.After, maxPause))
		}
		if transport.Sleep(ctx, pause) != nil {
			return "", err
		}
		pause *= 2
	}
}

// ask sends one request, and a second one if Okta's clock shows why it was refused.
func (t *tokens) ask(ctx context.Context) (string, error) {
	value, date, err := t.exchange(ctx)
	if err == nil || date.IsZero() || connectors.ClassOf(err) != connectors.Denied {
		return value, err
	}
	t.mu.Lock()
	skew := time.Until(date)
	moved := (skew - t.skew).Abs() > 30*time.Second
	t.skew = skew
	t.mu.Unlock()
	if !moved {
		return "", err
	}
	value, _, err = t.exchange(ctx)
	return value, err
}

// exchange trades an assertion for a token. The assertion goes in the body.
func (t *tokens) exchange(ctx context.Context) (string, time.Time, error) {
	assertion, err := t.assertion(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(t.oauth.Scopes, " ")},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.origin+tokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		return "", time.Time{}, corrupt(opToken, errors.New("url cannot be used"), "")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := t.http.Do(req)
	if err != nil {
		return "", time.Time{}, failed(ctx, opToken, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	value, err := t.take(ctx, resp)
	return value, date, err
}

func (t *tokens) assertion(ctx context.Context) (string, error) {
	text, err := t.oauth.PrivateKey.Reveal(ctx)
	if err == nil {
		signer, keyErr := signerOf(text, t.oauth.KeyID)
		if keyErr == nil {
			t.mu.Lock()
			now := time.Now().Add(t.skew)
			t.mu.Unlock()
			return jwt.Signed(signer).Claims(jwt.Claims{
				ID: uuid.NewString(), Issuer: t.oauth.ClientID, Subject: t.oauth.ClientID, Audience: jwt.Audience{t.origin + tokenPath},
				IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
			}).CompactSerialize()
		}
		err = fmt.Errorf("the secret %s %w", t.oauth.PrivateKey, keyErr)
	}
	return "", &connectors.Error{Class: connectors.Denied, Op: opToken, Err: err, Hint: "Nothing was sent. Let oauth.private_key name the PEM file of the service app's key."}
}

// take reads the answer of the token endpoint (RFC 6749 section 5).
func (t *tokens) take(ctx context.Context, resp *http.Response) (string, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody))
	if err != nil {
		return "", failed(ctx, opToken, err)
	}
	var in struct {
		AccessToken string  `json:"access_token"`
		TokenType   string  `json:"token_type"`
		ExpiresIn   float64 `json:"expires_in"`
		Scope       string  `json:"scope"`
		Error       string  `json:"error"`
	}
	bad := json.Unmarshal(body, &in)
	if resp.StatusCode != http.StatusOK {
		return "", tokenRefused(resp.StatusCode, in.Error)
	}
	if bad != nil || in.AccessToken == "" || !strings.EqualFold(in.TokenType, "Bearer") || strings.ContainsFunc(in.AccessToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", corrupt(opToken, errors.New("the answer holds no bearer token"), "Check that url is the address of an Okta organization, and that its service app does not require DPoP.")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	life := time.Duration(min(in.ExpiresIn, 24*3600) * float64(time.Second))
	if life <= 0 {
		life = unstatedLife
	}
	t.value, t.granted = in.AccessToken, strings.Fields(in.Scope)
	t.ends = time.Now().Add(life - min(early, life/2))
	return in.AccessToken, nil
}

var oauthCodeOf = regexp.MustCompile(`^[a-z_]{1,40}$`)

// tokenRefused explains an error of the token endpoint by its code.
func tokenRefused(status int, code string) error {
	r := &refusal{status: status}
	if oauthCodeOf.MatchString(code) {
		r.code = code
	}
	e := &connectors.Error{Class: connectors.Denied, Op: opToken, Err: r}
	switch {
	case status >= http.StatusInternalServerError:
		e.Class = connectors.Transient
	case strings.Contains(code, "dpop"):
		e.Hint = "The service app requires proof of possession: turn off \"Require Demonstrating Proof of Possession (DPoP)\" for it, which Okta's SDK for Go does not support."
	case code == "invalid_scope":
		e.Hint = "Grant the service app every scope of oauth.scopes, on its page Okta API Scopes."
	case code == "invalid_client":
		e.Hint = "Check oauth.client_id and oauth.key_id, that the public key of oauth.private_key is with the service app, and the clock of this host."
	default:
		e.Hint = "Check the service app: client authentication by public key, grant type client credentials."
	}
	return e
}
