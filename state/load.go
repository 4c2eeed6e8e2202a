package state

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Load returns the state's part of a plan.Input; see syncer.Picture.
//
// It walks over everybody twice: once to count, so that every slice is made in
// its final size, and once to fill. A million people with ten million memberships
// take some 200 MiB, of which most is the plan.Person values themselves.
func (t *tx) Load() (plan.Input, error) {
	l := loader{db: t.db, tx: t.bolt, recents: map[string]*recents{}}
	l.in.Version = t.version
	err := t.do("load state", func() error { return l.load(t.ctx) })
	if err != nil {
		return plan.Input{}, err
	}
	return l.in, nil
}

// Accounts counts the live links; see syncer.Picture.
func (t *tx) Accounts() (n int, err error) {
	err = t.do("count accounts", func() error {
		return t.db.eachSource(t.bolt, func(s source) error {
			return s.links.ForEach(func(key, value []byte) error {
				l, err := readLink(key, value)
				if l.standing == plan.Live {
					n++
				}
				return err
			})
		})
	})
	return n, err
}

// noIndex is the index of a number that stands for no person of the input.
const noIndex = math.MaxUint32

type loader struct {
	db    *DB
	tx    *bolt.Tx
	in    plan.Input
	texts texts
	open  map[connectors.Ref]bool // people with a failed op
	teams []teamMembers           // by number

	recents map[string]*recents // by source
}

// teamMembers is what is counted, then filled, of one team.
type teamMembers struct {
	members, dormant int
	team             plan.Team
	fed              bool
}

func (l *loader) load(ctx context.Context) error {
	steps := []func() error{
		l.readTeams, l.readRetries,
		func() (err error) { l.in.Joins, err = l.db.codec.readJoins(l.tx); return err },
		func() error {
			imported, err := l.db.codec.readImported(l.tx)
			for _, i := range imported {
				l.in.Imported = append(l.in.Imported, plan.ImportedOf(i))
			}
			return err
		},
		func() error { return l.db.eachSource(l.tx, func(s source) error { return l.readFeeds(s) }) },
		func() error { return l.db.eachSource(l.tx, l.readMarks) },
		func() error { return l.db.eachSource(l.tx, l.readVanished) },
		l.count,
		func() error {
			return l.db.eachSource(l.tx, func(s source) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				if s.head.Generation > 0 {
					l.in.Sources = append(l.in.Sources, plan.Source{Name: s.name})
				}
				return l.readSource(s)
			})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	l.finishTeams()
	return l.see()
}

func (l *loader) readTeams() error {
	b := l.tx.Bucket([]byte(bucketTeams))
	given, err := numbersGiven(b)
	if err != nil {
		return fmt.Errorf("teams: %w", err)
	}
	l.teams = make([]teamMembers, given+1)
	return b.ForEach(func(key, value []byte) error {
		var t team
		if err := l.db.codec.read(key, value, &t); err != nil {
			return fmt.Errorf("team %s: %w", key, err)
		}
		if int(t.Number) >= len(l.teams) {
			return fmt.Errorf("team %s has number %d, which was never given: %w", key, t.Number, errRecord)
		}
		l.teams[t.Number].team = plan.Team{ID: plan.RemoteID(key), Name: t.Name}
		return nil
	})
}

func (l *loader) readRetries() error {
	failures, err := l.db.codec.readFailures(l.tx)
	if err != nil {
		return err
	}
	l.open = make(map[connectors.Ref]bool, len(failures))
	for _, f := range failures {
		l.open[connectors.Ref(f.Person)] = true
		l.in.Retries = append(l.in.Retries, plan.RetryOf(f))
	}
	return nil
}

func (l *loader) readFeeds(s source) error {
	fed := map[plan.RemoteID]bool{}
	err := s.feeds.ForEach(func(key, value []byte) error {
		group, id, err := readFeedKey(key)
		if err != nil {
			return err
		}
		var rule string
		if err := l.db.codec.read(key, value, &rule); err != nil {
			return fmt.Errorf("feed of group %s: %w", group, err)
		}
		fed[id] = true
		feed := plan.Feed{Group: connectors.Ref{Source: s.name, ID: group}, Team: id, Rule: rule}
		a, known, err := l.db.codec.readAbsence(s.absentGroups, []byte(group))
		if known {
			feed.Gone = a.At
		}
		l.in.Feeds = append(l.in.Feeds, feed)
		return err
	})
	for i := range l.teams {
		l.teams[i].fed = l.teams[i].fed || fed[l.teams[i].team.ID]
	}
	slices.SortFunc(l.in.Feeds, func(a, b plan.Feed) int {
		if c := a.Group.Compare(b.Group); c != 0 {
			return c
		}
		return strings.Compare(string(a.Team), string(b.Team))
	})
	return err
}

// count finds out how many people there are, and how many in each team.
func (l *loader) count() error {
	people := 0
	err := l.db.eachSource(l.tx, func(s source) (err error) {
		if s.recents, err = readRecents(s.recent); err != nil {
			return fmt.Errorf("memberships of %s: %w", s.name, err)
		}
		l.recents[s.name] = s.recents
		return walk(s, func(e each) error {
			people++
			return l.eachTeam(s, e, func(t *teamMembers, dormant bool) {
				t.members++
				if dormant {
					t.dormant++
				}
			})
		})
	})
	if err != nil {
		return err
	}
	if people > 0 {
		l.in.People = make([]plan.Person, 0, people)
	}
	for i := range l.teams {
		t := &l.teams[i]
		if t.members > 0 {
			t.team.Had = make([]uint32, 0, t.members)
		}
		if t.dormant > 0 {
			t.team.Dormant = make([]uint32, 0, t.dormant)
		}
	}
	return nil
}

// eachTeam calls fn with every team that the ledger has the person in.
func (l *loader) eachTeam(s source, e each, fn func(t *teamMembers, dormant bool)) error {
	if !e.linked {
		return nil
	}
	var err error
	uerr := s.recents.each(e.link, func(m uint32) {
		if int(m>>1) >= len(l.teams) || l.teams[m>>1].team.ID == "" {
			err = fmt.Errorf("link of %s names team number %d, which was never given: %w", e.id, m>>1, errRecord)
			return
		}
		fn(&l.teams[m>>1], m&1 != 0)
	})
	if uerr != nil {
		return uerr
	}
	return err
}

// readSource loads the people of a source, then its groups, whose members are
// numbers, through a table from numbers to indexes.
func (l *loader) readSource(s source) error {
	s.recents = l.recents[s.name]
	given, err := numbersGiven(s.numbers)
	if err != nil {
		return fmt.Errorf("source %s: %w", s.name, err)
	}
	indexes := make([]uint32, given+1)
	for i := range indexes {
		indexes[i] = noIndex
	}
	var listed bits
	err = walk(s, func(e each) error {
		index := uint32(len(l.in.People)) //nolint:gosec // there are fewer people than numbers
		if e.stated {
			listed.add(e.number)
		}
		if int(e.number) >= len(indexes) {
			return fmt.Errorf("%s has number %d, which was never given: %w", e.id, e.number, errRecord)
		}
		indexes[e.number] = index
		p, err := l.person(s, e)
		if err != nil {
			return err
		}
		l.in.People = append(l.in.People, p)
		return l.eachTeam(s, e, func(t *teamMembers, dormant bool) {
			t.team.Had = append(t.team.Had, index)
			if dormant {
				t.team.Dormant = append(t.team.Dormant, index)
			}
		})
	})
	if err != nil {
		return err
	}
	if err := l.readGroups(s, indexes, &listed); err != nil {
		return err
	}
	return l.readExcluded(s, indexes)
}

func (l *loader) person(s source, e each) (plan.Person, error) {
	p := plan.Person{Ref: connectors.Ref{Source: s.name, ID: l.texts.keep(e.id)}}
	if e.linked {
		p.Account, p.Standing = plan.RemoteID(l.texts.keep(e.link.account)), e.link.standing
	}
	if !e.stated && (p.Standing == plan.Live || e.joined) {
		a, known, err := l.db.codec.readAbsence(s.absentUsers, e.id)
		if err != nil {
			return p, err
		}
		if known {
			p.Gone = a.At
		}
	}
	p.Settled = e.settled() && (!e.linked || !l.open[p.Ref]) && (p.Standing != plan.Live || !l.in.Marks[p.Ref].Disabled)
	return p, nil
}

// settled says whether nothing is open about somebody, retries aside:
//
//	                no link   live                           inactive, deleted
//	stated          yes       as last applied, nothing open  if disabled
//	not stated      -         no                             yes
//
// A person whom the source states as active and whose account is not live may be
// waiting to come back: that is open.
func (e each) settled() bool {
	switch {
	case !e.linked:
		return true
	case !e.stated:
		return e.link.standing != plan.Live
	case e.link.standing != plan.Live:
		return e.person.disabled
	}
	applied := e.link.fingerprint != plan.Fingerprint{} && e.link.fingerprint == e.person.fingerprint
	return applied && !e.link.open
}

// finishTeams hands over the teams that something of ours hangs on, sorted.
func (l *loader) finishTeams() {
	for _, t := range l.teams {
		if t.fed || t.members > 0 {
			t.team.Known = true
			l.in.Teams = append(l.in.Teams, t.team)
		}
	}
	slices.SortFunc(l.in.Teams, func(a, b plan.Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
}
