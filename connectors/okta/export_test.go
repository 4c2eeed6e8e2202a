package okta

import (
	"context"
	"net/http"

	"writersync/connectors"
)

// OpenOn opens a connector whose network is base.
func OpenOn(c *Config, env connectors.Env, base http.RoundTripper) (connectors.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return open(*c, env, base)
}

// Opaque is what hides io.EOF from the SDK.
func Opaque(err error) error { return opaque(err) }

// ReadUnscreened reads a path with nothing between the SDK and the network.
func ReadUnscreened(ctx context.Context, origin, path string) error {
	c, err := newClient(origin, http.DefaultTransport)
	if err != nil {
		return err
	}
	var into []*oktaUser
	_, err = c.read(ctx, "read", path, &into)
	return err
}

// Ambient names what the SDK took from files and variables, or is empty.
func Ambient(origin string) string {
	c, err := newClient(origin, nil)
	if err != nil {
		return err.Error()
	}
	in := c.sdk.GetConfig().Okta.Client
	for name, set := range map[string]bool{
		"the address": in.OrgUrl != origin, "the token": in.Token != "attached-by-the-transport", "the mode": in.AuthorizationMode != "SSWS",
		"the client": in.ClientId != "", "the scopes": in.Scopes != nil, "the key": in.PrivateKey != "" || in.PrivateKeyId != "",
		"the assertion": in.ClientAssertion != "", "the cache": in.Cache.Enabled || in.Cache.DefaultTtl != 0 || in.Cache.DefaultTti != 0,
		"a timeout": in.ConnectionTimeout != 0 || in.RequestTimeout != 0, "a limit": in.RateLimit.MaxRetries != 0 || in.RateLimit.MaxBackoff != 0,
		"the proxy": in.Proxy.Host != "" || in.Proxy.Port != 0 || in.Proxy.Username != "" || in.Proxy.Password != "",
	} {
		if set {
			return name
		}
	}
	return ""
}

// Write tries to make something with the client that reads.
func Write(ctx context.Context, c connectors.Connector) error {
	_, err := c.(watching).way.call(ctx, request{op: "write", method: http.MethodPost, path: pathGroups, body: struct{}{}}, nil)
	return err
}
