// Package console is what people talk to a daemon through: an HTTP API, served on
// the daemon's unix socket, and the client that the verbs use.
//
// It declares the Engine it drives and must not know how one is built: the same
// verbs run on an Engine in their own process when no daemon holds the state.
//
// Its one invariant: a GET changes nothing.
package console
