// Package file reads people and groups from files that some other program
// exports: CSV or JSON, one file of people and one of groups. It owns the look at
// a file while others may write it, the decoding, and the translation of rows into
// users and groups.
//
// It must not know what is done with a reading: no rule, no mapping to teams, no
// limit. It never writes.
//
// Its one invariant: a file is read whole or not at all. A file has no server that
// could be asked for a count, and a half-written one looks like a short one; so the
// exporting program must vouch for it, in one of two ways that the configuration
// names. With `whole: checksum` a file PATH.sha256 beside it, as sha256sum writes
// it, holds the digest of every byte. With `whole: rename` the administrator
// promises that the program writes under another name and renames: the file must
// then be the same before and after the reading, and end where a record ends. Those
// are the evidence of a reading. A row that cannot be read fails it: nobody knows
// how many rows it swallowed.
//
// The connector cannot be asked about single people: it is no connectors.Prover.
package file
