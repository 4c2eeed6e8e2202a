// Package store is the contract with the state, which remembers between runs, and the records
// that it keeps.
//
// The records are wire structs: a file holds them, and JSON of them goes to people and
// programs. So they have fields, tags and enums of their own: a field that is added to
// a decision changes neither. In a file a field is a number (its tag) and an enum is a
// number with a table; in JSON both are words. A number is given once and never again.
//
// It is a leaf: it knows neither how a run decides nor how anything is stored.
//
// Its one invariant: what is read in one transaction is of one moment, and what is
// written is decided in the transaction that writes it.
package store
