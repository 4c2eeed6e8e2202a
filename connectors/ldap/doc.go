// Package ldap reads people and groups from an LDAP v3 directory: OpenLDAP,
// 389 Directory Server, FreeIPA and their kin. It owns the connection (TLS before
// bind, one deadline per request), the paged search, the comparison of names, and
// the translation of entries into users and groups.
//
// It must not know what is done with a reading: no rule, no mapping to teams, no
// limit. It never follows a referral, because a referral would send the credential to
// a server nobody configured. It adds entries for import, where that is configured,
// and changes or deletes none, ever.
//
// Its one invariant: a search is whole or an error. Size, time and administrative
// limits, referrals, an ignored paging control, a page that comes twice and a lost
// connection all end the reading. The evidence that a reading was whole has three
// parts: every search ended with result code success and an empty cookie; a second
// search over the same base and filter counts as many entries as were stated; and
// the base entries could be read before and after.
package ldap
