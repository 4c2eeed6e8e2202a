package writer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// userSchema is the schema of every account that is sent (RFC 7643, section 4.1).
const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User"

// FindUser implements apply.Reader. It asks by userName, then by address, and
// looks through the whole listing if a filter is not understood or its answer has
// only others: some servers ignore filters or compare them with exact case.
func (c *Client) FindUser(ctx context.Context, mail string) (plan.Account, error) {
	for _, filter := range []string{equals("userName", mail), equals("emails.value", mail), ""} {
		found, err := c.matching(ctx, filter, mail)
		switch class := connectors.ClassOf(err); {
		case err != nil && filter != "" && (class == connectors.Rejected || class == connectors.NotFound):
			continue // the filter is not understood
		case err != nil:
			return plan.Account{}, err
		case len(found) > 1:
			return plan.Account{}, &connectors.Error{Class: connectors.Conflict, Op: "find account", Err: fmt.Errorf("%d accounts have that e-mail", len(found))}
		case len(found) == 1:
			return found[0], nil
		}
	}
	return plan.Account{}, &connectors.Error{Class: connectors.NotFound, Op: "find account", Err: fmt.Errorf("no account has that e-mail")}
}

// matching lists by filter and keeps what really has the e-mail.
func (c *Client) matching(ctx context.Context, filter, mail string) ([]plan.Account, error) {
	var out []plan.Account
	seen := map[string]bool{}
	_, err := c.list(ctx, "Users", filter, func(raw json.RawMessage) (string, error) {
		u, err := decodeAs[user]("find account", answer{status: http.StatusOK, body: raw})
		if err == nil && u.is(mail) && !seen[string(u.ID)] {
			out = append(out, c.account(u))
		}
		seen[string(u.ID)] = true
		return string(u.ID), err
	})
	return out, err
}

// equals returns the one form of filter that every server takes: one attribute,
// one space on each side, the value as a JSON string.
func equals(attribute, value string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
	return fmt.Sprintf(`%s eq "%s"`, attribute, quoted)
}

// ReadUser implements apply.Reader.
func (c *Client) ReadUser(ctx context.Context, id plan.RemoteID) (plan.Account, error) {
	u, err := c.readUser(ctx, id)
	if err != nil {
		return plan.Account{}, err
	}
	return c.account(u), nil
}

func (c *Client) readUser(ctx context.Context, id plan.RemoteID) (user, error) {
	in := call{op: "read account", method: http.MethodGet, path: idPath("Users", string(id))}
	a, err := c.do(ctx, in)
	if err != nil {
		return user{}, err
	}
	if a.status == http.StatusNotFound {
		return user{}, &connectors.Error{Class: connectors.NotFound, Op: in.op, Err: fmt.Errorf("Writer has no account %s", id)} //nolint:staticcheck // a name
	}
	if err := failure(in, a); err != nil {
		return user{}, err
	}
	u, err := decodeAs[user](in.op, a)
	if err == nil && u.ID != text(id) {
		err = &connectors.Error{Class: connectors.Corrupt, Op: in.op, Err: fmt.Errorf("the answer is about another account")}
	}
	return u, err
}

// CreateUser implements apply.Target. An answer that is about an account which was
// there before is a conflict: whether to adopt it is for a plan to decide.
func (c *Client) CreateUser(ctx context.Context, u apply.NewUser) (plan.Account, error) {
	mail := connectors.CanonicalEmail(u.Attributes[plan.UserName])
	in := call{op: "create account", method: http.MethodPost, path: "/Users", body: newUser(u)}
	a, err := c.do(ctx, in)
	if err != nil {
		return plan.Account{}, err
	}
	if err := failure(in, a); err != nil {
		if lean, less := withoutOptional(u); a.status == http.StatusBadRequest && less {
			if made, lerr := c.CreateUser(ctx, lean); lerr == nil || connectors.ClassOf(lerr) == connectors.Unknown {
				return made, lerr
			}
		}
		return c.afterFailedCreate(ctx, u, a.status, err)
	}
	var made user
	if looksLikeSCIM(a.body) {
		if made, err = decodeAs[user](in.op, a); err != nil {
			return plan.Account{}, unknown(in.op, err)
		}
	}
	if made.ID == "" {
		return c.lookForMade(ctx, u, a.status)
	}
	switch foreign := made.ExternalID != "" && string(made.ExternalID) != u.ExternalID; {
	case !made.is(mail):
		return plan.Account{}, unknown(in.op, fmt.Errorf("Writer's answer is about another account")) //nolint:staticcheck // a name
	case foreign, a.status == http.StatusOK && made.ExternalID == "":
		return plan.Account{}, &connectors.Error{Class: connectors.Conflict, Op: in.op, Err: fmt.Errorf("an account with that e-mail was there before")}
	}
	return c.account(made), nil
}

// lookForMade finds the account that an answer without a body says was made. If it
// does not show yet, or names nobody, nothing is known, as after a lost answer.
func (c *Client) lookForMade(ctx context.Context, u apply.NewUser, status int) (plan.Account, error) {
	const op = "create account"
	found, err := c.FindUser(context.WithoutCancel(ctx), connectors.CanonicalEmail(u.Attributes[plan.UserName]))
	switch {
	case err == nil && u.ExternalID != "" && found.ExternalID == u.ExternalID:
		return found, nil
	case err == nil:
		err = errors.New("the one with that e-mail does not name the person")
	}
	return plan.Account{}, unknown(op, fmt.Errorf("Writer's answer (%d) shows no account: %w", status, err)) //nolint:staticcheck // a name
}

// withoutOptional returns u without what people can be recognised without, and
// whether that is less.
func withoutOptional(u apply.NewUser) (lean apply.NewUser, less bool) {
	lean = apply.NewUser{ExternalID: u.ExternalID, Attributes: maps.Clone(u.Attributes)}
	maps.DeleteFunc(lean.Attributes, func(a connectors.Attribute, _ string) bool { return plan.Optional(a) })
	return lean, len(lean.Attributes) < len(u.Attributes)
}

// afterFailedCreate looks whether an account is behind a refusal: some servers say
// 400 or 500 where they mean 409, and some do what they say has failed.
func (c *Client) afterFailedCreate(ctx context.Context, u apply.NewUser, status int, failed error) (plan.Account, error) {
	if status != http.StatusBadRequest && status < 500 {
		return plan.Account{}, failed
	}
	found, err := c.FindUser(ctx, connectors.CanonicalEmail(u.Attributes[plan.UserName]))
	switch {
	case err != nil:
		return plan.Account{}, failed
	case found.ExternalID == u.ExternalID && u.ExternalID != "" && status >= 500:
		return found, nil
	}
	return plan.Account{}, &connectors.Error{Class: connectors.Conflict, Op: "create account", Err: failed}
}

func unknown(op string, err error) error {
	return &connectors.Error{Class: connectors.Unknown, Op: op, Err: err}
}

// newUser is the body of a create: an allow-list, so that nothing Writer does not
// support can slip in.
func newUser(u apply.NewUser) map[string]any {
	body := map[string]any{"schemas": []string{userSchema}, "active": true}
	if u.ExternalID != "" {
		body["externalId"] = u.ExternalID
	}
	for attribute, value := range u.Attributes {
		if attribute == plan.UserName {
			mail := connectors.CanonicalEmail(value)
			body["userName"], body["emails"] = mail, addresses(mail)
			continue
		}
		if _, known := connectors.AttributeNamed(attribute.Word()); known {
			setAttributeIn(body, attribute, value)
		}
	}
	return body
}

// addresses is the one e-mail that an account has.
func addresses(mail string) []map[string]any {
	return []map[string]any{{"value": mail, "type": "work", "primary": true}}
}

// DeleteUser implements apply.Target.
func (c *Client) DeleteUser(ctx context.Context, id plan.RemoteID) error {
	in := call{op: "delete account", method: http.MethodDelete, path: idPath("Users", string(id))}
	a, err := c.do(ctx, in)
	if err != nil || a.status == http.StatusNotFound || a.status == http.StatusGone {
		return err
	}
	return failure(in, a)
}
