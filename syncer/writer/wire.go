package writer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// text is a JSON string, or a number or boolean taken as one: some servers send
// ids and statuses unquoted.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*t = ""
		return nil
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(t))
	case len(data) > 0 && (data[0] == '{' || data[0] == '['):
		return fmt.Errorf("a string was expected")
	}
	*t = text(data)
	return nil
}

// truth is a JSON boolean, or the strings "true" and "false" in any case.
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(data []byte) error {
	switch strings.ToLower(strings.Trim(string(bytes.TrimSpace(data)), `"`)) {
	case "true":
		*t = true
	case "false":
		*t = false
	default:
		return fmt.Errorf("a boolean was expected")
	}
	return nil
}

// user is an account on the wire (RFC 7643, section 4.1).
type user struct {
	ID         text    `json:"id"`
	ExternalID text    `json:"externalId"`
	UserName   text    `json:"userName"`
	Name       *name   `json:"name"`
	Display    text    `json:"displayName"`
	Title      text    `json:"title"`
	Emails     []email `json:"emails"`
	Phones     []phone `json:"phoneNumbers"`
	Locale     text    `json:"locale"`
	Language   text    `json:"preferredLanguage"`
	Active     *truth  `json:"active"`

	Enterprise *enterprise `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`

	// Writer's own extension, which its guides spell in two ways.
	Own     map[string]json.RawMessage `json:"urn:custom:params:scim:schemas:extension:writer:2.0:User"`
	OwnBare map[string]json.RawMessage `json:"urn:custom:params:scim:schemas:extension:writer:2.0"`
}

type name struct {
	Given  text `json:"givenName"`
	Middle text `json:"middleName"`
	Family text `json:"familyName"`
	Prefix text `json:"honorificPrefix"`
	Suffix text `json:"honorificSuffix"`
}

type email struct {
	Value   text   `json:"value"`
	Primary *truth `json:"primary"`
}

// account returns u in the words of a plan, with the role if it is asked for.
func (c *Client) account(u user) plan.Account {
	a := u.account()
	_, name, ok := extended(c.role)
	for _, own := range []map[string]json.RawMessage{u.Own, u.OwnBare} {
		var role text
		if raw := own[name]; ok && raw != nil && json.Unmarshal(raw, &role) == nil {
			setAttribute(a, c.role, role)
		}
	}
	return a
}

// account returns u in the words of a plan. An account without `active` is active:
// the attribute is optional.
func (u user) account() plan.Account {
	a := plan.Account{
		ID: plan.RemoteID(u.ID), UserName: string(u.UserName), ExternalID: string(u.ExternalID), Active: u.Active == nil || bool(*u.Active),
		Attributes: map[connectors.Attribute]string{},
	}
	if u.Name != nil {
		setAttribute(a, connectors.GivenName, u.Name.Given)
		setAttribute(a, connectors.MiddleName, u.Name.Middle)
		setAttribute(a, connectors.FamilyName, u.Name.Family)
		setAttribute(a, connectors.HonorificPrefix, u.Name.Prefix)
		setAttribute(a, connectors.HonorificSuffix, u.Name.Suffix)
	}
	setAttribute(a, connectors.DisplayName, u.Display)
	setAttribute(a, connectors.Title, u.Title)
	setAttribute(a, connectors.Phone, workPhone(u.Phones))
	setAttribute(a, connectors.Locale, u.Locale)
	setAttribute(a, connectors.PreferredLanguage, u.Language)
	u.Enterprise.into(a)
	return a
}

func setAttribute(a plan.Account, name connectors.Attribute, value text) {
	if value != "" {
		a.Attributes[name] = string(value)
	}
}

// is reports whether u has that canonical e-mail, as userName or as an address.
func (u user) is(mail string) bool {
	if connectors.CanonicalEmail(string(u.UserName)) == mail {
		return true
	}
	for _, e := range u.Emails {
		if connectors.CanonicalEmail(string(e.Value)) == mail {
			return true
		}
	}
	return false
}

// group is a team on the wire (RFC 7643, section 4.2). Members is nil if the
// answer has none, which is not the same as an empty list.
type group struct {
	ID      text      `json:"id"`
	Display text      `json:"displayName"`
	Members *[]member `json:"members"`
}

type member struct {
	Value text `json:"value"`
}

func (g group) team() plan.ListedTeam {
	t := plan.ListedTeam{ID: plan.RemoteID(g.ID), Name: string(g.Display), Whole: g.Members != nil}
	if g.Members != nil {
		for _, m := range *g.Members {
			t.Members = append(t.Members, plan.RemoteID(m.Value))
		}
	}
	return t
}

// page is one page of a listing (RFC 7644, section 3.4.2; RFC 9865 for cursors).
type page struct {
	Total      *text             `json:"totalResults"`
	Resources  []json.RawMessage `json:"Resources"`
	NextCursor text              `json:"nextCursor"`
}

// total returns the server's count, or -1 if it gives none that can be read.
func (p page) total() int {
	if p.Total == nil {
		return -1
	}
	n, err := strconv.ParseFloat(string(*p.Total), 64)
	if err != nil || n < 0 || n > 1e9 {
		return -1
	}
	return int(n)
}

// looksLikeSCIM reports whether a body can be SCIM at all: a login page or a
// proxy's message cannot.
func looksLikeSCIM(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && body[0] == '{' && json.Valid(body)
}

// decodeAs decodes a body that must be there.
func decodeAs[T any](op string, a answer) (T, error) {
	var v T
	if !looksLikeSCIM(a.body) {
		return v, notSCIM(op, a)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		return v, &connectors.Error{Class: connectors.Corrupt, Op: op, Err: fmt.Errorf("the answer is not what SCIM promises: %w", shape(err))}
	}
	return v, nil
}

// shape returns err without any value of the body in it.
func shape(err error) error {
	if t, ok := err.(*json.UnmarshalTypeError); ok { //nolint:errorlint // json returns it bare
		return fmt.Errorf("%s has the wrong type", t.Field)
	}
	return fmt.Errorf("a value has the wrong type")
}
