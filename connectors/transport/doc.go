// Package transport makes the HTTP clients of writersync. It owns what every
// request needs whoever sends it: the one origin it may go to, the credential,
// the pace, repetition, caps on time and size, and errors that can be shown. Each
// of these is an http.RoundTripper around the next, one per file; New stacks them:
//
//	pin ▸ readonly ▸ retry ▸ answer ▸ share ▸ pace ▸ observe ▸ cap ▸ auth ▸ errors ▸ net/http
//
// It must not know SCIM, Writer, a directory or a body's meaning: a status code
// that is neither a redirect nor 429 goes to the caller as it came.
//
// Its one invariant: no request, and so no credential, leaves for any origin but
// the configured one, whatever a caller or an answer says.
package transport
