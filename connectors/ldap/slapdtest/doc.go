// Package slapdtest starts a real OpenLDAP server for a test: on loopback, on
// ports of its own, with a directory of sample people, and stops it when the test
// ends. It owns the server's configuration, its certificates and its data.
//
// It knows nothing of the connector that is tested: it hands out addresses and
// credentials, and changes the directory as an administrator would.
//
// Its one invariant: a test that needs the server runs against it or fails. Where
// slapd is not installed, Start fails the test and names the command that installs
// it.
package slapdtest
