// Package ldaptest is the wire of a stand-in LDAP server for tests: it listens on
// loopback, decodes binds and searches with their controls, and sends what a handler
// answers. What the directory holds, and in which way it lies, is the handler's.
//
// It knows no schema and no connector. Its one invariant: whatever a handler says is
// sent as it is said, true or not.
package ldaptest
