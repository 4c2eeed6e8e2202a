package ldap

import (
	"context"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// How many members are looked for: of a group, and in all. Each is a search or two.
const (
	membersOfGroup = 5
	membersInAll   = 50
)

// A memberSample is some members of some groups.
type memberSample struct{ names, uids []string }

func (s *memberSample) size() int { return len(s.names) + len(s.uids) }

// take takes some of a group, and reports whether it shows any. They are from all parts of
// its list, which may begin with those who left long ago, and each counts once: the one
// that stands in for nobody may be in every group.
func (s *memberSample) take(e *goldap.Entry) bool {
	shows := false
	for _, a := range e.Attributes {
		kind, _, _ := strings.Cut(a.Name, ";") // a part of the members will do
		into, clean := &s.names, withoutUID
		switch {
		case strings.EqualFold(kind, attrMemberUID):
			into, clean = &s.uids, func(v string) string { return v }
		case strings.EqualFold(kind, attrMember):
			clean = func(v string) string { return v }
		case !strings.EqualFold(kind, attrUnique):
			continue
		}
		shows = shows || len(a.Values) > 0
		n := min(len(a.Values), membersOfGroup)
		for i := range n {
			if v := clean(a.Values[i*len(a.Values)/n]); s.size() < membersInAll && !slices.Contains(*into, v) {
				*into = append(*into, v)
			}
		}
	}
	return shows
}

// known returns how many of the sample are people or groups that are read.
func (s *memberSample) known(ctx context.Context, k *checkup) (int, error) {
	n := 0
	for _, dn := range s.names {
		found := false
		for _, q := range []Query{k.connector.users, k.connector.groups} {
			there, err := k.stands(ctx, dn, q)
			if err != nil {
				return 0, err
			}
			found = found || there
		}
		if found {
			n++
		}
	}
	if len(s.uids) == 0 {
		return n, nil
	}
	var some []Filter
	for _, uid := range s.uids {
		f, err := Equal(attrUID, uid)
		if err != nil {
			return 0, err
		}
		some = append(some, f)
	}
	q := k.connector.users
	q.Filter, q.Attributes = All(q.Filter, Any(some...)), []string{attrUID}
	has := map[string]bool{}
	err := k.conn.Search(ctx, q, func(e *goldap.Entry) error {
		for _, uid := range values(e, attrUID) {
			has[uid] = true
		}
		return nil
	})
	for _, uid := range s.uids {
		if has[uid] {
			n++
		}
	}
	return n, err
}

// stands reports whether an entry is one that q finds.
func (k *checkup) stands(ctx context.Context, dn string, q Query) (bool, error) {
	base, _ := ParseName(q.Base) // an empty one has everything below it
	name, err := ParseName(dn)
	if err != nil || q.Base == "" || !below(name, base.String()) || q.Scope == One && name.Parent() != base.String() {
		return false, nil //nolint:nilerr // what is no name is nobody's
	}
	q.Base, q.Scope = dn, baseObject
	n, err := k.conn.Count(ctx, q)
	switch connectors.ClassOf(err) {
	case connectors.Rejected, connectors.Denied: // the server shows no such entry
		return false, nil
	}
	return n == 1, err
}
