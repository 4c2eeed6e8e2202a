package state

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A team's record says by which number memberships name it, and how it is called.
type team struct {
	Number uint32
	Name   string // as Writer said when a group was last linked to it
}

// linkTeam makes a group feed a team. The op's changes carry the team's name and
// the rule, which is empty for a nested group.
func (l *ledger) linkTeam(op plan.Op) error {
	t, err := l.team(op.Team)
	if err != nil {
		return err
	}
	if name, named := op.Change(connectors.DisplayName); named && name.New != t.Name {
		t.Name = name.New
		if err := l.codec.put(l.teams(), []byte(op.Team), t); err != nil {
			return err
		}
	}
	s, err := l.source(op.Group.Source)
	if err != nil {
		return err
	}
	rule, _ := op.Change("rule")
	return l.codec.put(s.feeds, feedKey(op.Group.ID, op.Team), rule.New)
}

// unlinkTeam drops a feed, and the absence of a group that is of no other use.
func (l *ledger) unlinkTeam(op plan.Op) error {
	s, err := l.source(op.Group.Source)
	if err != nil {
		return err
	}
	if err := deleteKeys(s.feeds, [][]byte{feedKey(op.Group.ID, op.Team)}); err != nil {
		return err
	}
	return s.forgetGroup(op.Group.ID)
}

func isMembership(k plan.Kind) bool {
	return k == plan.AddMember || k == plan.ConfirmMember || k == plan.RemoveMember
}

// moved remembers that a person's membership began or ended.
func (l *ledger) moved(op plan.Op) error {
	s, err := l.source(op.Person.Source)
	if err != nil {
		return err
	}
	key := []byte(op.Person.ID)
	value := s.links.Get(key)
	if value == nil {
		return ErrUnlinked
	}
	raw, err := readLink(key, value)
	if err != nil {
		return err
	}
	t, err := l.team(op.Team)
	if err != nil {
		return err
	}
	what := uint32(recentJoin)
	if op.Kind == plan.RemoveMember {
		what = recentPart
	}
	s.recents.add(raw.number, t.Number, what)
	return nil
}

func (l *ledger) teams() *bolt.Bucket { return l.tx.Bucket([]byte(bucketTeams)) }

// team returns the record of a team, and makes one for a team that is new.
func (l *ledger) team(id plan.RemoteID) (team, error) {
	key := []byte(id)
	if value := l.teams().Get(key); value != nil {
		var t team
		err := l.codec.read(key, value, &t)
		return t, err
	}
	number, err := nextNumber(l.teams())
	if err != nil {
		return team{}, err
	}
	t := team{Number: number}
	return t, l.codec.put(l.teams(), key, t)
}

// feedKey names a feed: the group's ID, with its length before it, then the team.
func feedKey(group string, team plan.RemoteID) []byte {
	return append(feedPrefix(group), team...)
}

// feedPrefix is what the keys of a group's feeds begin with, and no other's.
func feedPrefix(group string) []byte { return appendBlob(nil, []byte(group)) }

func readFeedKey(key []byte) (group string, id plan.RemoteID, err error) {
	n, width := binary.Uvarint(key)
	if width <= 0 || n > uint64(len(key)-width) {
		return "", "", fmt.Errorf("the key of a feed: %w", errRecord)
	}
	rest := key[width:]
	return string(rest[:n]), plan.RemoteID(rest[n:]), nil
}

func hasFeed(s source, group string) bool {
	prefix := feedPrefix(group)
	key, _ := s.feeds.Cursor().Seek(prefix)
	return bytes.HasPrefix(key, prefix)
}
