// Package connectors is the contract between writersync and the directories it
// reads. It owns the words a connector speaks (User, Group, Ref), the proof that
// a reading was whole (Complete), the classes an error can have, and the registry
// of connector types.
//
// It knows nothing of Writer, of teams, or of what is done with a reading: a
// connector translates, and package syncer/plan alone decides.
//
// Its one invariant: a Complete exists only if Reading made it, from evidence the
// source gave. Everything that removes a person starts from a Complete.
package connectors
