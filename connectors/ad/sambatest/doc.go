// Package sambatest runs a real domain of Active Directory for a test: a Samba domain
// controller on a loopback address of its own, with sample people, which stops when the
// test ends. It owns the domain's set-up, its certificate and its data.
//
// A domain takes many seconds to make, so that each one is kept below .cache, under a
// hash of all that it was made from; a test works on a copy. Samba listens on the ports
// of LDAP and no other, which is why each domain has an address of its own and the test
// must be allowed to listen on port 389.
//
// It knows nothing of the connector that is tested: it hands out addresses and
// credentials, and changes the domain as an administrator would.
//
// Its one invariant: a test that needs the domain runs against it or fails, and says
// what to install.
package sambatest
