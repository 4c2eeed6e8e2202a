package ldap

import (
	"context"
	"errors"
	"sync"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// probeEvery is how often a connection on which nothing is said is tried: a peer that
// vanished says nothing either.
const probeEvery = 30 * time.Second

// Persist calls changed for every change in what the queries find, from the cookies on,
// until ctx ends or the connection does (RFC 4533 section 3.4). It always returns an
// error.
func (c *Conn) Persist(ctx context.Context, qs []Query, cookies [][]byte, changed func()) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for i, q := range qs {
		response := c.ldap.Syncrepl(ctx, c.syncRequest(q), 0, goldap.SyncRequestModeRefreshAndPersist, cookies[i], false)
		wg.Go(func() { cancel(c.listen(ctx, q, response, changed)) })
	}
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			if err := c.Exists(ctx, qs[0].Base); err != nil {
				return err
			}
		}
	}
}

// self reports whether an entry is the one that writersync binds as. A server may note
// there when it last did, and to ask what changed must not be a change.
func (c *Conn) self(dn string) bool {
	own, err := ParseName(c.server.Bind.DN)
	if err != nil {
		return false
	}
	name, err := ParseName(dn)
	return err == nil && name.String() == own.String()
}

// listen rings for each message about an entry, and returns why there are no more.
func (c *Conn) listen(ctx context.Context, q Query, response goldap.Response, changed func()) error {
	for response.Next() {
		if e := response.Entry(); e != nil {
			if !c.self(e.DN) {
				changed()
			}
			continue
		}
		for _, control := range response.Controls() {
			if info, ok := control.(*goldap.ControlSyncInfo); ok && info.SyncIdSet != nil {
				changed()
			}
		}
	}
	op := "watch the entries below " + q.Base
	err := response.Err()
	if err == nil { // the library ends in silence when the connection does
		err = goldap.NewError(goldap.ErrorNetwork, errors.New("the answer ended"))
	}
	var answer *goldap.Error
	if ctx.Err() == nil && c.wire.broken() == nil && errors.As(err, &answer) && answer.ResultCode == goldap.ErrorNetwork {
		return &connectors.Error{Class: connectors.Transient, Op: op, Err: errors.New("the server ended it")}
	}
	return c.failure(ctx, op, err)
}
