package oktatest

import (
	"crypto"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v3/jwt"
)

// A client is a service app.
type client struct {
	key     crypto.PublicKey
	granted []string
}

type access struct {
	scopes []string
	ends   time.Time
}

// AddClient makes o know a service app by its public key, with the scopes that an
// administrator granted it.
func (o *Org) AddClient(id string, key crypto.PublicKey, granted ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clients[id] = client{key, granted}
}

func oauthError(status int, code, text string) *Answer {
	return answer(status, map[string]any{"error": code, "error_description": text})
}

// token gives an access token for an assertion that a known client signed.
func (o *Org) token(r *http.Request, body []byte) *Answer {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request", "The body is no form.")
	}
	for name, values := range r.URL.Query() {
		form[name] = values // as an old client sends it
	}
	if o.DPoP && r.Header.Get("DPoP") == "" {
		return oauthError(http.StatusBadRequest, "invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	}
	signed, err := jwt.ParseSigned(form.Get("client_assertion"))
	if err != nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", "The client_assertion is not a JWT.")
	}
	var unsafe jwt.Claims
	if err = signed.UnsafeClaimsWithoutVerification(&unsafe); err != nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", "The client_assertion has no claims.")
	}
	c, known := o.clients[unsafe.Subject]
	var claims jwt.Claims
	if !known || signed.Claims(c.key, &claims) != nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", "The client_assertion signature is invalid.")
	}
	want := jwt.Expected{Audience: jwt.Audience{o.URL + "/oauth2/v1/token"}, Time: o.Now(), Issuer: claims.Subject}
	if err = claims.ValidateWithLeeway(want, time.Minute); err != nil || claims.Expiry == nil || claims.Expiry.Time().After(o.Now().Add(time.Hour+time.Minute)) {
		return oauthError(http.StatusUnauthorized, "invalid_client", "The client_assertion token is expired or not valid yet.")
	}
	scopes := strings.Fields(form.Get("scope"))
	for _, s := range scopes {
		if !slices.Contains(c.granted, s) {
			return oauthError(http.StatusBadRequest, "invalid_scope", "One or more scopes are not granted.")
		}
	}
	o.made++
	value := fmt.Sprintf("access-%d", o.made)
	o.access[value] = access{scopes, time.Now().Add(o.TokenLife)}
	return answer(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(o.TokenLife.Seconds()), "access_token": value, "scope": strings.Join(scopes, " "),
	})
}

// needs is the scope of a request, as the description says.
func needs(r *http.Request) string {
	object := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")[0]
	if strings.HasSuffix(r.URL.Path, "/roles") {
		object = "roles"
	}
	if r.Method == http.MethodGet {
		return "okta." + object + ".read"
	}
	return "okta." + object + ".manage"
}

// refuse returns why a request is not answered, or nil.
func (o *Org) refuse(r *http.Request) *Answer {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch scheme {
	case "SSWS":
		if _, ok := o.tokens[value]; !ok {
			return failure(http.StatusUnauthorized, "E0000011", "Invalid token provided")
		}
	case "Bearer":
		a, ok := o.access[value]
		if !ok || time.Now().After(a.ends) {
			bad := failure(http.StatusUnauthorized, "E0000011", "Invalid token provided")
			bad.Header.Set("Www-Authenticate", `Bearer authorization_uri="http://standin/oauth2/v1/authorize", realm="http://standin", scope="", error="invalid_token", error_description="The token has expired.", resource=""`)
			return bad
		}
		if !slices.Contains(a.scopes, needs(r)) {
			bad := denied()
			bad.Header.Set("Www-Authenticate", `Bearer authorization_uri="http://standin/oauth2/v1/authorize", realm="http://standin", scope="", error="insufficient_scope", error_description="The access token provided does not contain the required scopes.", resource=""`)
			return bad
		}
	default:
		return failure(http.StatusUnauthorized, "E0000005", "Invalid session")
	}
	return nil
}
