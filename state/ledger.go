package state

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A ledger applies outcomes, within the transaction that closes their intent.
//
// What a done op changes:
//
//	kind            changes
//	--------------  -----------------------------------------------------------------
//	link-team       the team's name; the feed, with its rule
//	unlink-team     the feed goes
//	adopt-user      a new link, adopted, live; applied is what the account has; one that names
//	                the person was created
//	join-person     the join; it goes with an account of one's own
//	move-link       the link of another ID, with its memberships, not out of scope; and its joins;
//	                adopted, unless the account names the person by now
//	create-user     a new link, created, live; or the old one, on the new account
//	update-user     applied; a changed userName clears the refused e-mail
//	confirm-user    the same
//	set-role        applied
//	reactivate      live again; applied
//	add-member      the membership, live
//	confirm-member  the membership, live
//	remove-member   the membership goes; of a stranger, nothing
//	deactivate-user inactive; every membership sleeps; out of scope: no longer
//	delete-user     deleted; every membership goes; out of scope: no longer
//
// Beside that, every done op stores the fingerprint it makes true (and the four
// that change attributes clear it, if they make none), forgets its retry, is taken
// from every approval, and leaves a removal if it takes something away. A failed
// op leaves a retry; two failures also teach us something: an e-mail that Writer
// refused, and an account that is gone. A skipped op leaves nothing.
type ledger struct {
	tx      *bolt.Tx
	codec   codec
	now     time.Time
	sources map[string]source
	kept    auditLimit
	events  []store.Event // that storeAudit stores
	// owners are the users of the accounts that are adopted in this transaction: of before, and
	// by it. Read once, since there is no index of accounts.
	owners map[plan.RemoteID]connectors.Ref
	// heirs are the users who got the account of another ID in this transaction: by source and
	// number, the number of the heir. See storeHeirs.
	heirs map[string]map[uint32]uint32
}

func (db *DB) newLedger(tx *bolt.Tx) *ledger {
	return &ledger{tx: tx, codec: db.codec, now: db.now(), sources: map[string]source{}, kept: db.kept, heirs: map[string]map[uint32]uint32{}}
}

// appendTo opens a bucket whose keys ascend: its pages are filled, since nothing will
// come between.
func (l *ledger) appendTo(name string) *bolt.Bucket {
	b := l.tx.Bucket([]byte(name))
	b.FillPercent = bulkFill
	return b
}

// finish stores what was gathered for all ops of the transaction. Changes of memberships beyond
// pages go into the links.
func (l *ledger) finish(pages int) error {
	if err := l.storeRecent(pages); err != nil {
		return fmt.Errorf("store memberships: %w", err)
	}
	if err := l.storeHeirs(); err != nil {
		return err
	}
	if err := l.storeAudit(); err != nil {
		return fmt.Errorf("remember what was done: %w", err)
	}
	return nil
}

func (l *ledger) settle(op plan.Op, out apply.Outcome) error {
	l.audit(op, out)
	switch out.Result {
	case apply.Done:
		return l.done(op, out)
	case apply.Failed:
		return l.failed(op, out)
	case apply.Skipped:
		return nil
	}
	return fmt.Errorf("result %q: %w", out.Result, ErrIntent)
}

func (l *ledger) done(op plan.Op, out apply.Outcome) error {
	if !plan.IsStranger(op.Person) { // else the ledger never knew of the membership
		if err := l.effect(op, out); err != nil {
			return err
		}
	}
	if err := errors.Join(l.made(op, out), l.endMarks(op)); err != nil {
		return err
	}
	if err := l.forgetRetry(op.Key()); err != nil {
		return err
	}
	approved, err := l.consume(op)
	if err != nil || !op.Removes() || op.GoesFirst() {
		return err
	}
	return l.removed(op, approved)
}

// effect makes the change of a done op's kind.
func (l *ledger) effect(op plan.Op, out apply.Outcome) error {
	switch op.Kind {
	case plan.LinkTeam:
		return l.linkTeam(op)
	case plan.UnlinkTeam:
		return l.unlinkTeam(op)
	case plan.AdoptUser:
		return l.adopt(op)
	case plan.MoveLink:
		return l.moveLink(op, out)
	case plan.JoinPerson:
		return l.joinPerson(op)
	case plan.CreateUser:
		return l.contact(op, plan.Created, out.Account.ID)
	}
	err := l.change(op, func(p *linked) error { return l.edit(p, op) })
	if !errors.Is(err, ErrUnlinked) || op.Account == "" {
		return err
	}
	// The link was moved since the op was planned: what was done was done to its account.
	holder, ferr := l.holder(op.Account)
	switch {
	case ferr != nil:
		return ferr
	case holder.ID == "" && op.Removes():
		return nil // nothing is left of what it was taken from
	case holder.ID == "":
		return err
	}
	op.Person = holder
	return l.change(op, func(p *linked) error { return l.edit(p, op) })
}

// edit makes the change of a kind that is about somebody who has a link.
func (l *ledger) edit(p *linked, op plan.Op) error {
	switch op.Kind {
	case plan.UpdateUser, plan.ConfirmUser:
		update(p, op)
	case plan.SetRole:
		if p.Applied == nil {
			p.Applied = map[connectors.Attribute]string{}
		}
		absorb(p.Applied, op.Changes) // no source states it: nothing else is true for it
	case plan.Reactivate:
		p.Standing = plan.Live
		update(p, op)
	case plan.AddMember, plan.ConfirmMember, plan.RemoveMember: // see moved
	case plan.Deactivate:
		p.Standing, p.OutSince = plan.Inactive, time.Time{}
		p.sleep()
	case plan.DeleteUser:
		remove(p)
	default:
		return fmt.Errorf("a kind of op that has no effect: %w", ErrIntent)
	}
	return nil
}

// contact links a person with an account. An account that is new to the person
// has none of the memberships that the old one had.
func (l *ledger) contact(op plan.Op, origin plan.Origin, account plan.RemoteID) error {
	if account == "" {
		return fmt.Errorf("the outcome names no account: %w", ErrIntent)
	}
	s, err := l.source(op.Person.Source)
	if err != nil {
		return err
	}
	number, err := s.number(op.Person.ID)
	if err != nil {
		return err
	}
	p := linked{number: number, Link: plan.Link{
		Person: op.Person, Account: account, Origin: origin, Standing: plan.Live,
		Applied: map[connectors.Attribute]string{}, Fingerprint: op.Makes,
	}}
	absorb(p.Applied, op.Changes)
	if err := s.standsAlone(op.Person); err != nil {
		return err
	}
	switch old, _, err := l.find(op.Person); {
	case errors.Is(err, ErrUnlinked):
	case err != nil:
		return err
	default: // what was seen of it, that it is gone say, is of use to none
		if err := deleteKeys(observedBucket(l.tx, observedAccounts), [][]byte{[]byte(old.Account)}); err != nil {
			return err
		}
	}
	return l.store(s, p)
}

// findOwners looks up who has the accounts that are to be adopted.
func (l *ledger) findOwners(settled []apply.Settled) error {
	l.owners = map[plan.RemoteID]connectors.Ref{}
	for _, s := range settled {
		for _, op := range s.Ops {
			if op.Kind == plan.AdoptUser {
				l.owners[op.Account] = connectors.Ref{}
			}
		}
	}
	if len(l.owners) == 0 {
		return nil
	}
	return l.eachLink(func(user connectors.Ref, raw link) {
		if _, adopted := l.owners[plan.RemoteID(raw.account)]; adopted && raw.standing != plan.Deleted {
			l.owners[plan.RemoteID(raw.account)] = user
		}
	})
}

// eachLink calls fn with the links of all users.
func (l *ledger) eachLink(fn func(connectors.Ref, link)) error {
	return l.tx.Bucket([]byte(bucketSources)).ForEachBucket(func(name []byte) error {
		s, err := l.source(string(name))
		if err != nil {
			return err
		}
		return s.links.ForEach(func(key, value []byte) error {
			raw, err := readLink(key, value)
			if err == nil {
				fn(connectors.Ref{Source: string(name), ID: string(key)}, raw)
			}
			return err
		})
	})
}

// adopt links an account that was there. It refuses to give one account to two users: whatever was planned, one of them would lose
// it with the other.
func (l *ledger) adopt(op plan.Op) error {
	owner, looked := l.owners[op.Account]
	switch {
	case !looked:
		return fmt.Errorf("account %s was not looked up: %w", op.Account, ErrIntent)
	case owner != connectors.Ref{} && owner != op.Person:
		return fmt.Errorf("account %s is that of %s, and cannot be that of %s too: %w", op.Account, owner, op.Person, ErrIntent)
	}
	l.owners[op.Account] = op.Person
	origin := plan.Adopted
	if _, ours := op.Change(plan.ExternalID); ours {
		origin = plan.Created
	}
	return l.contact(op, origin, op.Account)
}

// change edits the link of the op's person.
func (l *ledger) change(op plan.Op, edit func(*linked) error) error {
	if isMembership(op.Kind) {
		if err := l.moved(op); err != nil || op.Makes == (plan.Fingerprint{}) {
			return err
		}
	}
	p, s, err := l.find(op.Person)
	if err != nil {
		return err
	}
	if err := edit(&p); err != nil {
		return err
	}
	if op.Makes != (plan.Fingerprint{}) {
		p.Fingerprint = op.Makes
	}
	return l.store(s, p)
}

// update takes in what an op changed in the account.
func update(p *linked, op plan.Op) {
	if p.Applied == nil {
		p.Applied = map[connectors.Attribute]string{}
	}
	absorb(p.Applied, op.Changes)
	p.Fingerprint = op.Makes
	if _, renamed := op.Change(plan.UserName); renamed {
		p.RefusedEmail = ""
	}
}

func absorb(applied map[connectors.Attribute]string, changes []plan.Change) {
	for _, c := range changes {
		if c.Attribute != plan.ExternalID {
			applied[c.Attribute] = c.New
		}
	}
}

// remove notes that the account is gone, and its memberships with it.
func remove(p *linked) {
	p.Standing, p.OutSince = plan.Deleted, time.Time{}
	p.memberships = nil
}

// failed remembers a failure, and what else it teaches.
func (l *ledger) failed(op plan.Op, out apply.Outcome) error {
	if err := l.remember(op, out); err != nil {
		return err
	}
	gone := op.Kind == plan.Reactivate && out.Class == connectors.NotFound
	if out.RefusedEmail == "" && !gone {
		return nil
	}
	p, s, err := l.find(op.Person)
	if err != nil {
		return err
	}
	if out.RefusedEmail != "" {
		p.RefusedEmail = out.RefusedEmail
	}
	if gone {
		remove(&p)
		if err := deleteKeys(observedBucket(l.tx, observedAccounts), [][]byte{[]byte(p.Account)}); err != nil {
			return err
		}
	}
	return l.store(s, p)
}

// source opens the buckets of a source, once for all ops of an intent.
func (l *ledger) source(name string) (source, error) {
	if s, ok := l.sources[name]; ok {
		return s, nil
	}
	s, err := l.codec.makeSource(l.tx, name)
	if err != nil {
		return s, err
	}
	if s.recents, err = readRecents(s.recent); err != nil {
		return s, err
	}
	l.sources[name] = s
	return s, nil
}

func (l *ledger) find(person connectors.Ref) (linked, source, error) {
	s, err := l.source(person.Source)
	if err != nil {
		return linked{}, s, err
	}
	key := []byte(person.ID)
	value := s.links.Get(key)
	if value == nil {
		return linked{}, s, ErrUnlinked
	}
	raw, err := readLink(key, value)
	if err != nil {
		return linked{}, s, err
	}
	p, err := l.codec.decodeLink(person, raw)
	if err != nil {
		return p, s, err
	}
	p.memberships, err = s.recents.memberships(raw)
	return p, s, err
}

func (l *ledger) store(s source, p linked) error {
	body, err := l.codec.encodeLink(p)
	if err != nil {
		return err
	}
	if err := putLink(s, p.Person.ID, body); err != nil {
		return err
	}
	if len(s.recents.of[p.number]) > 0 {
		s.recents.add(p.number, 0, recentKept)
	}
	return l.codec.watch(s, p.Person.ID)
}

// linkFill leaves less room than usual in the pages of links: most are made in the
// order of their IDs, and grow a little once their memberships come.
const linkFill = 0.8

func putLink(s source, id string, body []byte) error {
	s.links.FillPercent = linkFill
	return putBody(s.links, []byte(id), body)
}
