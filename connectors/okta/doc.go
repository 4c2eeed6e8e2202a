// Package okta reads people and groups from an Okta organization, with Okta's own
// SDK. It owns the credential (an API token or an OAuth service app), the defences
// against what the SDK and a network make of an answer, the pages, the members of
// groups that it remembers from one reading to the next, and the translation of
// Okta's people into users.
//
// It must not know what is done with a reading: no rule, no mapping to teams, no
// limit. It makes people and groups for import, where that is configured, and changes
// or deletes none. The SDK stays in sdk.go and the packages that sdk.go names; no file
// or environment variable of the SDK's own fills a field.
//
// Its one invariant: a list is whole or an error. An empty answer, a list without
// anybody, a link that leads back or elsewhere, a page that is no JSON and a refusal
// all end the reading. Okta counts nowhere how many people it has, so that the evidence
// is: every listing ended with a page that has no next link; the group that Okta keeps
// of everybody was seen before and after, and counts as many people as were stated;
// groups of the last reading that are listed no more are gone or not configured; and
// every group that was read has as many members as Okta counts in it. Members of
// groups whose last change Okta dates as before are those of the last reading.
package okta
