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
	// Validate returns all faults at once, each as a *FieldError, joined by errors.Join;
	// nil if there are none. It makes no request and reads no secret.
	Validate() error
	// Identity returns in one text what decides which objects are read, and as whom:
	// hosts, bases, filters, the name of the bind; no secret, and nothing that only makes
	// reading faster or slower. When it changes, the next pass applies nothing before
	// somebody has approved it.
	Identity() string
	// Open returns a connector. It makes no request: the first Read does. A connector
	// that is an io.Closer is closed once, when no new Read will begin; one that is under
	// way then goes on to its end, or fails.
	Open(Env) (Connector, error)
}

// Env is what a connector gets from its surroundings.
type Env struct {
	Name    string       // the source's name
	Log     *slog.Logger // never nil; names the source already; for debug lines only: errors are returned
	Observe Observer     // never nil

	// Watched says that Watch and Changes will be called, if the connector has them.
	// Where it is false, what only they need may be missing: for a Checker that is no
	// fault then, and nothing need be kept for them.
	Watched bool
}

// An Observer is told of every request that is made to a server.
type Observer interface {
	// Request reports one request that has ended: to whom it went ("writer", or the name
	// of a source), how it ended ("200", "ldap-success", "timeout": one of a few words),
	// and how long it took. It returns at once and may be called from any goroutine.
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
