// Package oktatest is a stand-in for Okta, built to its published description: people,
// groups, members, roles, the System Log and the token endpoint, with pages by opaque
// cursors, separate Link headers, limits in windows and Okta's own error codes. It is
// for tests of connectors/okta, keeps what it is told, and lies on request.
//
// It must not know the connector. What it cannot show is how Okta itself behaves where
// the description is silent: nothing here was ever compared with a real organization.
package oktatest
