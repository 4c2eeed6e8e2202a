package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

const (
	peopleBase = "ou=people,dc=example,dc=com"
	groupsBase = "ou=groups,dc=example,dc=com"
)

// person returns entry i below the people base.
func person(i int) entry {
	return entry{fmt.Sprintf("uid=u%d,%s", i, peopleBase), map[string][]string{
		"entryUUID": {fmt.Sprintf("id-%d", i)}, "mail": {fmt.Sprintf("u%d@example.com", i)}, "sn": {"Person"},
	}}
}

// people returns entries from to to-1.
func people(from, to int) (out []entry) {
	for i := from; i < to; i++ {
		out = append(out, person(i))
	}
	return out
}

func team(members map[string][]string) []entry {
	attributes := map[string][]string{"entryUUID": {"id-team"}, "cn": {"team"}}
	for name, values := range members {
		attributes[name] = values
	}
	return []entry{{"cn=team," + groupsBase, attributes}}
}

// pages is what an honest server says: two people on each of three pages.
func pages(s search) answer {
	a := answer{entries: people(2*s.page, 2*s.page+2)}
	if s.page < 2 {
		a.cookie = fmt.Sprint(s.page + 1)
	}
	return a
}

// onPage lies with a on the numbered page and is honest before it.
func onPage(page int, a answer) func(search) answer {
	return func(s search) answer {
		if s.page < page {
			return pages(s)
		}
		return a
	}
}

func plainConfig(url string) *ldap.Config {
	c := ldap.NewConfig()
	c.URL, c.Timeout = url, 30*time.Second
	c.Bind = ldap.Bind{DN: "cn=reader,dc=example,dc=com", Password: connectortest.SecretOf("pass")}
	c.Users.Base = peopleBase
	return c
}

func TestReadHonestServers(t *testing.T) {
	twice := 0
	tests := []struct {
		name   string
		answer func(search) answer
	}{
		{"a cookie for each page", pages},
		{"one cookie for all pages", func() func(search) answer { // as 389 Directory Server does
			next := 0
			return func(search) answer {
				a := answer{entries: people(2*next, 2*next+2), cookie: "0"}
				if next++; next == 3 {
					next, a.cookie = 0, ""
				}
				return a
			}
		}()},
		{"an empty page in the middle", func(s search) answer {
			switch s.page {
			case 0:
				return answer{entries: people(0, 3), cookie: "1"}
			case 1:
				return answer{cookie: "2"}
			}
			return answer{entries: people(3, 6)}
		}},
		{"a count that is right the second time", func(s search) answer {
			if s.names {
				if twice++; twice == 1 {
					return answer{entries: people(0, 5)}
				}
			}
			return answer{entries: people(0, 6)}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := open(t, plainConfig(respond(t, tt.answer).url))
			if _, complete := connectortest.MustRead(t, c); complete.Size().Users != 6 {
				t.Errorf("%d users, want 6", complete.Size().Users)
			}
		})
	}
}

func TestReadLies(t *testing.T) {
	all := answer{entries: people(0, 6)}
	hidden := func(s search) answer { // the count does not see what the listing stated
		if s.names {
			return answer{entries: people(0, 5)}
		}
		return all
	}
	short := func(s search) answer { // the listing does not state what the count sees
		if s.names {
			return all
		}
		return answer{entries: people(0, 5)}
	}
	fresh := 0
	tests := []struct {
		name   string
		answer func(search) answer
		class  connectors.Class
		says   string
	}{
		{"page without an end", onPage(0, answer{entries: people(0, 3), drop: true}), connectors.Transient, "closed the connection"},
		{"second page without an end", onPage(1, answer{entries: people(2, 3), drop: true}), connectors.Transient, "closed the connection"},
		{"dropped between pages", onPage(1, answer{drop: true}), connectors.Transient, "closed the connection"},
		{"silence", onPage(1, answer{silent: true}), connectors.Transient, "no answer within 300ms"},
		{"no LDAP at all", onPage(0, answer{raw: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}), connectors.Transient, "no answer within 300ms"},
		{"half an answer", onPage(0, answer{raw: []byte{0x30, 0x03, 0x02, 0x01, 0x09}}), connectors.Transient, "no answer within 300ms"},
		{"broken encoding", onPage(0, answer{raw: []byte{0x30, 0xff, 0x02, 0x01}}), connectors.Corrupt, "could not be read"},
		{"the same page for ever", func(search) answer { return answer{entries: people(0, 2), cookie: "1"} }, connectors.Corrupt, "lead nowhere"},
		{"the same entries on a new page", func(s search) answer {
			return answer{entries: people(0, 2), cookie: fmt.Sprint(s.page + 1)}
		}, connectors.Corrupt, "same distinguished name"},
		{"empty pages for ever", func(search) answer { return answer{cookie: "1"} }, connectors.Corrupt, "lead nowhere"},
		{"new empty pages for ever", func(search) answer { fresh++; return answer{cookie: fmt.Sprint(fresh)} }, connectors.Corrupt, "lead nowhere"},
		{"paging ignored", onPage(0, answer{entries: people(0, 2), unpaged: true}), connectors.Corrupt, "ignores the request for pages"},
		{"paging ignored on the last page", onPage(2, answer{entries: people(4, 6), unpaged: true}), connectors.Corrupt, "ignores the request for pages"},
		{"size limit", onPage(1, answer{entries: people(2, 3), code: 4}), connectors.Rejected, "size limit exceeded"},
		{"administrative limit", onPage(1, answer{entries: people(2, 3), code: 11}), connectors.Rejected, "nsLookThroughLimit"},
		{"time limit", onPage(1, answer{entries: people(2, 3), code: 3}), connectors.Transient, "time limit exceeded"},
		{"busy", onPage(1, answer{code: 51}), connectors.Transient, "busy"},
		{"insufficient rights", onPage(1, answer{code: 50}), connectors.Denied, "permission"},
		{"a result nobody knows", onPage(1, answer{code: 4711}), connectors.Transient, "unknown result"},
		{"referral as the result", onPage(1, answer{code: 10}), connectors.Rejected, "another server"},
		{"referral among the entries", onPage(1, answer{entries: people(2, 6), refs: []string{"ldap://127.0.0.1:1/dc=example"}}), connectors.Rejected, "referrals are not followed"},
		{"nobody", func(search) answer { return answer{} }, connectors.Rejected, "not one person"},
		{"entries the count does not see", hidden, connectors.Transient, "6 stated, 5 counted"},
		{"entries the listing does not state", short, connectors.Transient, "5 stated, 6 counted"},
		{"one ID for two people", func(search) answer {
			twin := person(0)
			twin.dn = "uid=twin," + peopleBase
			return answer{entries: append(people(0, 2), twin)}
		}, connectors.Corrupt, "same ID twice"},
		{"names that differ in case", func(search) answer {
			twin := person(7)
			twin.dn = strings.ToUpper(person(0).dn)
			return answer{entries: append(people(0, 2), twin)}
		}, connectors.Corrupt, "same distinguished name"},
		{"a name that is none", func(search) answer { return answer{entries: []entry{{dn: "nonsense"}}} }, connectors.Corrupt, "malformed distinguished name"},
		{"two IDs for one person", func(search) answer {
			two := person(1)
			two.attributes["entryUUID"] = []string{"a", "b"}
			return answer{entries: append(people(0, 1), two)}
		}, connectors.Rejected, "has 2 values of entryUUID"},
		{"an ID without an end", func(search) answer {
			long := person(1)
			long.attributes["entryUUID"] = []string{strings.Repeat("a", 1025)}
			return answer{entries: append(people(0, 1), long)}
		}, connectors.Rejected, "longer than 1024 bytes. That is no ID: set attributes.id"},
		{"somebody without an ID", func(search) answer {
			return answer{entries: append(people(0, 1), entry{dn: "uid=none," + peopleBase})}
		}, connectors.Rejected, "has 0 values of entryUUID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := plainConfig(respond(t, tt.answer).url)
			if strings.Contains(tt.says, "300ms") {
				cfg.Timeout = 300 * time.Millisecond
			}
			c, _ := open(t, cfg)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
			if strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), "pass\"") {
				t.Errorf("error %q holds an address or a password", err)
			}
		})
	}
}

func TestReadLiesAboutGroups(t *testing.T) {
	tests := []struct {
		name  string
		group map[string][]string
		class connectors.Class
		says  string
	}{
		{"a range of members", map[string][]string{"member": nil, "member;range=0-1": {person(0).dn, person(1).dn}}, connectors.Rejected, "options"},
		{"a range of unique members", map[string][]string{"uniqueMember;range=0-1": {person(0).dn}}, connectors.Rejected, "options"},
		{"a range of uids", map[string][]string{"MEMBERUID;range=0-1": {"u0"}}, connectors.Rejected, "options"},
		{"members by search", map[string][]string{"memberURL": {"ldap:///dc=example??sub?(sn=a)"}}, connectors.Rejected, "memberURL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := plainConfig(respond(t, func(s search) answer {
				if s.base == groupsBase {
					return answer{entries: team(tt.group)}
				}
				return answer{entries: people(0, 3)}
			}).url)
			cfg.Groups.Base = groupsBase
			c, _ := open(t, cfg)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
		})
	}
}

// TestGroupsThatAreCountedAndNotListed has a server that counts a group and shows none with
// members.
func TestGroupsThatAreCountedAndNotListed(t *testing.T) {
	cfg := plainConfig(respond(t, func(s search) answer {
		switch {
		case s.base != groupsBase:
			return answer{entries: people(0, 3)}
		case s.groups:
			return answer{}
		}
		return answer{entries: team(nil)}
	}).url)
	cfg.Groups.Base = groupsBase
	c, _ := open(t, cfg)
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Transient)
}

// TestIDAttributeMustNotChange has a server show another ID attribute on the
// second reading, as one does where the operator adds entryUUID to old entries.
func TestIDAttributeMustNotChange(t *testing.T) {
	name := "entryUUID"
	r := respond(t, func(search) answer {
		e := person(0)
		e.attributes[name] = []string{"id-0"}
		return answer{entries: []entry{e}}
	})
	c, _ := open(t, plainConfig(r.url))
	connectortest.MustRead(t, c)
	name = "nsUniqueId"
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Rejected, "was entryUUID and is now nsUniqueId")
	_, err = c.Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: "id-9"})
	connectortest.WantError(t, err, connectors.Rejected)
}

// TestIdentityOfAReading has the next reading made by another Connector, as every
// pass has one of its own: the proof says which attribute the IDs were taken from.
func TestIdentityOfAReading(t *testing.T) {
	tests := []struct{ name, id, shows, want string }{
		{"found", "auto", "entryUUID", "entryuuid"},
		{"another one found", "auto", "ipaUniqueID", "ipauniqueid"},
		{"named", "ENTRYuuid", "entryUUID", "entryuuid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := plainConfig(respond(t, func(search) answer {
				e := person(0)
				e.attributes[tt.shows] = []string{"id-0"}
				return answer{entries: []entry{e}}
			}).url)
			cfg.Attributes.ID = tt.id
			c, _ := open(t, cfg)
			if _, complete := connectortest.MustRead(t, c); complete.Evidence().Identity != tt.want {
				t.Errorf("the IDs are said to be %q, want %q", complete.Evidence().Identity, tt.want)
			}
		})
	}
}

// TestStartTLSIsNotStripped has the server refuse StartTLS, as a man in the middle
// would make it do.
func TestStartTLSIsNotStripped(t *testing.T) {
	for name, code := range map[string]int{"refused": 2, "unavailable": 52, "granted without a handshake": 0} {
		t.Run(name, func(t *testing.T) {
			r := respond(t, func(search) answer { return answer{entries: people(0, 1)} })
			r.tls = code
			cfg := plainConfig(r.url)
			cfg.StartTLS, cfg.Timeout = true, 300*time.Millisecond
			c, _ := open(t, cfg)
			_, _, err := connectortest.Read(t, c)
			if code == 0 {
				connectortest.WantError(t, err, connectors.Transient) // somebody who cannot shake hands may learn to
			} else {
				connectortest.WantError(t, err, connectors.Rejected)
			}
			if !r.saw("starttls") || r.saw("bind") || r.saw("search") {
				t.Errorf("the server saw %v, want nothing after starttls", r.requests)
			}
		})
	}
}

// TestBaseMustBeReadable has the server hide the base entry with result code
// success, before the people are read and after.
func TestBaseMustBeReadable(t *testing.T) {
	for nth, users := range map[int]int{1: 0, 2: 3} {
		r := respond(t, func(search) answer { return answer{entries: people(0, 3)} })
		r.hidden = func(n int) bool { return n == nth }
		c, _ := open(t, plainConfig(r.url))
		s, _, err := connectortest.Read(t, c)
		connectortest.WantError(t, err, connectors.Rejected)
		if len(s.Users) != users {
			t.Errorf("hidden in search %d: %d users were stated, want %d", nth, len(s.Users), users)
		}
	}
}

// TestSlowSinkIsNotTheServersFault has the consumer of a page take longer than a
// request may.
func TestSlowSinkIsNotTheServersFault(t *testing.T) {
	cfg := plainConfig(respond(t, pages).url)
	cfg.Timeout = 200 * time.Millisecond
	c, _ := open(t, cfg)
	sink := &connectortest.Collect{}
	sink.OnUser = func(connectors.User) {
		if len(sink.Users) == 2 {
			<-time.After(2 * cfg.Timeout)
		}
	}
	if _, err := connectortest.ReadInto(t, c, sink); err != nil {
		t.Error(err)
	}
}

func TestDeadlineOfTheContext(t *testing.T) {
	r := respond(t, onPage(1, answer{silent: true}))
	c, _ := open(t, plainConfig(r.url))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	complete, err := c.Read(ctx, connectors.NewReading("corp", &connectortest.Collect{}))
	if !errors.Is(err, context.DeadlineExceeded) || complete.Valid() {
		t.Errorf("error %v, valid %t", err, complete.Valid())
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("took %s after the context ended", took)
	}
}

func TestBindIsJudgedByItsCode(t *testing.T) {
	tests := map[int]connectors.Class{
		goldap.LDAPResultInvalidCredentials:      connectors.Denied,
		goldap.LDAPResultConfidentialityRequired: connectors.Rejected,
		goldap.LDAPResultUnavailable:             connectors.Transient,
		goldap.LDAPResultInvalidDNSyntax:         connectors.Rejected,
	}
	for code, class := range tests {
		r := respond(t, func(search) answer { return answer{} })
		r.bind = code
		c, seen := open(t, plainConfig(r.url))
		_, _, err := connectortest.Read(t, c)
		connectortest.WantError(t, err, class)
		if r.saw("search") {
			t.Errorf("code %d: searched after a refused bind", code)
		}
		if seen.Count("ldap-success") != 0 {
			t.Errorf("code %d: observed as success", code)
		}
	}
}

func TestMissingPasswordIsNotAnonymous(t *testing.T) {
	r := respond(t, func(search) answer { return answer{entries: people(0, 1)} })
	cfg := plainConfig(r.url)
	cfg.Bind.Password = connectortest.SecretOf("")
	c, _ := open(t, cfg)
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Denied)
	if len(r.requests) > 0 {
		t.Errorf("the server saw %v", r.requests)
	}
	cfg.Bind = ldap.Bind{}
	anonymous, _ := open(t, cfg)
	connectortest.MustRead(t, anonymous)
	if r.saw("bind") {
		t.Error("an anonymous reading has bound")
	}
}
