// Package statetest is the suite that every syncer.Store passes, and the builders
// that tests of stores share. A test of a store is one call of Run.
//
// It knows nothing of how a store keeps anything.
//
// Its one invariant: a store is judged only by what its interface promises.
package statetest
