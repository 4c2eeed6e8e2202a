package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/store"
)

// A Listing is all of Writer, as one read of it gave it.
type Listing struct {
	Accounts []Account
	Teams    []ListedTeam // with their members
	// AccountsWhole and TeamsWhole say that the listing was shown to be whole:
	// what is not in it is not there.
	AccountsWhole, TeamsWhole bool
}

// A ListedTeam is a team as Writer states it.
type ListedTeam struct {
	ID      RemoteID
	Name    string
	Members []RemoteID
	// Whole says that Members is known to be every member. A server that leaves
	// members out, or cuts them short, makes it false: then absence from Members
	// says nothing.
	Whole bool
}

// Observe compares a listing of Writer with the ledger, and with what was observed before:
// it returns what changes in the latter, and the live accounts that a whole listing lacks,
// which are to be looked for one by one. The links of in must be loaded. Members are kept of
// teams that the ledger knows or a rule names, or of all.
func Observe(in Input, l Listing, at time.Time, all bool) (o store.Observation, unseen []RemoteID) {
	v := observer{in: in, began: at, holders: map[RemoteID]int{}, known: map[RemoteID]Account{}}
	for i, p := range in.People {
		if p.Account != "" && p.Standing != Deleted {
			v.holders[p.Account] = i
		}
	}
	for _, a := range in.Accounts {
		v.known[a.ID] = a
	}
	v.ignored = v.findIgnored(l)
	if !maps.Equal(v.ignored, in.Ignored) {
		o.Ignored = []string{}
		for _, a := range slices.Sorted(maps.Keys(v.ignored)) {
			o.Ignored = append(o.Ignored, string(a))
		}
	}
	listed := make(map[RemoteID]bool, len(l.Accounts))
	for _, a := range l.Accounts {
		listed[a.ID] = true
		v.account(&o, a)
	}
	if l.AccountsWhole {
		unseen = v.unlisted(&o, listed)
	}
	v.teams(&o, l, all)
	return o, unseen
}

// teams records what teams are, unless that is known.
func (v *observer) teams(o *store.Observation, l Listing, all bool) {
	wanted := v.wantedNames()
	seen := make(map[RemoteID]bool, len(l.Teams))
	for _, t := range l.Teams {
		seen[t.ID] = true
		if now := v.team(t, all || wanted[t.Name]); !v.knows(now) {
			o.Teams = append(o.Teams, now)
		}
	}
	for _, t := range v.in.Teams {
		switch {
		case !l.TeamsWhole || seen[t.ID]:
		case !t.Known:
			o.DroppedTeams = append(o.DroppedTeams, string(t.ID))
		case !t.Gone:
			o.Teams = append(o.Teams, store.ObservedTeam{ID: string(t.ID), Name: t.Name, Gone: true})
		}
	}
}

// knows reports whether a team was observed to be so before.
func (v *observer) knows(now store.ObservedTeam) bool {
	at, known := v.at(RemoteID(now.ID))
	if !known {
		return false
	}
	t := v.in.Teams[at]
	var missing []string
	for _, i := range t.Missing {
		missing = append(missing, string(v.in.People[i].Account))
	}
	slices.Sort(missing)
	extra := make([]string, len(t.Extra))
	for i, a := range t.Extra {
		extra[i] = string(a)
	}
	return t.Seen && !t.Gone && t.Name == now.Name && t.Read == now.Read && slices.Equal(missing, now.Missing) && slices.Equal(extra, now.Extra)
}

// at finds a team.
func (v *observer) at(id RemoteID) (int, bool) {
	return slices.BinarySearchFunc(v.in.Teams, id, func(t Team, id RemoteID) int { return strings.Compare(string(t.ID), string(id)) })
}

// ObserveTeam compares the members that Writer lists in a team with the ledger.
func ObserveTeam(in Input, t ListedTeam) store.ObservedTeam {
	v := observer{in: in}
	return v.team(t, true)
}

type observer struct {
	in      Input
	began   time.Time
	holders map[RemoteID]int     // of linked accounts
	known   map[RemoteID]Account // those that no user is linked to
	ignored map[connectors.Attribute]bool
}

// account records what an account is, unless that is known.
func (v *observer) account(o *store.Observation, a Account) {
	i, linked := v.holders[a.ID]
	if !linked {
		if was, known := v.known[a.ID]; !known || !was.Same(a) {
			o.Accounts = append(o.Accounts, a.Observed(v.began))
		}
		return
	}
	p := v.in.People[i]
	switch differs := p.Link.Differs(a, p.User, v.ignored); {
	case differs && (p.Remote == nil || !p.Remote.Same(a)):
		o.Accounts = append(o.Accounts, a.Observed(v.began))
	case !differs && (p.Remote != nil || p.Lost):
		o.Dropped = append(o.Dropped, string(a.ID))
	}
}

// unlisted drops the accounts of no user that are gone, and returns those of users that a
// direct look may still find.
func (v *observer) unlisted(o *store.Observation, listed map[RemoteID]bool) (unseen []RemoteID) {
	for _, a := range v.in.Accounts {
		if !listed[a.ID] {
			o.Dropped = append(o.Dropped, string(a.ID))
		}
	}
	for _, p := range v.in.People {
		if p.Standing == Live && !listed[p.Account] {
			unseen = append(unseen, p.Account)
		}
	}
	return unseen
}

// wantedNames are the names of teams that rules would link.
func (v *observer) wantedNames() map[string]bool {
	out := map[string]bool{}
	m := Map(v.in)
	for _, u := range m.Unlinked {
		out[u.Name] = true
	}
	for _, w := range m.Teams {
		out[v.in.Teams[w.Team].Name] = true
	}
	return out
}

func (v *observer) team(t ListedTeam, wanted bool) store.ObservedTeam {
	out := store.ObservedTeam{ID: string(t.ID), Name: t.Name}
	at, known := v.at(t.ID)
	ours := known && v.in.Teams[at].Known
	if !t.Whole || (!ours && !wanted) {
		return out
	}
	out.Read = true
	listed := make(map[RemoteID]bool, len(t.Members))
	for _, m := range t.Members {
		listed[m] = true
	}
	if ours {
		team := v.in.Teams[at]
		for _, i := range team.Had {
			p := v.in.People[i]
			_, dormant := slices.BinarySearch(team.Dormant, i)
			if !listed[p.Account] && !dormant && p.Standing == Live {
				out.Missing = append(out.Missing, string(p.Account))
			}
			delete(listed, p.Account)
		}
	}
	for account := range listed {
		out.Extra = append(out.Extra, string(account))
	}
	slices.Sort(out.Missing)
	slices.Sort(out.Extra)
	return out
}

// findIgnored finds the optional attributes that Writer does not keep: in a whole listing not
// one account has a value, although some were given one. To call that drift would send them
// for ever.
func (v *observer) findIgnored(l Listing) map[connectors.Attribute]bool {
	if !l.AccountsWhole {
		return v.in.Ignored
	}
	out, kept := map[connectors.Attribute]bool{}, map[connectors.Attribute]bool{}
	for _, a := range l.Accounts {
		i, linked := v.holders[a.ID]
		if !linked || v.in.People[i].Link == nil {
			continue
		}
		for name, value := range v.in.People[i].Link.Applied {
			out[name] = out[name] || (value != "" && Optional(name) && known(name))
		}
		for name, value := range a.Attributes {
			kept[name] = kept[name] || value != ""
		}
	}
	maps.DeleteFunc(out, func(a connectors.Attribute, ours bool) bool { return !ours || kept[a] })
	return out
}

// Differs reports whether an account is otherwise than the link says: deactivated or
// reactivated, with another address or mark, or, of a live one, with another value of an
// attribute that was applied or that the source lists.
func (l *Link) Differs(a Account, u *connectors.User, ignored map[connectors.Attribute]bool) bool {
	switch {
	case l == nil, a.Active != (l.Standing == Live), a.Email() != l.Email(), l.marks(a):
		return true
	case !a.Active:
		return false
	}
	for name, value := range l.Applied {
		if name != UserName && !ignored[name] && a.Attributes[name] != value {
			return true
		}
	}
	if u == nil {
		return false
	}
	for name, value := range a.Attributes {
		if _, applied := l.Applied[name]; !applied && !ignored[name] && value != "" && u.Attributes[name] != "" {
			return true
		}
	}
	return false
}

// marks reports whether an account that we made names another user.
func (l *Link) marks(a Account) bool {
	return l.Origin == Created && a.ExternalID != "" && !a.MadeFor(l.Person)
}

// Same reports whether two accounts have all in common.
func (a Account) Same(b Account) bool {
	return a.ID == b.ID && a.UserName == b.UserName && a.ExternalID == b.ExternalID && a.Active == b.Active && maps.Equal(a.Attributes, b.Attributes)
}

// Observed returns the account as it is stored.
func (a Account) Observed(at time.Time) store.ObservedAccount {
	out := store.ObservedAccount{ID: string(a.ID), At: at, Active: a.Active, UserName: a.UserName, ExternalID: a.ExternalID}
	for name, value := range a.Attributes {
		if out.Attributes == nil {
			out.Attributes = make(map[string]string, len(a.Attributes))
		}
		out.Attributes[string(name)] = value
	}
	return out
}

// AccountOf returns an account of what was stored.
func AccountOf(o store.ObservedAccount) Account {
	out := Account{ID: RemoteID(o.ID), UserName: o.UserName, ExternalID: o.ExternalID, Active: o.Active, Attributes: make(map[connectors.Attribute]string, len(o.Attributes))}
	for name, value := range o.Attributes {
		out.Attributes[connectors.Attribute(name)] = value
	}
	return out
}

// See adds what was observed to the ledger. The people and teams of in are those of the
// ledger; those that an observation is about are not settled any more.
func (in *Input) See(accounts []store.ObservedAccount, teams []store.ObservedTeam) {
	at := make(map[RemoteID]int, len(accounts))
	for _, a := range accounts {
		at[RemoteID(a.ID)] = -1
	}
	if len(at) > 0 {
		for i, p := range in.People {
			if _, observed := at[p.Account]; observed && p.Account != "" && p.Standing != Deleted {
				at[p.Account] = i
			}
		}
	}
	for _, o := range accounts {
		switch i := at[RemoteID(o.ID)]; {
		case i >= 0 && o.Gone:
			in.People[i].Lost, in.People[i].Settled = true, false
		case i >= 0:
			a := AccountOf(o)
			in.People[i].Remote, in.People[i].Settled = &a, false
		case !o.Gone:
			in.Accounts = append(in.Accounts, AccountOf(o))
		}
	}
	slices.SortFunc(in.Accounts, func(a, b Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	in.seeTeams(teams)
}

func (in *Input) seeTeams(teams []store.ObservedTeam) {
	place := make(map[RemoteID]int, len(in.Teams))
	for i, t := range in.Teams {
		place[t.ID] = i
	}
	for _, o := range teams {
		i, known := place[RemoteID(o.ID)]
		if !known && o.Gone {
			continue
		}
		if !known {
			i = len(in.Teams)
			in.Teams = append(in.Teams, Team{ID: RemoteID(o.ID)})
		}
		t := &in.Teams[i]
		t.Seen, t.Gone, t.Was, t.Read = true, o.Gone, t.Name, o.Read
		if !o.Gone {
			t.Name = o.Name
		}
		t.Missing, t.Extra = in.peopleOf(t.Had, o.Missing), remoteIDs(o.Extra)
	}
	slices.SortFunc(in.Teams, func(a, b Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// MembersOf returns the accounts that are in a team, as far as its members were read, sorted.
func (in Input) MembersOf(t Team) []RemoteID {
	if !t.Read {
		return nil
	}
	out := slices.Clone(t.Extra)
	for _, i := range t.Had {
		_, dormant := slices.BinarySearch(t.Dormant, i)
		_, missing := slices.BinarySearch(t.Missing, i)
		if !dormant && !missing {
			out = append(out, in.People[i].Account)
		}
	}
	slices.Sort(out)
	return out
}

// peopleOf returns those of people whose accounts are among some, sorted.
func (in *Input) peopleOf(people []uint32, accounts []string) []uint32 {
	if len(accounts) == 0 {
		return nil
	}
	var out []uint32
	for _, i := range people {
		if _, is := slices.BinarySearch(accounts, string(in.People[i].Account)); is {
			out = append(out, i)
		}
	}
	return out
}

func remoteIDs(ids []string) []RemoteID {
	var out []RemoteID
	for _, id := range ids {
		out = append(out, RemoteID(id))
	}
	return out
}
