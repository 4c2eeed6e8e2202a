// Package adtest is a stand-in for a domain controller of Active Directory: objects
// with GUIDs and SIDs, update sequence numbers, tombstones, filters that are evaluated,
// and the limits that Windows has and Samba has not, a thousand entries an answer and
// 1500 values a list. It owns the state of that domain and can lie about it.
//
// It knows nothing of the connector that is tested. It was written from the protocol's
// documentation (MS-ADTS), never against a domain controller of Windows. That an account
// without rights of its own finds the attributes of the schema by lDAPDisplayName, one
// level below schemaNamingContext, and that no attribute of Exchange is among them in a
// new domain, was seen on Samba.
//
// Its one invariant: what is not asked to lie says what the domain holds.
package adtest
