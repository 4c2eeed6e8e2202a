// Package ad reads people and groups from a domain of Active Directory, or of Samba as
// its domain controller, over LDAP. It owns what differs from other LDAP directories:
// GUIDs, account control, lists of members that come in parts, primary groups, update
// sequence numbers. The connection, the paged search and the comparison of names are
// those of package ldap.
//
// It must not know what is done with a reading: no rule, no mapping to teams, no limit.
// It follows no referral and changes nothing in the domain.
//
// Its one invariant: a search is whole or an error, and so is a list of members. The
// evidence that a reading was whole: every search ended with result code success and
// an empty cookie; every list of members ended with its last part, while the group
// stayed as it was; nobody's primary group changed meanwhile; a listing of its own of
// who there is has the same GUIDs, each and no other, as were stated; the base entries
// could be read before and after; and the domain controller said that it has all of the
// domain. What the IDs are is the GUID of
// the domain they are of, and the domain controller that told them.
//
// Members are known by GUID and never by name, so that nobody who is renamed or moved
// during a reading is lost or taken for somebody else.
//
// One domain controller is read, always the same: each has its own update sequence
// numbers, and may lack what another one has. Changes since a reading are what has a
// higher number than that reading began with; deleted objects are seen only by an
// account that may list them, so that a whole reading stays the truth about who left.
package ad
