package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// made adds an account of no user, active, with an external ID.
func (w *world) made(id plan.RemoteID, mail, external string, edits ...func(*plan.Account)) *world {
	a := plan.Account{ID: id, UserName: mail, ExternalID: external, Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "ANN"}}
	for _, edit := range edits {
		edit(&a)
	}
	w.in.Accounts = append(w.in.Accounts, a)
	slices.SortFunc(w.in.Accounts, func(a, b plan.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return w
}

func inactive(a *plan.Account) { a.Active = false }

// TestExternalID: two users never have one external ID, which is never too long. An account of
// before names its user by the ID alone.
func TestExternalID(t *testing.T) {
	long := strings.Repeat("x", 300)
	users := []connectors.Ref{{Source: "corp", ID: "1"}, {Source: "hr", ID: "1"}, {Source: "hr", ID: long}, {Source: "corp", ID: long}, {Source: "hr", ID: long + "x"}, {Source: "hr", ID: "a/b"}}
	for i, user := range users {
		id := plan.ExternalIDOf(user)
		if len(id) > 255 {
			t.Errorf("%.20s: %d bytes", user, len(id))
		}
		for j, other := range users {
			if a := (plan.Account{ExternalID: id}); a.Names(other) != (i == j) || a.MadeFor(other) != (i == j) {
				t.Errorf("the account of %.20s names %.20s: %t, %t", user, other, a.Names(other), a.MadeFor(other))
			}
		}
		if old := (plan.Account{ExternalID: user.ID}); old.Names(user) || !old.MadeFor(user) {
			t.Errorf("an old account of %.20s: %t, %t", user, old.Names(user), old.MadeFor(user))
		}
	}
	in := plan.Input{
		People: []plan.Person{{Ref: ref("a/b")}, {Ref: ref("ann")}, {Ref: ref(long)}},
		Joins:  map[connectors.Ref]connectors.Ref{{Source: "hr", ID: "1"}: ref("ann"), {Source: "hr", ID: long}: ref("a/b")},
	}
	namedBy := in.Namer()
	for id, want := range map[string]int{
		"corp/a/b": 0, "corp/ann": 1, "hr/1": 1, "ann": -1, "": -1, "corp/zoe": -1,
		plan.ExternalIDOf(ref(long)): 2, plan.ExternalIDOf(connectors.Ref{Source: "hr", ID: long}): 0, plan.ExternalIDOf(ref(long + "x")): -1,
	} {
		if i, known := namedBy(plan.Account{ExternalID: id}); known != (want >= 0) || (known && i != want) {
			t.Errorf("%q names %d, %t; want %d", id, i, known, want)
		}
	}
}

const (
	oldMail = "old@example.com"

	heldAnn = `
held other-email: ann@example.com has an account in Writer under another e-mail: it was made for them, and no link to it is known. Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.
  = link ann@example.com to account 7  [has this account under another e-mail]
  ~ update old@example.com: userName "old@example.com" to "ann@example.com"  [changed in corp]`
)

// TestOtherEmail: a user without a link, for whom an account was made, gets no second
// one.
func TestOtherEmail(t *testing.T) {
	wantPlans(t, []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"under another e-mail", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "corp/ann")
		}, heldAnn},
		{"under the same e-mail", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", mailOf("ann"), "corp/ann")
		}, `
= link ann@example.com to account 7  [has the e-mail of this account]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"by the ID alone, as other programs write it", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "ann")
		}, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"of a user of another source with that ID", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "hr/ann")
		}, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"the account is not active", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "corp/ann", inactive)
		}, `
held inactive-account: the account with the e-mail or the external ID of ann@example.com is deactivated in Writer, and not by us. Reactivate or remove the account in Writer; it is linked or created on the next pass.
  = link ann@example.com to account 7  [has the e-mail of this account]`},
		{"another account has the e-mail", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "corp/ann").made("8", mailOf("ann"), "")
		}, `
held ambiguous-account: 2 accounts in Writer have the e-mail of ann@example.com, or the external ID. Leave one of them in Writer.
  = link ann@example.com to account 8  [has the e-mail of this account]`},
		{"another account has the e-mail, and the old one is not active", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", oldMail, "corp/ann", inactive).made("8", mailOf("ann"), "")
		}, `
= link ann@example.com to account 8  [has the e-mail of this account]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"the account with the e-mail was made for another user", func(w *world) {
			w.stated("ann").stated("bob").member("g-eng", "ann").made("7", mailOf("ann"), "corp/bob")
		}, `
held email-taken: the e-mail of ann@example.com is that of account 7 in Writer, which was made for bob@example.com. Link that account first, where that is held; else give it another address in Writer, or remove it.
  = link ann@example.com to account 7  [has the e-mail of this account]`},
		{"the account with the e-mail was made for a user who is not listed", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", mailOf("ann"), "corp/zoe")
		}, `
held new-id: account 7 has the e-mail of corp/ann, and was made for corp/zoe, who is not listed. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = link ann@example.com to account 7  [has the e-mail of this account, which was made for corp/zoe, who is not listed]`},
		{"of two users so, one whom the state knows, and one whose external ID is a hash", func(w *world) {
			w.stated("ann").stated("bob").live("zoe", absent(4), standing(plan.Deleted)).member("g-eng", "ann", "bob")
			w.made("7", mailOf("ann"), "corp/zoe").made("8", mailOf("bob"), "sha256:00")
		}, `
held new-id: 2 users of source corp have the e-mails of accounts that were made for others, who are not listed. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = link ann@example.com to account 7  [has the e-mail of this account, which was made for corp/zoe, who is not listed]
  = link bob@example.com to account 8  [has the e-mail of this account, which was made for sha256:00, who is not listed]`},
		{"so, and the user is disabled", func(w *world) {
			w.stated("ann", status(connectors.StatusDisabled)).stated("bob").made("7", mailOf("ann"), "corp/zoe")
		}, `
held disabled-account: ann@example.com is disabled, and has an active account that was there before. Approve to link the account; the next run deactivates it.
  = link ann@example.com to account 7  [has the e-mail of this account, and is disabled in corp, which was made for corp/zoe, who is not listed]`},
		{"the account with the e-mail was made for a user of a source that is not configured", func(w *world) {
			w.stated("ann").member("g-eng", "ann").made("7", mailOf("ann"), "hr/zoe")
		}, `
= link ann@example.com to account 7  [has the e-mail of this account]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"of several, one has the old address of another", func(w *world) {
			w.stated("ann").stated("bob").member("g-eng", "ann", "bob")
			w.made("7", mailOf("bob"), "corp/ann").made("8", oldMail, "corp/bob", func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "BOB" })
		}, `
held other-email: 2 users of source corp have accounts in Writer under another e-mail: they were made for them, and no links to them are known. Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.
  = link ann@example.com to account 7  [has this account under another e-mail]
  = link bob@example.com to account 8  [has this account under another e-mail]
  ~ update bob@example.com: userName "bob@example.com" to "ann@example.com"  [changed in corp]`},
		{"the user has no e-mail now", func(w *world) {
			w.stated("ann", email("")).member("g-eng", "ann").made("7", oldMail, "corp/ann")
		}, `
held other-email: corp/ann has an account in Writer under another e-mail: it was made for them, and no link to it is known. Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.
  = link corp/ann to account 7  [has this account under another e-mail]`},
		{"the user is disabled", func(w *world) {
			w.stated("ann", status(connectors.StatusDisabled)).stated("zoe").member("g-eng", "ann").made("7", oldMail, "corp/ann")
		}, `
held disabled-account: ann@example.com is disabled, and has an active account that was there before. Approve to link the account; the next run deactivates it.
  = link ann@example.com to account 7  [has this account under another e-mail, and is disabled in corp]`},
		{"the user is disabled, and their address is another user's", func(w *world) {
			w.stated("ann", status(connectors.StatusDisabled)).stated("bob").member("g-eng", "ann").made("7", mailOf("ann"), "corp/bob")
		}, ``},
		{"the user had an account that is deleted", func(w *world) {
			w.live("ann", standing(plan.Deleted)).member("g-eng", "ann").made("7", oldMail, "corp/ann")
		}, `
+ create ann@example.com: displayName "ANN"  [is back in scope, and the old account is gone]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"the team is exclusive, and the account is in it", func(w *world) {
			w.in.Policy.Rules[0].Exclusive = true
			w.stated("ann").live("bob").member("g-eng", "ann", "bob").hadIn("t1", "bob").made("7", oldMail, "corp/ann")
			w.listed["t1"] = []plan.RemoteID{"7", "a-bob"}
		}, heldAnn},
	})
}

// TestOtherEmailApproved links the account, which is in the team already.
func TestOtherEmailApproved(t *testing.T) {
	w := newWorld(t)
	w.stated("ann").member("g-eng", "ann").made("7", oldMail, "corp/ann")
	w.listed["t1"] = []plan.RemoteID{"7"}
	in := w.input()
	p, _ := plan.Diff(in)
	in.Approved = map[plan.Hash]bool{}
	for _, op := range p.Held[0].Ops {
		in.Approved[op.Hash()] = true
	}
	p, _ = plan.Diff(in)
	var kinds []plan.Kind
	for _, op := range p.Ops {
		kinds = append(kinds, op.Kind)
	}
	if want := []plan.Kind{plan.AdoptUser, plan.UpdateUser, plan.ConfirmMember}; !slices.Equal(kinds, want) || len(p.Held) > 0 {
		t.Fatalf("%s", p)
	}
	if c, made := p.Ops[0].Change(plan.ExternalID); !made || c.New != "corp/ann" || p.Ops[1].Account != "7" {
		t.Errorf("%+v, %+v", p.Ops[0], p.Ops[1])
	}
}

// TestNamesTheUser: what an account that we made is called by matters, and in which form does
// not.
func TestNamesTheUser(t *testing.T) {
	for id, foreign := range map[string]bool{"": false, "ann": false, "corp/ann": false, "hr/ann": true, "zoe": true} {
		for _, origin := range []plan.Origin{plan.Created, plan.Adopted} {
			w := newWorld(t)
			w.live("ann", external(id), func(p *plan.Person) { p.Link.Origin = origin }).member("g-eng", "ann").hadIn("t1", "ann")
			in := w.input()
			p, _ := plan.Diff(in)
			if want := foreign && origin == plan.Created; (len(p.Held) > 0) != want {
				t.Errorf("%q, %s: %s", id, origin, p)
			}
			if got := in.People[0].Link.Differs(*in.People[0].Remote, nil, nil); got != (foreign && origin == plan.Created) {
				t.Errorf("%q, %s: differs: %t", id, origin, got)
			}
		}
	}
}

// TestMoveNamesTheUser: an account that we made is called by its new user, any other is left.
func TestMoveNamesTheUser(t *testing.T) {
	for origin, want := range map[plan.Origin]string{plan.Created: "corp/ann2", plan.Adopted: ""} {
		w := newWorld(t)
		w.live("ann", absent(4), func(p *plan.Person) { p.Link.Origin = origin })
		w.stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").hadIn("t1", "ann")
		p, _ := plan.Diff(w.input())
		op := p.Held[0].Ops[0]
		if c, _ := op.Change(plan.ExternalID); op.Kind != plan.MoveLink || c.New != want || op.LedgerOnly() != (want == "") {
			t.Errorf("%s: %+v", origin, op)
		}
	}
}

// TestOneAccountOneUser: no plan gives one account to two users, also if each of them could have
// it after an approval.
func TestOneAccountOneUser(t *testing.T) {
	off := status(connectors.StatusDisabled)
	wantPlans(t, []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"made for one, and in the place of the lost one of another", func(w *world) {
			w.live("ann", func(p *plan.Person) { p.Lost = true }).stated("bob").member("g-eng", "ann", "bob").hadIn("t1", "ann")
			w.made("7", mailOf("ann"), "corp/bob")
		}, `
held email-taken: the e-mail of ann@example.com is that of account 7 in Writer, which was made for bob@example.com. Link that account first, where that is held; else give it another address in Writer, or remove it.
  = link ann@example.com to account 7  [the account was deleted in Writer, and this one has the e-mail]
held other-email: bob@example.com has an account in Writer under another e-mail: it was made for them, and no link to it is known. Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.
  = link bob@example.com to account 7  [has this account under another e-mail]
  ~ update ann@example.com: displayName "ANN" to "BOB", userName "ann@example.com" to "bob@example.com"  [changed in corp]`},
		{"the same, where what is missing is repaired", func(w *world) {
			w.in.Policy.Drift.Missing = plan.Repair
			w.live("ann", func(p *plan.Person) { p.Lost = true }).stated("bob").member("g-eng", "ann", "bob").hadIn("t1", "ann")
			w.made("7", mailOf("ann"), "corp/bob")
		}, `
held email-taken: the e-mail of ann@example.com is that of account 7 in Writer, which was made for bob@example.com. Link that account first, where that is held; else give it another address in Writer, or remove it.
  = link ann@example.com to account 7  [the account was deleted in Writer, and this one has the e-mail]
held other-email: bob@example.com has an account in Writer under another e-mail: it was made for them, and no link to it is known. Approve to link the account and to give it the e-mail of the directory; if it is another person's, remove it in Writer.
  = link bob@example.com to account 7  [has this account under another e-mail]
  ~ update ann@example.com: displayName "ANN" to "BOB", userName "ann@example.com" to "bob@example.com"  [changed in corp]`},
		{"in the place of a lost one, made for a user who is not listed", func(w *world) {
			w.in.Policy.Drift.Missing = plan.Repair
			w.live("ann", func(p *plan.Person) { p.Lost = true }).member("g-eng", "ann").hadIn("t1", "ann")
			w.made("7", mailOf("ann"), "corp/zoe")
		}, `
held new-id: account 7 has the e-mail of corp/ann, and was made for corp/zoe, who is not listed. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = link ann@example.com to account 7  [the account was deleted in Writer, and this one has the e-mail]`},
		{"in the place of a lost one, made for another who has an account", func(w *world) {
			w.in.Policy.Drift.Missing = plan.Repair
			w.live("ann", func(p *plan.Person) { p.Lost = true }).live("bob").member("g-eng", "ann", "bob").hadIn("t1", "ann", "bob")
			w.made("7", mailOf("ann"), "corp/bob")
		}, `
held email-taken: the e-mail of ann@example.com is that of account 7 in Writer, which was made for bob@example.com. Link that account first, where that is held; else give it another address in Writer, or remove it.
  = link ann@example.com to account 7  [the account was deleted in Writer, and this one has the e-mail]`},
		{"two disabled ones", func(w *world) {
			w.stated("ann", off).stated("ann2", off, email(mailOf("ann"))).made("7", mailOf("ann"), "")
		}, `
held disabled-account: ann@example.com is disabled, and has an active account that was there before. Approve to link the account; the next run deactivates it.
  = link ann@example.com to account 7  [has the e-mail of this account, and is disabled in corp]`},
	})
}

// TestMovedBefore: a linked account that names a newcomer, and whose user is gone, was moved
// before the state was restored. It is asked about once more, whatever the newcomer shows.
func TestMovedBefore(t *testing.T) {
	const asked = `
held new-id: corp/ann is gone from the directory, and the account names corp/ann2 in Writer. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, correct the external ID of the account in Writer.
  = give account a-ann of corp/ann to %s  [is named by this account, whose person is gone]`
	const foreign = `
held foreign-account: account a-ann in Writer is not the one that was linked to ann@example.com. If writer.url names another organization now, give it a state file of its own; else correct the account in Writer.
  ~ update ann@example.com`
	same, off := email(mailOf("ann")), status(connectors.StatusDisabled)
	moved := func(w *world, edits ...func(*plan.Person)) *world {
		return w.live("ann", absent(4), external("corp/ann2")).member("g-eng", "ann2").hadIn("t1", "ann").stated("ann2", edits...)
	}
	wantPlans(t, []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"with the e-mail", func(w *world) { moved(w, same) }, fmt.Sprintf(asked, mailOf("ann"))},
		{"with another e-mail by now", func(w *world) { moved(w) }, fmt.Sprintf(asked, mailOf("ann2"))},
		{"disabled by now", func(w *world) { moved(w, same, off) }, fmt.Sprintf(asked, mailOf("ann"))},
		{"another newcomer has the e-mail", func(w *world) { moved(w).stated("bob", same).member("g-eng", "bob") }, fmt.Sprintf(asked, mailOf("ann2")) + `
held recycled-email: the e-mail of corp/bob belongs to the account of corp/ann. Give the newcomer another address, or change that of the old account, in Writer and in the directory.
  + create ann@example.com: displayName "BOB"  [is in group engineering]`},
		{"the user is listed", func(w *world) {
			w.live("ann", external("corp/ann2")).stated("ann2").member("g-eng", "ann").hadIn("t1", "ann")
		}, foreign},
		{"the one whom it names has an account", func(w *world) {
			w.live("ann", absent(4), external("corp/ann2")).live("ann2").member("g-eng", "ann2").hadIn("t1", "ann", "ann2")
		}, foreign},
		{"two accounts name the newcomer", func(w *world) {
			moved(w, same, off).live("bob", absent(4), external("corp/ann2")).hadIn("t1", "bob")
		}, foreign + strings.ReplaceAll(foreign, "ann", "bob")},
		{"at another endpoint", func(w *world) { w.in.Moved = true; moved(w, off) }, foreign},
	})
}
