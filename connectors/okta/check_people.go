package okta

import (
	"context"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// sampledPages is how many pages of people are looked at for one who shows an e-mail: the
// first people may be accounts of services.
const sampledPages = 5

// checkPeople lists people, and says where nobody shows an e-mail: nobody has an account
// without one, and Okta leaves out without a word a property that does not exist. Of the
// other properties it says which nobody shows, which is no fault: a property may be empty
// of everybody.
func (c *Connector) checkPeople(ctx context.Context, add adder) {
	shown, email := map[string]int{}, c.config.Attributes.Email
	n, first := 0, at(pathUsers, "limit", "200")
	for path, pages := first, 0; path != "" && pages < sampledPages && shown[email] == 0; pages++ {
		var people []*oktaUser
		a, err := c.way.read(ctx, "list people", path, &people)
		if err != nil {
			add(whatPeople, false, "%v", err)
			return
		}
		n += len(people)
		countShown(people, shown)
		if path = a.next; !sameListing(first, path) {
			break
		}
	}
	switch {
	case n == 0:
		add(whatPeople, false, "Okta lists nobody: give the credential the role Read-Only Administrator; without a role its lists are empty")
	case shown[email] == 0:
		add(whatPeople, false, "not one of the first %d people shows %s, and nobody has an account without an e-mail: write the variable name of another property in attributes.email", n, email)
	default:
		add(whatPeople, true, "can be listed; %d of the first %d show %s", shown[email], n, email)
	}
	if unseen := c.unseen(shown); n > 0 && len(unseen) > 0 {
		add(whatAttributes, true, "none of the first %d people shows %s; that is right where nobody has them: else compare the names with the variable names in Directory → Profile Editor", n, strings.Join(unseen, ", "))
	}
}

// countShown adds how many of some people have something in each property.
func countShown(people []*oktaUser, shown map[string]int) {
	for _, u := range people {
		if u == nil || u.Profile == nil {
			continue
		}
		for property, value := range *u.Profile {
			if s, ok := text(value); s != "" || !ok {
				shown[property]++
			}
		}
	}
}

// unseen names the configured properties that nobody shows, the e-mail aside.
func (c *Connector) unseen(shown map[string]int) []string {
	named := c.config.Attributes.Named()
	byKey := func(a, b connectors.Attribute) int { return strings.Compare(a.Key(), b.Key()) }
	var out []string
	for _, a := range slices.SortedFunc(maps.Keys(named), byKey) {
		if shown[named[a]] == 0 {
			out = append(out, named[a]+" (attributes."+a.Key()+")")
		}
	}
	return out
}
