package ad

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap"
)

// A span is a part of the values of an attribute. A domain controller gives at most
// 1500 at a time (MaxValRange): "member" then comes empty, and beside it
// "member;range=0-1499", until a part ends in "-*".
type span struct {
	first  int
	values []string
	last   bool
}

// findRange returns what e has of its members: all of them, or one part.
func findRange(e *goldap.Entry) (span, error) {
	whole := span{last: true}
	for _, a := range e.Attributes {
		kind, option, _ := strings.Cut(a.Name, ";")
		if !strings.EqualFold(kind, attrMember) {
			continue
		}
		if option == "" {
			whole.values = a.Values
			continue
		}
		return readRange(option, a.Values)
	}
	return whole, nil
}

var errRange = errors.New("the server states a part of the members that cannot be")

func readRange(option string, values []string) (span, error) {
	bounds, ok := strings.CutPrefix(strings.ToLower(option), "range=")
	from, to, dash := strings.Cut(bounds, "-")
	first, err := strconv.Atoi(from)
	if !ok || !dash || err != nil {
		return span{}, errRange
	}
	s := span{first: first, values: values, last: to == "*"}
	if s.last {
		return s, nil
	}
	end, err := strconv.Atoi(to)
	if err != nil || end-first+1 != len(values) || len(values) == 0 {
		return span{}, errRange
	}
	return s, nil
}

// rereads is how often a list of members is begun again because it changed meanwhile.
const rereads = 3

// fill reads the members of a group whose entry held only the first of them. Each
// part is a request of its own, and the parts make one list only if the group was the
// same throughout.
func fill(ctx context.Context, conn *ldap.Conn, m *membership) error {
	for range rereads {
		members, same, err := allRanges(ctx, conn, m.id)
		if err != nil {
			return fmt.Errorf("members of a group in %s: %w", m.in, err)
		}
		if same {
			m.members, m.whole = members, true
			return nil
		}
	}
	return transient("read the members of a group in "+m.in, errors.New("they change faster than they can be read, or are not shown any more"), "The next reading starts again.")
}

// allRanges reads all parts from the first on, and reports whether the group stayed
// the same meanwhile. Each part begins with the last member of the one before: if that
// is another one now, so is the place of all who follow. Somebody who is deleted leaves
// the list without a trace in the group's own number.
func allRanges(ctx context.Context, conn *ldap.Conn, id guid) (members []reference, same bool, err error) {
	version := ""
	for {
		from := max(0, len(members)-1)
		some, last, changed, err := onePart(ctx, conn, id, from)
		switch {
		case err != nil:
			return nil, false, err
		case len(some) == 0: // the group is known to have members
			return nil, false, nil
		case len(members) > 0 && (changed != version || some[0].id != members[from].id):
			return nil, false, nil
		}
		version = changed
		if members = append(members[:from], some...); last {
			return members, true, nil
		}
	}
}

// onePart reads the members from a number on, as many as come at once, and the group's
// update sequence number.
func onePart(ctx context.Context, conn *ldap.Conn, id guid, from int) (some []reference, last bool, changed string, err error) {
	e, err := conn.Entry(ctx, id.name(), []string{fmt.Sprintf("%s;range=%d-*", attrMember, from), attrChanged}, extendedNames())
	if err != nil {
		return nil, false, "", err
	}
	if changed = one(e, attrChanged); changed == "" {
		return nil, false, "", rejected("read a part of the members", errors.New("the group shows no "+attrChanged),
			"Let the account read the attribute uSNChanged of groups: without it nobody knows whether the parts are of one list.")
	}
	part, err := findRange(e)
	if err == nil && (part.first != from && len(part.values) > 0 || !part.last && len(part.values) < 2) { // one alone leads no further
		err = errRange
	}
	if err != nil {
		return nil, false, "", corrupt("read a part of the members", err, "Ask the domain controller with another tool, such as ldapsearch, to see what it says.")
	}
	some, err = references(part.values)
	return some, part.last, changed, err
}
