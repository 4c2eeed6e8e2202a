// Package target is a fast SCIM 2.0 endpoint for the bench: of RFC 7644 what the
// client of Writer uses, with a million accounts and ten million memberships in less
// than 4 GiB. Teams are neither made nor deleted through it, as at Writer.
//
// It can be slow, throttle in three ways, carry requests out without answering them,
// and halt at a given request; it counts what it was asked. All of that
// is at a port of its own, and it listens on loopback alone:
//
//	PUT  /mode    a Mode
//	POST /teams   the names of teams to make
//	GET  /counts  Counts; DELETE begins anew
//	GET  /state   a Held a line
//
// It is no judge of behaviour: package sandbox is. A test lets the client push the
// same changes to both, and compares what they hold.
package target
