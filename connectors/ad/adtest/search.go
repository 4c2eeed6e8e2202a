package adtest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap"
	"writersync/connectors/ldap/ldaptest"
)

// OIDs of the controls that are understood.
const (
	oidExtended    = "1.2.840.113556.1.4.529"
	oidDeleted     = "1.2.840.113556.1.4.417"
	oidDomainScope = "1.2.840.113556.1.4.1339"
)

// A Query is what a Twist is told of the search that it answers.
type Query struct {
	Base    string // as names are compared
	Page    int    // from 0
	Listing bool   // of IDs alone
	Groups  bool   // members are asked for
	ByID    bool   // objects are asked for by their GUIDs
}

// Search answers as a domain controller does, and then as the settings want it.
func (d *Domain) Search(s ldaptest.Search) ldaptest.Answer {
	d.mu.Lock()
	a, base := d.answer(s)
	after, afterPart, q := d.after, d.afterPart, queryOf(s, base)
	d.mu.Unlock()
	if after != nil {
		after(q)
	}
	if first, ok := partOf(s); ok && afterPart != nil && base != nil {
		afterPart(base.id, first)
	}
	return a
}

// partOf returns the number of the first value, if a part of a group's members is asked
// for.
func partOf(s ldaptest.Search) (first int, ok bool) {
	for _, name := range s.Attributes {
		if bounds, ok := strings.CutPrefix(name, "member;range="); ok {
			from, _, _ := strings.Cut(bounds, "-")
			first, err := strconv.Atoi(from)
			return first, err == nil
		}
	}
	return 0, false
}

func queryOf(s ldaptest.Search, base *object) Query {
	q := Query{Listing: len(s.Attributes) == 1, Groups: slices.Contains(s.Attributes, "member")}
	if text, err := goldap.DecompileFilter(s.Filter); err == nil {
		q.ByID = strings.Contains(text, "(objectGUID=")
	}
	if base != nil {
		q.Base = comparable(base.dn())
	}
	if s.Page != nil {
		q.Page = offset(s.Page) / pageSize(s)
	}
	return q
}

func (d *Domain) answer(s ldaptest.Search) (ldaptest.Answer, *object) {
	if d.settings.Silent {
		return ldaptest.Answer{Silent: true}, nil
	}
	if s.Scope == goldap.ScopeBaseObject && s.Base == "" {
		return ldaptest.Answer{Entries: []ldaptest.Entry{d.root()}}, nil
	}
	base := d.find(s)
	if base == nil {
		return ldaptest.Answer{Code: goldap.LDAPResultNoSuchObject}, nil
	}
	a := d.page(s, d.matching(s, base))
	if _, scoped := s.Controls[oidDomainScope]; !scoped && base.dn() == DN && s.Scope == goldap.ScopeWholeSubtree {
		a.Referrals = []string{"ldap://ForestDnsZones.corp.example/DC=ForestDnsZones," + DN}
	}
	if d.settings.Twist == nil || s.Scope == goldap.ScopeBaseObject {
		return a, base
	}
	return d.settings.Twist(queryOf(s, base), a), base
}

// Code makes an answer of a result code alone.
func Code(code uint16) ldaptest.Answer { return ldaptest.Answer{Code: code} }

// Paged sets the cookie that leads to the next page; "" for none.
func Paged(a ldaptest.Answer, cookie string) ldaptest.Answer {
	paging := goldap.NewControlPaging(0)
	paging.SetCookie([]byte(cookie))
	a.Controls = []goldap.Control{paging}
	return a
}

// Last reports whether an answer is that of the last page.
func Last(a ldaptest.Answer) bool {
	paging, ok := goldap.FindControl(a.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
	return !ok || len(paging.Cookie) == 0
}

func (d *Domain) root() ldaptest.Entry {
	return ldaptest.Entry{Attributes: map[string][]string{
		"defaultNamingContext": {DN}, "schemaNamingContext": {schema}, "dnsHostName": {d.controller}, "dsServiceName": {d.settingsDN()},
		"highestCommittedUSN": {strconv.FormatInt(d.usn, 10)}, "currentTime": {d.clock().UTC().Format("20060102150405.0Z")},
		"isSynchronized": {strings.ToUpper(strconv.FormatBool(!d.settings.Unsynchronized))},
	}}
}

// find returns the object that a search begins at.
func (d *Domain) find(s ldaptest.Search) *object {
	if id, ok := strings.CutPrefix(s.Base, "<GUID="); ok {
		o := d.byID[ID(strings.ToLower(strings.TrimSuffix(id, ">")))]
		if o != nil && o.deleted {
			return nil
		}
		return o
	}
	base := s.Base
	if strings.HasPrefix(strings.ToLower(base), "<wkguid="+graveyardGUID) {
		base = graveyard
	}
	_, deleted := s.Controls[oidDeleted]
	for _, o := range d.objects {
		if comparable(o.dn()) != comparable(base) {
			continue
		}
		hidden := o.dn() == graveyard && (!deleted || d.settings.HidesDeleted) || o.dn() == d.settingsDN() && d.settings.HidesDatabase || inSchema(o) && d.settings.HidesSchema
		if !hidden {
			return o
		}
	}
	return nil
}

func comparable(dn string) string {
	name, err := ldap.ParseName(dn)
	if err != nil {
		return dn
	}
	return name.String()
}

// matching returns what a search finds, in the order in which it was made.
func (d *Domain) matching(s ldaptest.Search, base *object) []*object {
	_, showDeleted := s.Controls[oidDeleted]
	in := comparable(base.dn())
	var out []*object
	for _, o := range d.objects {
		if o.deleted && (!showDeleted || d.settings.HidesDeleted) || slices.Contains(d.settings.Unseen, o.id) {
			continue
		}
		within := o == base
		switch s.Scope {
		case goldap.ScopeSingleLevel:
			within = comparable(o.parent) == in
		case goldap.ScopeWholeSubtree:
			within = within || below(o.parent, base.dn()) || below(comparable(o.parent), in)
		}
		if within && d.passes(s.Filter, o) {
			out = append(out, o)
		}
	}
	return out
}

func below(parent, base string) bool { return parent == base || strings.HasSuffix(parent, ","+base) }

func offset(p *goldap.ControlPaging) int {
	n, err := strconv.Atoi(string(p.Cookie))
	if err != nil {
		return 0
	}
	return n
}

func pageSize(s ldaptest.Search) int { return min(max(int(s.Page.PagingSize), 1), MaxEntries) }

// page cuts what was found as a domain controller does: to a page, or without one to
// its limit, and then with a result code that says so.
func (d *Domain) page(s ldaptest.Search, found []*object) ldaptest.Answer {
	var a ldaptest.Answer
	if s.Page == nil {
		if len(found) > MaxEntries {
			found, a.Code = found[:MaxEntries], goldap.LDAPResultSizeLimitExceeded
		}
	} else {
		from := min(offset(s.Page), len(found))
		to := min(from+pageSize(s), len(found))
		cookie := ""
		if to < len(found) {
			cookie = fmt.Sprint(to)
		}
		a = Paged(a, cookie)
		found = found[from:to]
	}
	_, extended := s.Controls[oidExtended]
	for _, o := range found {
		a.Entries = append(a.Entries, d.entry(o, s.Attributes, extended))
	}
	return a
}

// entry returns the attributes that were asked for.
func (d *Domain) entry(o *object, names []string, extended bool) ldaptest.Entry {
	e := ldaptest.Entry{DN: o.name(extended), Attributes: map[string][]string{}}
	for _, asked := range names {
		name, option, _ := strings.Cut(asked, ";")
		if d.hides(o, name) {
			continue
		}
		values := d.values(o, name)
		switch strings.ToLower(name) {
		case "member":
			values = d.names(o.members, extended)
		case "manager":
			if o.manager != "" {
				values = d.names([]ID{o.manager}, extended)
			}
		case "memberof":
			values = d.names(d.groupsOf(o.id), extended)
		case "invocationid":
			if o.dn() == d.settingsDN() {
				values = []string{d.Invocation.value()}
			}
		}
		rangeOf(e.Attributes, name, option, values, cmp.Or(d.settings.MaxValues, MaxValues))
	}
	return e
}

func (d *Domain) names(ids []ID, extended bool) []string {
	var out []string
	for _, id := range ids {
		out = append(out, d.byID[id].name(extended))
	}
	return out
}

func (d *Domain) groupsOf(id ID) []ID {
	var out []ID
	for _, o := range d.objects {
		if slices.Contains(o.members, id) {
			out = append(out, o.id)
		}
	}
	return out
}

// rangeOf puts the values under name, or the part of them that option or the limit
// allows.
func rangeOf(attributes map[string][]string, name, option string, values []string, most int) {
	from := 0
	if bounds, ok := strings.CutPrefix(option, "range="); ok {
		first, _, _ := strings.Cut(bounds, "-")
		from, _ = strconv.Atoi(first)
	} else if len(values) <= most {
		if len(values) > 0 {
			attributes[name] = values
		}
		return
	} else {
		attributes[name] = nil // empty, beside the part
	}
	from = min(from, len(values))
	to := min(from+most, len(values))
	end := fmt.Sprint(to - 1)
	if to == len(values) {
		end = "*"
	}
	attributes[fmt.Sprintf("%s;range=%d-%s", name, from, end)] = values[from:to]
}
