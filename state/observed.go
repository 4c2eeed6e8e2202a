package state

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// What is in the bucket of what Writer showed.
const (
	observedAccounts = "accounts" // by id
	observedTeams    = "teams"    // by id
	observedMembers  = "members"  // by team and account: which of the two below it is
	keyIgnored       = "ignored"  // attributes of which Writer keeps no value

	memberMissing byte = 1
	memberExtra   byte = 2
)

func observedBuckets() []string { return []string{observedAccounts, observedTeams, observedMembers} }

func makeObserved(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists([]byte(bucketObserved))
	if err != nil {
		return err
	}
	for _, name := range observedBuckets() {
		if _, err := b.CreateBucketIfNotExists([]byte(name)); err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	return nil
}

func observedBucket(tx *bolt.Tx, name string) *bolt.Bucket {
	return tx.Bucket([]byte(bucketObserved)).Bucket([]byte(name))
}

func memberPrefix(team string) []byte { return appendBlob(nil, []byte(team)) }

func memberKey(team, account string) []byte { return append(memberPrefix(team), account...) }

// Observe stores a change of what is observed; see store.Observer.
func (t *tx) Observe(o store.Observation) error {
	return t.do("store what Writer showed", func() error {
		t.touch()
		accounts := observedBucket(t.bolt, observedAccounts)
		for _, a := range o.Accounts {
			if err := t.db.codec.put(accounts, []byte(a.ID), a); err != nil {
				return err
			}
		}
		for _, id := range o.Dropped {
			if err := accounts.Delete([]byte(id)); err != nil {
				return fmt.Errorf("drop record: %w", err)
			}
		}
		if o.Ignored != nil {
			if err := t.db.codec.put(t.bolt.Bucket([]byte(bucketObserved)), []byte(keyIgnored), o.Ignored); err != nil {
				return err
			}
		}
		for _, id := range o.DroppedTeams {
			if err := t.observeMembers(store.ObservedTeam{ID: id}); err != nil {
				return err
			}
			if err := observedBucket(t.bolt, observedTeams).Delete([]byte(id)); err != nil {
				return fmt.Errorf("drop record: %w", err)
			}
		}
		for _, team := range o.Teams {
			if err := t.observeTeam(team); err != nil {
				return fmt.Errorf("team %s: %w", team.ID, err)
			}
		}
		return nil
	})
}

func (t *tx) observeTeam(team store.ObservedTeam) error {
	b, key := observedBucket(t.bolt, observedTeams), []byte(team.ID)
	var was store.ObservedTeam
	known := b.Get(key) != nil
	if known {
		if err := t.db.codec.read(key, b.Get(key), &was); err != nil {
			return err
		}
	}
	if !known || was.Name != team.Name || was.Gone != team.Gone || was.Read != team.Read {
		if err := t.db.codec.put(b, key, team); err != nil {
			return err
		}
	}
	return t.observeMembers(team)
}

// observeMembers makes the differences of a team's members those that are given.
func (t *tx) observeMembers(team store.ObservedTeam) error {
	want := make(map[string]byte, len(team.Missing)+len(team.Extra))
	for _, account := range team.Missing {
		want[account] = memberMissing
	}
	for _, account := range team.Extra {
		want[account] = memberExtra
	}
	b := observedBucket(t.bolt, observedMembers)
	var over [][]byte
	err := eachMember(b, team.ID, func(key []byte, account string, which byte) {
		if want[account] == which {
			delete(want, account)
			return
		}
		over = append(over, bytes.Clone(key))
	})
	if err != nil {
		return err
	}
	if err := deleteKeys(b, over); err != nil {
		return err
	}
	for account, which := range want {
		if err := putBody(b, memberKey(team.ID, account), []byte{which}); err != nil {
			return err
		}
	}
	return nil
}

// eachMember calls fn with the differences of a team's members, sorted by account.
func eachMember(b *bolt.Bucket, team string, fn func(key []byte, account string, which byte)) error {
	prefix := memberPrefix(team)
	c := b.Cursor()
	for key, value := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.Next() {
		which, err := readDifference(key, value)
		if err != nil {
			return err
		}
		fn(key, string(key[len(prefix):]), which)
	}
	return nil
}

func readDifference(key, value []byte) (which byte, err error) {
	body, err := unseal(key, value)
	if err != nil {
		return 0, err
	}
	if len(body) != 1 || (body[0] != memberMissing && body[0] != memberExtra) {
		return 0, fmt.Errorf("a difference of members of %d bytes: %w", len(body), errRecord)
	}
	return body[0], nil
}

// see adds what is observed to what was loaded of the ledger.
func (l *loader) see() error {
	var accounts []store.ObservedAccount
	var teams []store.ObservedTeam
	err := eachRecord(observedBucket(l.tx, observedAccounts), l.db.codec, func(a store.ObservedAccount) { accounts = append(accounts, a) })
	if err == nil {
		err = eachRecord(observedBucket(l.tx, observedTeams), l.db.codec, func(t store.ObservedTeam) { teams = append(teams, t) })
	}
	for i := range teams {
		if err != nil {
			break
		}
		err = eachMember(observedBucket(l.tx, observedMembers), teams[i].ID, func(_ []byte, account string, which byte) {
			if which == memberMissing {
				teams[i].Missing = append(teams[i].Missing, account)
				return
			}
			teams[i].Extra = append(teams[i].Extra, account)
		})
	}
	if err != nil {
		return fmt.Errorf("what Writer showed: %w", err)
	}
	l.in.See(accounts, teams)
	ignored, err := l.db.codec.readIgnored(l.tx)
	for _, a := range ignored {
		if l.in.Ignored == nil {
			l.in.Ignored = map[connectors.Attribute]bool{}
		}
		l.in.Ignored[connectors.Attribute(a)] = true
	}
	return err
}

func (c codec) readIgnored(tx *bolt.Tx) (out []string, err error) {
	key := []byte(keyIgnored)
	if value := tx.Bucket([]byte(bucketObserved)).Get(key); value != nil {
		err = c.read(key, value, &out)
	}
	return out, err
}

// eachRecord calls fn with every record of a bucket, in the order of the keys.
func eachRecord[T any](b *bolt.Bucket, c codec, fn func(T)) error {
	return b.ForEach(func(key, value []byte) error {
		var v T
		if err := c.read(key, value, &v); err != nil {
			return fmt.Errorf("record %q: %w", key, err)
		}
		fn(v)
		return nil
	})
}

// made takes from what is observed what a done op made otherwise since.
func (l *ledger) made(op plan.Op, out apply.Outcome) error {
	account := cmp.Or(op.Account, out.Account.ID)
	if isMembership(op.Kind) {
		return l.madeMember(op, account)
	}
	b, key := observedBucket(l.tx, observedAccounts), []byte(account)
	if account == "" || b.Get(key) == nil {
		return nil
	}
	var o store.ObservedAccount
	if err := l.codec.read(key, b.Get(key), &o); err != nil {
		return err
	}
	if op.Kind == plan.CreateUser || op.Kind == plan.DeleteUser {
		return deleteKeys(b, [][]byte{key})
	}
	a := plan.AccountOf(o)
	after(&a, op, out)
	same, err := l.asLinked(op.Person, a)
	if err != nil {
		return err
	}
	if same {
		return deleteKeys(b, [][]byte{key})
	}
	return l.codec.put(b, key, a.Observed(o.At))
}

// after makes an account what it is after an op.
func after(a *plan.Account, op plan.Op, out apply.Outcome) {
	switch op.Kind {
	case plan.UpdateUser, plan.SetRole, plan.MoveLink:
	case plan.Reactivate:
		a.Active = true
	case plan.Deactivate:
		a.Active = false
	default:
		return // nothing was sent, or, of one that was linked, nothing that it has not
	}
	for _, c := range op.Changes {
		switch c.Attribute {
		case plan.UserName:
			a.UserName = c.New
		case plan.ExternalID:
			a.ExternalID = cmp.Or(out.Account.ExternalID, a.ExternalID)
		default:
			a.Attributes[c.Attribute] = c.New
		}
	}
}

// asLinked reports whether an account is by now as the link of its user says.
func (l *ledger) asLinked(person connectors.Ref, a plan.Account) (bool, error) {
	p, _, err := l.find(person)
	if errors.Is(err, ErrUnlinked) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	words, err := l.codec.readIgnored(l.tx)
	if err != nil {
		return false, err
	}
	ignored := make(map[connectors.Attribute]bool, len(words))
	for _, w := range words {
		ignored[connectors.Attribute(w)] = true
	}
	return p.Account == a.ID && !p.Differs(a, nil, ignored), nil
}

func (l *ledger) madeMember(op plan.Op, account plan.RemoteID) error {
	if account == "" {
		p, _, err := l.find(op.Person)
		if errors.Is(err, ErrUnlinked) {
			return nil
		}
		if err != nil {
			return err
		}
		account = p.Account
	}
	return deleteKeys(observedBucket(l.tx, observedMembers), [][]byte{memberKey(string(op.Team), string(account))})
}
