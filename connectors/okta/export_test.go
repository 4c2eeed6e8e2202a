package okta

import (
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
