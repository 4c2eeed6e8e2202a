// Package expr holds the expressions of a configuration: CEL (the Common
// Expression Language) over one variable, user, which is a person as a source
// states them. Expressions are checked when they are compiled, end always, and see
// nothing but the person: equal persons give equal results.
//
// It must not decide anything: package syncer/plan asks it what is sent of a
// person and whether they are in scope.
//
// Its one invariant: an expression that asks for an attribute which the source
// does not state has no result. That is an error (ErrNotStated), never an empty
// text, because an attribute that a credential may no longer read looks just so.
package expr
