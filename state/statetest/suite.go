package statetest

import (
	"slices"
	"testing"
)

// Run holds the stores of h against what syncer.Store promises.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, test := range slices.Concat(readTests(), ledgerTests(), pastTests()) {
		t.Run(test.name, func(t *testing.T) { test.run(NewWorld(t, h)) })
	}
}

// A test is one promise of the contract.
type test struct {
	name string
	run  func(w *World)
}

// readTests are about reads of sources.
func readTests() []test {
	return []test{
		{"an empty store", emptyStore},
		{"a reading is visible once committed", readingCommitted},
		{"a reading that is discarded leaves nothing", readingDiscarded},
		{"a reading needs its proof", readingUnproven},
		{"one reading of a source at a time", readingAlone},
		{"a reading that changes nothing counts", readingUnchanged},
		{"records come back as they were stated", recordsWhole},
		{"members who are stated later", membersLater},
		{"nested groups", nestedGroups},
		{"what changed is merged", changesFollowed},
		{"changes that say who is gone", changesGone},
		{"changes that are refused", changesRefused},
		{"an absence is remembered and ends", absences},
		{"files as they were read last", filesRead},
		{"a group that feeds a team goes and comes back", groupAbsences},
		{"an absence matters as long as the account lives", absenceEnds},
		{"users who vanished", vanishedUsers},
		{"users who vanished from a group that keeps out", vanishedFromAGroup},
		{"accepted readings", readingsAccepted},
		{"neighbours", neighbours},
	}
}

// ledgerTests are about what ops leave.
func ledgerTests() []test {
	return []test{
		{"the effect of every kind of op", effects},
		{"fingerprints after an op", fingerprints},
		{"failures are remembered", failures},
		{"a refused e-mail", refusedEmail},
		{"an account that is gone", accountGone},
		{"a deleted account is made anew", createdAnew},
		{"memberships sleep and wake", memberships},
		{"a link moves to another ID", moveLink},
		{"history", history},
		{"people of two sources are one", joins},
		{"joins end", joinsEnd},
		{"an account that is moved names its new user", moveLinkNamed},
		{"an account is moved to one of two records", moveLinkJoined},
		{"lists name a user by the ID before", moveLinkListed},
		{"lists that a delta read left name a user by the ID before", moveLinkFollowed},
		{"an account is moved to another source", moveLinkAcross},
		{"nested groups that are not stated", nestedUnstated},
		{"feeds and teams", feeds},
		{"scope", scope},
		{"a skipped op leaves nothing", skipped},
		{"settling what is not open", settleClosed},
		{"the journal keeps its order", journalOrder},
		{"one step closes and opens", advances},
		{"a step is whole or not at all", advancesWhole},
		{"what sends nothing needs no intent", sendsNothing},
		{"settling outlives its context", settleAfterEnd},
		{"who is settled", settled},
		{"filling in shares e-mails", fillShares},
		{"filling in after a change", fillMoved},
		{"what Writer showed of accounts", observedAccounts},
		{"an account that Writer showed is gone", observedGone},
		{"an account that Writer showed is adopted", observedAdoption},
		{"an account is that of one user", adoptedOnce},
		{"what Writer showed of members", observedMembers},
	}
}

// pastTests are about decisions and what was done.
func pastTests() []test {
	return []test{
		{"approvals let each op through once", approvals},
		{"approvals run out", approvalsExpire},
		{"removals", removals},
		{"what import made", imported},
		{"switches", switches},
		{"nothing of an update that fails is done", updateFails},
		{"a transaction reads one moment", oneMoment},
		{"transactions of ended contexts", ended},
		{"runs", runs},
		{"holds are kept with the newest run", runsHeld},
		{"all of it outlives a restart", restart},
		{"many goroutines", concurrent},
	}
}
