package ad

import (
	"context"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap"
)

// needed are what every person's entry has, each with what it costs not to see it.
func (k *checkup) needed() [][2]string {
	out := [][2]string{
		{attrID, "nothing can be read"},
		{attrPrimary, "members by it are not known, and nothing can be read"},
		{attrControl, "nobody knows whether they are disabled"},
		{attrExpires, "nobody knows whether they have ended"},
	}
	if k.watched {
		out = append(out, [2]string{attrChanged, "changes are not seen, and every reading is a whole one"})
	}
	return out
}

// people looks at the first of them, for what everybody has and for the e-mail, without
// which nobody has an account.
func (k *checkup) people(ctx context.Context) error {
	if err := k.look(ctx); err != nil {
		return err
	}
	n, email := k.looked, k.profile.Email
	if n == 0 {
		k.add("people", false, "Not one person is found below %s: check base, users.base and users.filter, and that the account may read there.", k.users.Base)
		return nil
	}
	for _, a := range k.needed() {
		if missing := n - k.shown[a[0]]; missing > 0 {
			k.add("people", false, "%d of the first %d people show no %s, so that %s: let the account read it.", missing, n, a[0], a[1])
			return nil
		}
	}
	others, err := k.othersShow(ctx, email)
	switch {
	case err != nil:
		return err
	case others:
		k.add("people", true, "All of the first %d people show whether they are disabled. None of them shows %s, but others do.", n, email)
	case k.shown[email] == 0:
		k.add("people", false, "Not one of the first %d people shows %s, and nobody has an account without an e-mail: let the account read it, or name another in attributes.email.", n, email)
	default:
		k.add("people", true, "All of the first %d people show whether they are disabled, and %d of them %s.", n, k.shown[email], email)
	}
	return nil
}

// look counts which attributes the first people show.
func (k *checkup) look(ctx context.Context) error {
	q := k.users
	q.Attributes = nil
	for _, a := range k.needed() {
		q.Attributes = append(q.Attributes, a[0])
	}
	for _, a := range configured(k.profile) {
		q.Attributes = append(q.Attributes, a.name)
	}
	q.Attributes = distinct(q.Attributes)
	k.shown = map[string]int{}
	n, err := k.conn.First(ctx, q, sample, func(e *goldap.Entry) error {
		for _, name := range q.Attributes {
			if len(ldap.Values(e, name)) > 0 {
				k.shown[name]++
			}
		}
		return nil
	})
	k.looked = n
	return err
}

// othersShow reports whether anybody shows an attribute that a whole sample does not: a
// domain may begin with accounts of services.
func (k *checkup) othersShow(ctx context.Context, name string) (bool, error) {
	if k.looked < sample || k.shown[name] > 0 {
		return false, nil
	}
	has, err := ldap.ParseFilter("(" + name + "=*)")
	if err != nil {
		return false, err
	}
	q := k.users
	q.Filter, q.Attributes = ldap.All(q.Filter, has), []string{attrID}
	return k.conn.Finds(ctx, q)
}
