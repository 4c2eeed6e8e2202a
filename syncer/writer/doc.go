// Package writer speaks SCIM 2.0 (RFC 7643, RFC 7644) to Writer: single reads and
// writes of accounts and teams, and one read of everything.
//
// It must not know plans, the ledger, or why something is done. It sends what
// Writer documents that it supports and nothing else: no password, no role, no
// team created, deleted or renamed. It reads tolerantly, and uses only returned
// items that match what was asked.
//
// Its one invariant: an error says whether the change was made, was not made, or
// may have been (see apply.Target).
package writer
