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

// take takes some members of a group, and reports whether it shows any. Each counts once:
// the one that stands in for nobody may be in every group.
func (s *memberSample) take(e *goldap.Entry) bool {
	shows := false
	for _, a := range e.Attributes {
		kind, _, _ := strings.Cut(a.Name, ";") // a part of the members will do
		switch {
		case strings.EqualFold(kind, attrMember):
			s.add(&s.names, spread(a.Values))
		case strings.EqualFold(kind, attrUnique):
			names := spread(a.Values)
			for i, v := range names {
				names[i] = withoutUID(v)
			}
			s.add(&s.names, names)
		case strings.EqualFold(kind, attrMemberUID):
			s.add(&s.uids, spread(a.Values))
		default:
			continue
		}
		shows = shows || len(a.Values) > 0
	}
	return shows
}

func (s *memberSample) add(into *[]string, members []string) {
	for _, m := range members {
		if s.size() < membersInAll && !slices.Contains(*into, m) {
			*into = append(*into, m)
		}
	}
}

// spread returns some of the members, from all parts of the list: it may begin with those
// who left long ago.
func spread(members []string) []string {
	n := min(len(members), membersOfGroup)
	out := make([]string, n)
	for i := range out {
		out[i] = members[i*len(members)/n]
	}
	return out
}

// known returns how many of the sample are people or groups that are read.
func (s *memberSample) known(ctx context.Context, k *checkup) (int, error) {
	names, err := k.knownNames(ctx, s.names)
	if err != nil {
		return 0, err
	}
	uids, err := k.knownUIDs(ctx, s.uids)
	return names + uids, err
}

// knownNames returns how many of the names are those of people or groups that are read.
func (k *checkup) knownNames(ctx context.Context, names []string) (int, error) {
	n := 0
	for _, dn := range names {
		for _, branch := range k.connector.branches() {
			there, err := k.stands(ctx, dn, branch.query)
			if err != nil {
				return 0, err
			}
			if there {
				n++
				break
			}
		}
	}
	return n, nil
}

// knownUIDs returns how many of the uids are those of people who are read.
func (k *checkup) knownUIDs(ctx context.Context, uids []string) (int, error) {
	if len(uids) == 0 {
		return 0, nil
	}
	var some []Filter
	for _, uid := range uids {
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
	if err != nil {
		return 0, err
	}
	n := 0
	for _, uid := range uids {
		if has[uid] {
			n++
		}
	}
	return n, nil
}

// stands reports whether an entry is one that q finds.
func (k *checkup) stands(ctx context.Context, dn string, q Query) (bool, error) {
	base := baseKey(q.Base)
	name, err := ParseName(dn)
	if err != nil || !below(name, base) || q.Scope == One && name.Parent() != base {
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

// baseKey returns a base as names are compared. One that cannot be read is "", so that
// every name counts as below it.
func baseKey(base string) string {
	name, _ := ParseName(base)
	return name.String()
}

// below reports whether a name is a base, or below it.
func below(name Name, base string) bool {
	return base == "" || name.String() == base || strings.HasSuffix(name.String(), ","+base)
}
