package connectors

import (
	"context"
	"fmt"
	"log/slog"
)

// A Secret is a reference to a secret: a file, an environment variable or a
// command. It holds no value. Printing it in any way shows the reference, never
// the secret. The zero Secret is not set.
type Secret struct {
	ref  string
	read func(context.Context) (string, error)
}

// NewSecret returns a secret that read fetches, described by ref ("file:/run/x").
func NewSecret(ref string, read func(context.Context) (string, error)) Secret {
	return Secret{ref: ref, read: read}
}

// Reveal fetches the secret now, so that a rotated one is picked up without a
// restart. An empty secret is an error: it never stands in for a missing one.
func (s Secret) Reveal(ctx context.Context) (string, error) {
	if s.read == nil {
		return "", fmt.Errorf("the secret is not set")
	}
	v, err := s.read(ctx)
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", s.ref, err)
	}
	if v == "" {
		return "", fmt.Errorf("the secret %s is empty", s.ref)
	}
	return v, nil
}

// IsSet reports whether the secret refers to anything.
func (s Secret) IsSet() bool { return s.read != nil }

// String returns the reference.
func (s Secret) String() string { return s.ref }

// GoString returns the reference.
func (s Secret) GoString() string { return fmt.Sprintf("connectors.Secret(%q)", s.ref) }

// MarshalText returns the reference.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.ref), nil }

// LogValue returns the reference.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.ref) }
