// Package state keeps, in one bbolt file, what must outlive a pass: the last
// complete reading of each source, the ledger of links, memberships and feeds,
// the journal of requests, approvals, switches and the record of runs. It
// implements syncer.Store. Each method of a transaction reads or writes at once.
//
// It must not decide, and knows nothing of sources, of Writer or of rails; nobody
// else knows of buckets or files.
//
// Its one invariant: what a method has returned from is on the disk, whole, and
// a record that is not what was stored is an error, never a value. One thing waits
// for the next write, and is no loss: that a reading found nothing changed.
//
// bbolt gives no room back. Compact writes what is live into a file of its own and puts
// that in place, under those who read and write; see handle.
//
// The buckets. A number is the uint32 that stands for a person (in its source),
// a group (in its source) or a team; it is given once and never again.
//
//	meta         schema            -> uint32, raw: readable whatever the codec becomes; begun: it is on its way there;
//	                                  audit -> its size, raw
//	heads        source            -> what is known of its readings, and the version of its records
//	sources      source ->
//	  numbers      user id         -> number, of everybody who was ever stated, listed or linked
//	  people-V     user id         -> number, status, fingerprint, hashes of e-mail, container and names; the record
//	  groups-V     group id        -> number, digest, hash of the container; the record; hashes of the names; the members' numbers,
//	                                  and those of former members who are kept; hashes of the references that name no user
//	  absent-users user id         -> since which read, last container; people with a live link, or joined, only
//	  absent-groups group id       -> the same, and the last record in groups-V, of groups that feed a team or keep users out
//	  marks        user id         -> what the user showed before and does not show now; of users who left and have no live account too
//	  excluded     group id        -> a group that keeps users out: name, the one it is nested in, since when it is not listed so, the users' numbers
//	  links        user id         -> number, standing, fingerprint, account; memberships; the rest of the link
//	  recent       sequence        -> changes of memberships that are not in the links yet
//	  feeds        group id, team  -> rule
//	teams        remote id         -> number, name
//	journal      sequence          -> ops of a request without an outcome
//	retries      op key            -> attempts, class, text
//	approvals    hold              -> the approval
//	approved     hold -> op        -> nothing: the ops it still lets through, in the order of a run; see approvedKey
//	control      control           -> switches
//	removals     time, sequence    -> what was taken from whom
//	runs         sequence          -> a run without its holds
//	held         hold, chunk       -> the holds of the last run; digest -> what they are compared by
//	joins        source, user id   -> who that is: source, user id
//	imported     made, source, id  -> a person or group of a source that import made; or begun, source, remote id
//	audit        last event, count -> what became of ops that were about a person; 200,000 and 32 MiB at most
//
// Every value but those of meta is a record: a CRC-32C over key and body, a version,
// and the body. What a scan of everybody reads (numbers, fingerprints, accounts,
// sets) is laid out by hand; the rest is CBOR in its core deterministic form
// (RFC 8949 section 4.2.1), so that equal values are equal bytes, and packed if that
// makes it shorter. The records of journal, retries, approvals, control, removals, runs,
// held, imported and audit are those of package store.
//
// bbolt writes a whole page for whatever changes on it. So what one commit changes
// lies together: events, removals and intents one behind the other, approved ops in
// the order of a run.
//
// Memberships in Writer are kept with the link, as a packed set of team numbers:
// a deactivation, which touches all of them, is then one small write, and a scan
// in the order of people yields each team's members in order. Those that changed
// lately are in the bucket recent, and go into the links together. Members of a group
// are one packed set per group: 10,000,000 cost about 20 MiB, not the gigabyte
// that as many keys would.
//
// References in groups are resolved to users when they are read: in a full read by an index
// in memory, in what changed by a walk over the users. A reference that names no user stays
// as a hash, with the member that it named before, and is resolved once a user is listed that it
// names. To groups they are resolved when groups are loaded.
package state
