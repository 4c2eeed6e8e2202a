package ldap

import (
	"context"
	"errors"
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// maxRefresh is how many changed entries one refresh may bring; beyond that a whole
// reading, which comes in pages, is the better one.
const maxRefresh = 5000

// A Refresh is what a directory says has changed since a cookie (RFC 4533 section 3.3).
type Refresh struct {
	Cookie  []byte          // to go on from
	Changed []*goldap.Entry // made or changed, with the attributes that were asked for
	Gone    []string        // entryUUIDs of those that no longer match: deleted, or moved away
	// Present are the entryUUIDs of those that did not change, where the directory told
	// these instead of who is gone; nil where it did not.
	Present map[string]bool
}

// Refresh asks what has changed in what q finds since the cookie. It cannot be had in
// pages: what is too much, and a cookie that the directory no longer knows, is
// connectors.ErrCursorLost. The class of the error says whether the directory would refuse
// it again; see lasting.
func (c *Conn) Refresh(ctx context.Context, q Query, cookie []byte) (*Refresh, error) {
	op := "ask what changed below " + q.Base
	out := &Refresh{Cookie: cookie}
	var raw, lost error
	err := c.exchange(ctx, op, func() error {
		within, cancel := context.WithCancel(ctx)
		defer cancel() // the library's goroutine ends with it, if it has not
		response := c.ldap.Syncrepl(within, c.syncRequest(q), 0, goldap.SyncRequestModeRefreshOnly, cookie, false)
		lost, raw = out.takeAll(response)
		return raw
	})
	var answer *goldap.Error
	switch {
	case lost != nil:
		return nil, fmt.Errorf("%w: %w", rejected(op, lost, ""), connectors.ErrCursorLost)
	case errors.As(raw, &answer) && syncLost(answer.ResultCode):
		refused := &connectors.Error{Class: verdictOf(answer.ResultCode).class, Op: op, Err: resultText(raw)}
		return nil, fmt.Errorf("%w: %w", refused, connectors.ErrCursorLost)
	}
	return out, err
}

// syncRequest is the search that a sync control goes with.
func (c *Conn) syncRequest(q Query) *goldap.SearchRequest {
	return goldap.NewSearchRequest(q.Base, goScope(q.Scope), goldap.NeverDerefAliases, 0, 0, false, q.Filter.String(), q.Attributes, nil)
}

// syncLost reports whether a result code says that the cookie is of no more use, or
// that there is too much to tell.
func syncLost(code uint16) bool {
	switch code {
	case goldap.LDAPResultSyncRefreshRequired, goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded,
		goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultUnwillingToPerform, goldap.LDAPResultProtocolError, goldap.LDAPResultUnavailableCriticalExtension:
		return true
	}
	return false
}

// takeAll takes in all messages of the directory. It reports what makes a whole reading
// the better way, or an error of the answer.
func (r *Refresh) takeAll(response goldap.Response) (lost, err error) {
	done := false
	for response.Next() {
		ended, lost := r.take(response)
		if lost != nil {
			return lost, nil
		}
		done = done || ended
	}
	if response.Err() == nil && !done { // the library ends in silence when the connection does
		return nil, goldap.NewError(goldap.ErrorNetwork, errors.New("the answer has no end"))
	}
	return nil, response.Err()
}

// take takes in one message, and reports whether it was the last.
func (r *Refresh) take(m goldap.Response) (done bool, lost error) {
	if m.Referral() != "" {
		return false, errors.New("a part of it is on another server")
	}
	if e := m.Entry(); e != nil {
		return false, r.entry(e, m.Controls())
	}
	for _, control := range m.Controls() {
		switch c := control.(type) {
		case *goldap.ControlSyncInfo:
			r.info(c)
		case *goldap.ControlSyncDone:
			if len(c.Cookie) > 0 { // none: nothing changed, and the old one holds
				r.Cookie = c.Cookie
			}
			done = true
		}
	}
	return done, nil
}

func (r *Refresh) entry(e *goldap.Entry, controls []goldap.Control) error {
	state, ok := goldap.FindControl(controls, goldap.ControlTypeSyncState).(*goldap.ControlSyncState)
	if !ok {
		return errors.New("an entry came without its state")
	}
	id := state.EntryUUID.String()
	switch state.State {
	case goldap.SyncStateAdd, goldap.SyncStateModify:
		r.Changed = append(r.Changed, e)
	case goldap.SyncStateDelete:
		r.Gone = append(r.Gone, id)
	case goldap.SyncStatePresent:
		r.present(id)
	}
	if len(r.Changed) > maxRefresh {
		return fmt.Errorf("more than %d entries changed", maxRefresh)
	}
	return nil
}

// info takes in what comes without an entry. That a refresh is done says nothing here:
// what ends it is the result.
func (r *Refresh) info(c *goldap.ControlSyncInfo) {
	if c.RefreshPresent != nil {
		r.present()
	}
	if c.SyncIdSet == nil {
		return
	}
	for _, id := range c.SyncIdSet.SyncUUIDs {
		if c.SyncIdSet.RefreshDeletes {
			r.Gone = append(r.Gone, id.String())
		} else {
			r.present(id.String())
		}
	}
}

func (r *Refresh) present(ids ...string) {
	if r.Present == nil {
		r.Present = map[string]bool{}
	}
	for _, id := range ids {
		r.Present[id] = true
	}
}
