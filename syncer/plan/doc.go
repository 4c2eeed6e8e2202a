// Package plan decides. From three views (what the sources state, what the
// ledger remembers, what Writer says) Diff makes the plan: an ordered, hashable,
// printable list of ops, each with its reason, and what is held and why.
//
// It is pure: no context, clock, log, network, file, metric or randomness; equal
// inputs give an equal plan in equal order. It must not know how a source is
// read, how an op is sent, or how anything is stored.
//
// Its one invariant: an op that removes something is derived only from a source
// whose Complete is valid in this very pass.
package plan
