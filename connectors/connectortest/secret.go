package connectortest

import (
	"context"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// Canary is the value of the secret that Secret reveals. The suite looks for it
// wherever a secret must not be.
const Canary = "canary-of-the-conformance-suite"

// Secret returns the secret that a Directory accepts.
func Secret() connectors.Secret { return SecretOf(Canary) }

// SecretOf returns a secret of that value.
func SecretOf(value string) connectors.Secret {
	return connectors.NewSecret("test", func(context.Context) (string, error) { return value, nil })
}

// SecretsSet compares secrets by whether they are set: no more can be told of them.
func SecretsSet() cmp.Option {
	return cmp.Comparer(func(a, b connectors.Secret) bool { return a.IsSet() == b.IsSet() })
}
