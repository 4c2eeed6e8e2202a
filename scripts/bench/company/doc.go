// Package company makes companies for the bench: users, nested groups and
// memberships, the same ones for the same seed. It writes them as the file source
// reads them, changes them as a day does, and says what Writer must hold and how
// many requests that takes at least.
//
// The people are invented; their addresses are at example.com.
package company
