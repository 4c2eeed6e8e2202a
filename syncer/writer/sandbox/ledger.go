package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A Change is what one entry of the ledger did.
type Change string

// The changes a ledger records.
const (
	Created       Change = "create"
	Updated       Change = "update"
	Deactivated   Change = "deactivate"
	Reactivated   Change = "reactivate"
	Removed       Change = "delete"
	MemberAdded   Change = "member-add"
	MemberRemoved Change = "member-remove"
)

// An Entry is one change that was applied through SCIM.
type Entry struct {
	Seq     int    // of the request
	Change  Change //
	Account string // id
	Email   string // of the account, lower case
	Team    string // name, for members
	Lost    bool   // applied, and the answer dropped
}

// Counts are requests by method and status.
type Counts struct {
	Reads, Writes int
	ByMethod      map[string]int
	ByStatus      map[int]int
}

func (c *Counts) see(method string) {
	if c.ByMethod == nil {
		c.ByMethod, c.ByStatus = map[string]int{}, map[int]int{}
	}
	c.ByMethod[method]++
	if method == http.MethodGet {
		c.Reads++
	} else {
		c.Writes++
	}
}

func (c *Counts) answer(status int) { c.ByStatus[status]++ }

// note appends to the ledger. The caller holds the lock.
func (s *Sandbox) note(change Change, a *account, t *team) {
	e := Entry{Seq: s.requests, Change: change, Account: a.id(), Email: strings.ToLower(a.userName())}
	if t != nil {
		e.Team = t.name
	}
	s.ledger = append(s.ledger, e)
}

// markLost marks what the request under way did. The caller holds the lock.
func (s *Sandbox) markLost() {
	for i := len(s.ledger) - 1; i >= 0 && s.ledger[i].Seq == s.requests; i-- {
		s.ledger[i].Lost = true
	}
}

// Ledger returns every change that was applied through SCIM, in order.
func (s *Sandbox) Ledger() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}

// Since returns the changes after the first n of the ledger.
func (s *Sandbox) Since(n int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger[min(n, len(s.ledger)):])
}

// Counts returns how many requests there were.
func (s *Sandbox) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Counts{s.counts.Reads, s.counts.Writes, maps.Clone(s.counts.ByMethod), maps.Clone(s.counts.ByStatus)}
}

// State is all that the Sandbox holds.
type State struct {
	Accounts []Account // sorted by e-mail
	Teams    []Team    // sorted by name
}

// An Account is a user of the State.
type Account struct {
	ID, Email, ExternalID, GivenName, FamilyName, DisplayName, Title string
	Active                                                           bool

	// Phone is that of work; the next two are as in RFC 7643, section 4.1, and the
	// last four of the enterprise extension.
	Phone, Locale, PreferredLanguage                string
	Department, CostCenter, EmployeeNumber, Manager string
	Role                                            string // of the organization
}

// A Team is a team of the State; its members are e-mails, sorted.
type Team struct {
	ID, Name string
	Members  []string
}

// State returns a copy of everything.
func (s *Sandbox) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out State
	for _, a := range s.accounts {
		out.Accounts = append(out.Accounts, Account{
			ID: a.id(), Email: strings.ToLower(a.userName()), ExternalID: a.text("externalId"), GivenName: a.text("name", "givenName"),
			FamilyName: a.text("name", "familyName"), DisplayName: a.text("displayName"), Title: a.text("title"), Active: a.active(),
			Phone: a.phone(), Locale: a.text("locale"), PreferredLanguage: a.text("preferredLanguage"),
			Department: a.text(enterpriseSchema, "department"), CostCenter: a.text(enterpriseSchema, "costCenter"),
			EmployeeNumber: a.text(enterpriseSchema, "employeeNumber"), Manager: a.text(enterpriseSchema, "manager", "value"),
			Role: a.text(roleSchema, "role"),
		})
	}
	slices.SortFunc(out.Accounts, func(a, b Account) int { return strings.Compare(a.Email, b.Email) })
	for _, t := range s.teams {
		team := Team{ID: t.id, Name: t.name, Members: []string{}}
		for _, id := range t.members {
			team.Members = append(team.Members, strings.ToLower(s.accounts[id].userName()))
		}
		slices.Sort(team.Members)
		out.Teams = append(out.Teams, team)
	}
	slices.SortFunc(out.Teams, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
	return out
}
