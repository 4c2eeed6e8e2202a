// Package connectors is the contract between writersync and the directories it
// reads. It owns the words a connector speaks (User, Group, Ref), the proof that
// a reading was whole (Complete) or that all that changed was stated (Delta), the
// classes an error can have, and the registry of connector types.
//
// It knows nothing of Writer, of teams, or of what is done with a reading: a
// connector translates, and package syncer/plan alone decides.
//
// Its one invariant: a Complete or a Delta exists only if Reading made it, from what the
// source gave. Everything that removes a person starts from one of them, and from a Delta
// only what it states of that very person.
package connectors
