package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"writersync/connectors"
)

// ExternalID is the attribute in which an account that we made names its user.
const ExternalID connectors.Attribute = "externalId"

// maxExternalID is how long an external ID is at most: a column of a database often has room
// for no more.
const maxExternalID = 255

// ExternalIDOf returns the external ID of the account of a user: the source and the ID, so
// that users of two sources with the same ID never meet.
func ExternalIDOf(user connectors.Ref) string {
	id := user.String()
	if len(id) <= maxExternalID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hashed + hex.EncodeToString(sum[:])
}

// hashed begins the external ID of a user whose own one would be too long.
const hashed = "sha256:"

// Names reports whether the account carries the external ID of a user. Only writersync
// writes such a one: other programs write names of their own.
func (a Account) Names(user connectors.Ref) bool { return a.ExternalID == ExternalIDOf(user) }

// MadeFor reports whether an account that we made is that of a user. Earlier versions wrote
// the ID alone, which tells nothing of an account that was not made by us.
func (a Account) MadeFor(user connectors.Ref) bool {
	return a.Names(user) || a.ExternalID == user.ID
}

// Namer returns a function that finds the person whom the external ID of an account names, if
// it is one of in.People.
func (in Input) Namer() func(Account) (index int, known bool) {
	var long map[string]connectors.Ref // users whose external ID is hashed; made when an account has such a one
	return func(a Account) (int, bool) {
		source, id, ok := strings.Cut(a.ExternalID, "/")
		user := connectors.Ref{Source: source, ID: id}
		if strings.HasPrefix(a.ExternalID, hashed) {
			if long == nil {
				long = in.hashed()
			}
			user, ok = long[a.ExternalID]
		}
		if !ok {
			return 0, false
		}
		if first, joined := in.Joins[user]; joined {
			user = first
		}
		return in.Person(user)
	}
}

// hashed returns the users whose external ID is hashed, by that.
func (in Input) hashed() map[string]connectors.Ref {
	out := map[string]connectors.Ref{}
	add := func(user connectors.Ref) {
		if id := ExternalIDOf(user); strings.HasPrefix(id, hashed) {
			out[id] = user
		}
	}
	for _, p := range in.People {
		add(p.Ref)
	}
	for user := range in.Joins {
		add(user)
	}
	return out
}

// moveChanges returns what a move of an account from one ID to another changes in Writer.
func moveChanges(from Person, to connectors.Ref) []Change {
	if from.Link == nil || from.Link.Origin != Created {
		return nil // it carries nothing of ours
	}
	return []Change{{Attribute: ExternalID, New: ExternalIDOf(to)}}
}

// madeFor returns the accounts of no user that name person i, as indexes into Input.Accounts.
// They matter where there is no link: the state is new, or it is of before the link was.
func (d *differ) madeFor(i int) []int {
	if d.in.People[i].Standing != None || len(d.byName) == 0 {
		return nil
	}
	var out []int
	for _, part := range d.parts(i) {
		out = append(out, d.byName[ExternalIDOf(part.Ref)]...)
	}
	return out
}

// namesGone returns the external ID of an account that was made for a user, other than person i,
// of a configured source that does not list them. One that is hashed may be of any source.
func (d *differ) namesGone(a Account, i int) (other string, gone bool) {
	source, _, ours := strings.Cut(a.ExternalID, "/")
	if ours = ours && d.in.configured(source); !ours && !strings.HasPrefix(a.ExternalID, hashed) {
		return "", false
	}
	at, known := d.namedBy(a)
	return a.ExternalID, !known || (at != i && d.in.People[at].User == nil)
}

// namesAnother returns the person, other than i, that an account names and a source lists.
func (d *differ) namesAnother(a Account, i int) (other Person, another bool) {
	at, known := d.namedBy(a)
	if !known || at == i || d.in.People[at].User == nil {
		return Person{}, false
	}
	return d.in.People[at], true
}
