// Package apply does what a plan says. It sends each op to a Target, journals the
// intent before a request and the outcome after it, a few requests in one step, and
// resolves outcomes that are unknown by reading.
//
// It must not decide: it never adds an op, drops one for policy, or looks at a
// source. It knows nothing of SCIM, HTTP, bbolt or metrics.
//
// Its one invariant: no request that writes leaves before its intent is durable,
// and no object is written again while an earlier outcome on it is unknown.
package apply
