package match

import (
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// place is all that has one address.
type place struct {
	persons  []int // without a link, and not disabled
	disabled []int // without a link, and disabled
	linked   []int // with a link: who state the address, or whose account has or had it
	also     []int // without a link: whom one source states with it, and another one that counts more with another
	left     []int // whose account was deleted when they left, and had it
	accounts []int // without a link
}

type matcher struct {
	in     plan.Input
	places map[string]*place
	made   map[connectors.Ref]bool
	shield map[string]bool // protected addresses
	rows   []Row
	unread []string
}

// people returns a row for each person and each account, or one for both; and whose
// address cannot be told.
func people(in plan.Input, protected map[string]bool) (rows []Row, unread []string) {
	m := &matcher{in: in, places: map[string]*place{}, made: map[connectors.Ref]bool{}, shield: protected}
	for _, i := range in.Imported {
		if i.Kind == connectors.UserObject {
			m.made[i.Ref] = true
		}
	}
	for i, p := range in.People {
		m.placePerson(i, p)
	}
	for i, a := range in.Accounts {
		if mail := a.Email(); mail != "" {
			m.at(mail).accounts = append(m.at(mail).accounts, i)
			continue
		}
		m.add(WriterOnly, -1, i, "has no e-mail in Writer")
	}
	for _, at := range m.places {
		m.match(*at)
	}
	sortRows(m.rows)
	return m.rows, m.unread
}

func (m *matcher) at(mail string) *place {
	p := m.places[mail]
	if p == nil {
		p = &place{}
		m.places[mail] = p
	}
	return p
}

// placePerson puts a person where the address is.
func (m *matcher) placePerson(i int, p plan.Person) {
	switch {
	case p.Standing == plan.Live || p.Standing == plan.Inactive:
		m.placeLinked(i, p)
	case p.User == nil && p.Link != nil:
		m.at(p.Link.Email()).left = append(m.at(p.Link.Email()).left, i)
	case p.User == nil:
	default:
		m.placeStated(i, *p.User)
		for _, mail := range parts(p) {
			if at := m.at(mail); mail != connectors.CanonicalEmail(p.User.Email) {
				at.also = append(at.also, i)
			}
		}
	}
}

// parts returns the addresses that single sources state of a person.
func parts(p plan.Person) []string {
	var out []string
	for _, part := range p.Parts {
		if part.User != nil && part.User.Email != "" {
			out = append(out, connectors.CanonicalEmail(part.User.Email))
		}
	}
	return out
}

// placeLinked puts somebody with an account where any of their addresses is.
func (m *matcher) placeLinked(i int, p plan.Person) {
	mails := map[string]bool{}
	for _, mail := range append(p.Emails(), parts(p)...) {
		mails[mail] = true
	}
	if p.Remote != nil {
		mails[p.Remote.Email()] = true
	}
	delete(mails, "")
	for mail := range mails {
		m.at(mail).linked = append(m.at(mail).linked, i)
	}
	m.addLinked(i)
}

// placeStated puts somebody without an account where the address is that a source
// states.
func (m *matcher) placeStated(i int, u connectors.User) {
	mail := connectors.CanonicalEmail(u.Email)
	switch {
	case mail == "" && u.Fault != "":
		m.add(DirectoryOnly, i, -1, "has a record that cannot be used: "+u.Fault)
		m.unread = append(m.unread, fmt.Sprintf("the record of %s cannot be used: %s", m.in.People[i].Ref, u.Fault))
	case u.Unusable[connectors.Email] != "":
		why := "has an e-mail in the directory that cannot be used (" + u.Unusable[connectors.Email] + ")"
		m.add(DirectoryOnly, i, -1, why)
		m.unread = append(m.unread, fmt.Sprintf("%s %s", m.in.People[i].Ref, why))
	case mail == "":
		m.add(DirectoryOnly, i, -1, "has no e-mail in the directory")
	case u.Status == connectors.StatusDisabled:
		m.at(mail).disabled = append(m.at(mail).disabled, i)
	default:
		m.at(mail).persons = append(m.at(mail).persons, i)
	}
}

func (m *matcher) addLinked(i int) {
	p, note := m.in.People[i], ""
	switch {
	case p.Lost:
		note = "the account is not in Writer any more"
	case p.User == nil:
		note = "the directory does not state the person any more"
	case p.Standing == plan.Inactive:
		note = "the account was deactivated by writersync"
	}
	m.add(Linked, i, -1, note)
}

// match makes the rows of those who have one address.
func (m *matcher) match(at place) {
	if len(at.persons) == 0 { // a leaver's record is a match as long as nobody else has the address
		at.persons, at.disabled = at.disabled, nil
	}
	for _, i := range at.disabled {
		m.add(DirectoryOnly, i, -1, "is disabled, and somebody else states the address")
	}
	switch people, accounts := len(at.persons), len(at.accounts); {
	case people == 1 && accounts == 1 && len(at.linked) == 0:
		m.pair(at.persons[0], at.accounts[0])
	case len(at.linked) > 0:
		m.each(at, Ambiguous, Ambiguous, "the address is also that of "+m.named(at.linked))
	case people > 0 && accounts > 0:
		m.each(at, Ambiguous, Ambiguous, fmt.Sprintf("%s and %s have the address", counted(people, "person", "people"), counted(accounts, "account", "accounts")))
	case people > 1:
		m.each(at, DirectoryOnly, WriterOnly, fmt.Sprintf("%d people state the address", people))
	case accounts > 0:
		m.alone(at)
	default:
		m.each(at, DirectoryOnly, WriterOnly, "")
	}
}

// alone makes the rows of accounts whose address nobody states who could be linked.
func (m *matcher) alone(at place) {
	kind, note := WriterOnly, ""
	switch {
	case len(at.also) > 0:
		kind, note = Ambiguous, fmt.Sprintf("the address is also one of %s", m.in.People[at.also[0]].Ref)
	case len(at.left) > 0:
		kind, note = Ambiguous, fmt.Sprintf("the address was that of %s, who left", m.in.People[at.left[0]].Ref)
	case len(at.accounts) > 1:
		note = severalAccounts
	}
	m.each(at, DirectoryOnly, kind, note)
}

// severalAccounts is the note of an account that shares its address with another.
const severalAccounts = "several accounts have the address"

func (m *matcher) pair(person, account int) {
	kind, note := Exact, ""
	if m.in.People[person].User.Email != m.in.Accounts[account].UserName {
		kind = Case
	}
	switch {
	case m.in.People[person].User.Status == connectors.StatusDisabled:
		note = "is disabled in the directory"
	case !m.in.Accounts[account].Active:
		note = "the account is deactivated in Writer"
	}
	m.add(kind, person, account, note)
}

// each makes a row for each person and each account by itself.
func (m *matcher) each(at place, person, account Kind, note string) {
	for _, i := range at.persons {
		own := note
		if own == "" && m.in.People[i].User.Status == connectors.StatusDisabled {
			own = "is disabled in the directory"
		}
		m.add(person, i, -1, own)
	}
	for _, i := range at.accounts {
		own := note
		if own == "" && !m.in.Accounts[i].Active {
			own = "the account is deactivated in Writer"
		}
		m.add(account, -1, i, own)
	}
}

// named names the first of linked people by their IDs.
func (m *matcher) named(linked []int) string {
	first := m.in.People[linked[0]].Ref
	for _, i := range linked[1:] {
		if ref := m.in.People[i].Ref; ref.Compare(first) < 0 {
			first = ref
		}
	}
	return first.String() + ", who is linked already"
}

// add makes a row of a person, of an account, or of both; -1 is none.
func (m *matcher) add(kind Kind, person, account int, note string) {
	r := Row{Kind: kind, Note: note}
	if person >= 0 {
		p := m.in.People[person]
		r.Person, r.Account, r.Made = p.Ref, p.Account, m.madeOf(p)
		if kind != Linked {
			r.Account = "" // of a link that is over
		}
		if p.User != nil {
			r.Email, r.Name = p.User.Email, p.User.Attributes[connectors.DisplayName]
		}
		if p.Remote != nil && kind == Linked {
			r.Login = p.Remote.UserName
		} else if p.Link != nil && kind == Linked {
			r.Login = p.Link.Applied[plan.UserName]
		}
	}
	if account >= 0 {
		a := m.in.Accounts[account]
		r.Account, r.Login, r.Idle = a.ID, a.UserName, !a.Active
		if kind == WriterOnly {
			r.Attributes, r.Protected = a.Attributes, m.shield[a.Email()]
		}
		if r.Name == "" {
			r.Name = a.Attributes[connectors.DisplayName]
		}
	}
	m.rows = append(m.rows, r)
}

// madeOf returns the records of a person that import made.
func (m *matcher) madeOf(p plan.Person) []connectors.Ref {
	refs := []connectors.Ref{p.Ref}
	for _, part := range p.Also {
		refs = append(refs, part.Ref)
	}
	return slices.DeleteFunc(refs, func(ref connectors.Ref) bool { return !m.made[ref] })
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
