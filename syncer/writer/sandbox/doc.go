// Package sandbox is a stand-in Writer: a SCIM 2.0 endpoint on loopback, by RFC
// 7643, RFC 7644 and what Writer documents. Teams are neither created nor deleted
// through it, e-mails are unique, and a new account joins the default team.
//
// It must not know the client it is used with: filters and patches are parsed by
// the standard, not by what one client happens to send. No behaviour of it was
// ever compared with the real Writer, which no test can reach; what Writer leaves
// open is a quirk that can be switched on.
//
// Its one invariant: its ledger holds every change that was applied, also those
// whose answer was lost, so that tests count at the far end.
package sandbox
