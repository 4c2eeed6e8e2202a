package okta

import (
	"context"
	"fmt"
	"time"

	"writersync/connectors"
)

// A counting is whom the organization counts in its groups. Okta does not say: it is
// learnt where a count fits in one way only.
type counting int

const (
	countsUnknown   counting = iota
	countsWhoStayed          // those who have left are not counted
	countsAll                // they are
)

// plausible compares the people who were stated with what the group of everybody
// counts: before, so that nobody counts who came meanwhile, and after, so that nobody
// counts who left. While it is not known whom Okta counts, or where the counts do not
// fit, the members of that group are listed too: a count that fits by chance, as many
// missing as have left, would else be taken for proof.
func (s *sweep) plausible(ctx context.Context) error {
	if s.config.TrustLists {
		return nil
	}
	settled := s.counting != countsUnknown || s.departed == 0 && !s.first
	if settled && s.agrees(s.counting, s.recent) {
		return nil
	}
	if err := s.vouched(ctx); err != nil {
		return err
	}
	stayed, all := s.agrees(countsWhoStayed, 0), s.agrees(countsAll, 0)
	late := s.recent + max(5, (s.live+s.departed)/200)
	switch {
	case stayed && !all:
		s.counting = countsWhoStayed
		return nil
	case all && !stayed:
		s.counting = countsAll
		return nil
	case s.agrees(countsWhoStayed, late), s.agrees(countsAll, late):
		s.counting = countsUnknown
		return nil
	}
	return corrupt(opPeople, fmt.Errorf("%d people and %d who have left are listed, while Okta counts %d before and %d after", s.live, s.departed, s.before, s.after),
		"The list is short, or the count is late. It is read again with the next pass; if it stays so, ask Okta's support, or set trust_lists.")
}

// agrees reports whether a count, before or after, is that of the people who were
// stated, or lower by so many at the most.
func (s *sweep) agrees(c counting, late int) bool {
	want := s.live
	if c == countsAll {
		want += s.departed
	}
	fits := func(count int) bool { return count <= want && count >= want-late }
	return fits(s.before) || fits(s.after)
}

// isRecent returns 1 for somebody whom a count may not have yet.
func (s *sweep) isRecent(u oktaUser) int {
	since := s.began.Add(-settle)
	for _, at := range []*time.Time{u.Created, u.StatusChanged} {
		if at != nil && !s.began.IsZero() && !at.Before(since) {
			return 1
		}
	}
	return 0
}

// vouched lists the members of the group of everybody. They must all have been stated,
// but for those who came meanwhile.
func (s *sweep) vouched(ctx context.Context) error {
	const op = "list the members of the group of everybody"
	missing := 0
	_, err := each(ctx, s.way.client, op, at(pathGroups+"/"+s.everyone+"/users", "limit", s.groupsPage()), func(u oktaUser) error {
		if u.Id == "" {
			return corrupt(op, connectors.ErrNoID, "")
		}
		if !s.present.has(s.people.number(u.Id)) && s.isRecent(u) == 0 {
			missing++
		}
		return nil
	})
	if err == nil && missing > 0 {
		err = corrupt(opPeople, fmt.Errorf("%d members of the group Everyone are in no list of people", missing),
			"The list is short. It is read again with the next pass; if it stays so, ask Okta's support, or set trust_lists.")
	}
	return err
}
