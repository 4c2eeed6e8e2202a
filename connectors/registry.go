package connectors

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// A Config is the configuration of one source, decoded into the connector's own
// type. Its fields carry `yaml` tags; New returned it with the defaults set.
type Config interface {
	// Validate returns every fault at once, joined, each as a *FieldError.
	Validate() error
	// Identity returns what decides which objects are read and as whom: hosts,
	// bases, filters, the bind name; no secret, no tuning. When it changes, the
	// next pass is plan-only until it is approved.
	Identity() string
	// Open returns a connector. It makes no request: the first Read does. A connector
	// that is an io.Closer is closed once, when no new Read will begin; one that is under
	// way then goes on to its end, or fails.
	Open(Env) (Connector, error)
}

// Env is what a connector gets from its surroundings.
type Env struct {
	Name    string       // the source's name
	Log     *slog.Logger // never nil; bound to the source; for debug lines only: errors are returned
	Observe Observer     // never nil

	// Watched says that Watch and Changes will be called, if the connector has them.
	// Where it is false, what only they need may be missing: for a Checker that is no
	// fault then, and nothing need be kept for them.
	Watched bool
}

// An Observer hears of every request that is made. It must not block.
type Observer interface {
	// Request reports one finished request: the target ("writer", a source's
	// name), a bounded code ("200", "ldap-success", "timeout") and the time it took.
	Request(target, code string, took time.Duration)
}

// A Type is one kind of connector.
type Type struct {
	Name string        // as written in `type:`
	Doc  string        // one sentence for `writersync connectors` and the docs
	New  func() Config // a pointer to a config with its defaults set
}

// A Registry is the set of connector types a program knows. Its zero value is
// empty and ready.
type Registry struct {
	types []Type
}

// Register adds t. Two types of one name are a fault of the program: it panics.
func (r *Registry) Register(t Type) {
	if _, ok := r.Find(t.Name); ok {
		panic(fmt.Sprintf("connector type %q registered twice", t.Name)) //nolint:forbidigo // a fault of the program, found by any start of it
	}
	r.types = append(r.types, t)
	slices.SortFunc(r.types, func(a, b Type) int { return strings.Compare(a.Name, b.Name) })
}

// Find returns the type of that name.
func (r *Registry) Find(name string) (Type, bool) {
	for _, t := range r.types {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}

// Types returns every type, sorted by name.
func (r *Registry) Types() []Type { return slices.Clone(r.types) }
