// Package match holds what Writer has against what the directory has: which person
// is which account, which group which team, and what only one side knows.
//
// It is pure, and decides nothing: linking is the business of package plan, and
// writing into a directory that of a connector. It makes no guess either. An address
// or a name that is not on either side exactly once is shown as what it is.
//
// Its one invariant: every account, every person and every team is in the report
// once, so that nobody is overlooked and nobody counted twice.
package match
