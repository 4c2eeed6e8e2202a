package writer

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// operation is one step of a PATCH (RFC 7644, section 3.5.2).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitempty"`
}

func patchBody(ops []operation) map[string]any {
	return map[string]any{"schemas": []string{patchSchema}, "Operations": ops}
}

// UpdateUser implements apply.Target.
func (c *Client) UpdateUser(ctx context.Context, id plan.RemoteID, e apply.UserEdit) (plan.Account, error) {
	const op = "update account"
	a, err := c.change(ctx, id, e)
	if err != nil {
		return plan.Account{}, refusedEmail(e, err)
	}
	u, err := c.stateAfter(ctx, id, a)
	if connectors.ClassOf(err) == connectors.NotFound && e.Active != nil && !*e.Active {
		return plan.Account{ID: id}, nil // some servers remove what is deactivated
	}
	if err != nil {
		return plan.Account{}, unknown(op, err) // it was done, or not: only the read failed
	}
	account := c.account(u)
	if e.Active != nil && account.Active != *e.Active {
		return plan.Account{}, rejected(op, fmt.Sprintf("Writer ignores active: %t", *e.Active),
			"This Writer does not deactivate accounts over SCIM: set `deprovision: delete`, or `none`.")
	}
	for _, change := range e.Changes {
		if !took(account, change) {
			return plan.Account{}, ignored(op, change)
		}
	}
	return account, nil
}

// took reports whether the account shows the change.
func took(a plan.Account, c plan.Change) bool {
	switch c.Attribute {
	case plan.UserName:
		return a.Email() == connectors.CanonicalEmail(c.New)
	case plan.ExternalID:
		return a.ExternalID == c.New
	}
	have := a.Attributes[c.Attribute]
	return have == c.New || (have == "" && plan.Optional(c.Attribute)) // some servers keep no titles
}

func ignored(op string, c plan.Change) error {
	e := &connectors.Error{Class: connectors.Rejected, Op: op, Err: fmt.Errorf("Writer answers with success and keeps the old %s", c.Attribute)} //nolint:staticcheck // a name
	if c.Attribute == plan.UserName {
		e.Err = &apply.RefusedError{Attribute: plan.UserName}
	}
	return e
}

// refusedEmail marks the refusal of a change that renames: without the e-mail the
// rest may go. A conflict is none: the address may come free.
func refusedEmail(e apply.UserEdit, err error) error {
	if connectors.ClassOf(err) != connectors.Rejected {
		return err
	}
	for _, c := range e.Changes {
		if c.Attribute == plan.UserName {
			return &connectors.Error{Class: connectors.Rejected, Op: "update account", Err: fmt.Errorf("%w (%w)", &apply.RefusedError{Attribute: plan.UserName}, err)}
		}
	}
	return err
}

// stateAfter returns the account as Writer has it after a write: what the answer
// shows, or what a read does.
func (c *Client) stateAfter(ctx context.Context, id plan.RemoteID, a answer) (user, error) {
	if looksLikeSCIM(a.body) {
		if u, err := decodeAs[user]("update account", a); err == nil && u.ID == text(id) {
			return u, nil
		}
	}
	// The write is done: its outcome is worth one more request even if ctx ended.
	return c.readUser(context.WithoutCancel(ctx), id)
}

// change sends the edit as a PATCH, or as a PUT where that is what works.
func (c *Client) change(ctx context.Context, id plan.RemoteID, e apply.UserEdit) (answer, error) {
	put, bare := c.mode()
	if put {
		return c.put(ctx, id, e)
	}
	in := call{op: "update account", method: http.MethodPatch, path: idPath("Users", string(id)), body: patchBody(operations(e, bare))}
	a, err := c.do(ctx, in)
	if err != nil {
		return a, err
	}
	switch {
	case c.noPatch(a.status):
		return c.put(ctx, id, e)
	case a.status == http.StatusBadRequest && hasOptional(e):
		return c.withoutOptional(ctx, id, e, in, a)
	case a.status == http.StatusBadRequest && e.Active != nil && !bare:
		// Some servers take `active` only as a value without a path.
		in.body = patchBody(operations(e, true))
		second, err := c.do(ctx, in)
		if err == nil && failure(in, second) == nil {
			c.mu.Lock()
			c.bareActive = true
			c.mu.Unlock()
			return second, nil
		}
	}
	return a, failure(in, a)
}

func hasOptional(e apply.UserEdit) bool {
	return slices.ContainsFunc(e.Changes, func(c plan.Change) bool { return plan.Optional(c.Attribute) })
}

// withoutOptional sends a refused edit once more without what people can be
// recognised without. If that is all it has, or it is refused as well, the first
// refusal stands.
func (c *Client) withoutOptional(ctx context.Context, id plan.RemoteID, e apply.UserEdit, in call, refused answer) (answer, error) {
	e.Changes = slices.DeleteFunc(slices.Clone(e.Changes), func(c plan.Change) bool { return plan.Optional(c.Attribute) })
	if len(e.Changes) == 0 && e.Active == nil {
		return refused, failure(in, refused)
	}
	second, err := c.change(ctx, id, e)
	if err != nil {
		return refused, failure(in, refused)
	}
	return second, nil
}

func (c *Client) mode() (put, bareActive bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usePut, c.bareActive
}

// noPatch reports whether a status says that PATCH is not supported, and
// remembers it.
func (c *Client) noPatch(status int) bool {
	if c.update != Auto || (status != http.StatusMethodNotAllowed && status != http.StatusNotImplemented) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.usePut = true
	return true
}

// operations are the steps of an edit, one an attribute; an e-mail is replaced in
// both places that hold it.
func operations(e apply.UserEdit, bareActive bool) []operation {
	var ops []operation
	for _, c := range e.Changes {
		if c.Attribute != plan.UserName {
			ops = append(ops, attributeOperation(c))
			continue
		}
		mail := connectors.CanonicalEmail(c.New)
		ops = append(ops, operation{"replace", "userName", mail}, operation{"replace", "emails", addresses(mail)})
	}
	switch {
	case e.Active != nil && bareActive:
		ops = append(ops, operation{Op: "replace", Value: map[string]any{"active": *e.Active}})
	case e.Active != nil:
		ops = append(ops, operation{"replace", "active", *e.Active})
	}
	return ops
}

// put reads the account and writes it back whole with the edit in it: a PUT
// without an attribute would clear it, or suspend the account.
func (c *Client) put(ctx context.Context, id plan.RemoteID, e apply.UserEdit) (answer, error) {
	read := call{op: "read account", method: http.MethodGet, path: idPath("Users", string(id))}
	a, err := c.do(ctx, read)
	if err == nil {
		err = failure(read, a)
	}
	if err != nil {
		return a, sure(err)
	}
	body, err := decodeAs[map[string]any](read.op, a)
	if err != nil {
		return a, sure(err)
	}
	maps.DeleteFunc(body, func(key string, _ any) bool { return readOnly(key) })
	if _, ok := body["active"]; !ok {
		body["active"] = true
	}
	for _, change := range e.Changes {
		setPath(body, change)
	}
	if e.Active != nil {
		body["active"] = *e.Active
	}
	in := call{op: "update account", method: http.MethodPut, path: idPath("Users", string(id)), body: body}
	a, err = c.do(ctx, in)
	if err != nil {
		return a, err
	}
	return a, failure(in, a)
}

// sure says of a read before a write that failed: nothing was written.
func sure(err error) error {
	if class := connectors.ClassOf(err); class == connectors.Corrupt || class == connectors.Unknown {
		return &connectors.Error{Class: connectors.Transient, Op: "update account", Err: err}
	}
	return err
}

// readOnly reports whether a server sets the attribute by itself.
func readOnly(key string) bool {
	switch strings.ToLower(key) {
	case "meta", "groups", "password", "roles":
		return true
	}
	return false
}

func setPath(body map[string]any, c plan.Change) {
	if c.Attribute == plan.UserName {
		mail := connectors.CanonicalEmail(c.New)
		body["userName"], body["emails"] = mail, addresses(mail)
		return
	}
	setAttributeIn(body, c.Attribute, c.New)
}
