package ldap_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

// openLDAP is what an OpenLDAP with syncprov says about itself.
func openLDAP() answer {
	return answer{entries: []entry{{attributes: map[string][]string{
		"objectClass": {"top", "OpenLDAProotDSE"}, "supportedControl": {goldap.ControlTypeSyncRequest},
	}}}}
}

// follower starts a server that says that about itself, and answers with refresh to who
// asks for a cookie.
func follower(t *testing.T, root, refresh answer) *responder {
	t.Helper()
	r := respond(t, func(s search) answer {
		switch s.sync {
		case goldap.SyncRequestModeRefreshOnly:
			return refresh
		case goldap.SyncRequestModeRefreshAndPersist:
			return answer{silent: true}
		}
		return answer{entries: since(s.filter, []entry{at(person(0), time.Now().Add(-time.Hour), "1")})}
	})
	r.root = &root
	return r
}

// followed are servers that can and cannot tell of changes, and some that only cannot say
// now whether they can.
var followed = []struct {
	name          string
	root, refresh answer
	watch         string // follows, polls, or ends
	reason        string // part of why it polls or ends
}{
	{name: "an OpenLDAP with syncprov", root: openLDAP(), refresh: answer{synced: "c1"}, watch: "follows"},
	{name: "no OpenLDAP", root: answer{entries: []entry{{}}}, watch: "polls", reason: "no OpenLDAP with the overlay syncprov"},
	{name: "no root entry", root: answer{code: goldap.LDAPResultNoSuchObject}, watch: "polls", reason: "no such entry"},
	{name: "a root entry that is not shown", root: answer{}, watch: "polls", reason: "shows nothing"},
	{name: "a root entry for others", root: answer{code: goldap.LDAPResultInsufficientAccessRights}, watch: "polls", reason: "insufficient access"},
	{name: "no word about itself", root: answer{code: goldap.LDAPResultUnwillingToPerform}, watch: "polls", reason: "unwilling to perform"},
	{name: "a database without syncprov", root: openLDAP(), refresh: answer{code: goldap.LDAPResultUnavailableCriticalExtension}, watch: "polls", reason: "unavailable critical extension"},
	{name: "a database that gives no cookie", root: openLDAP(), refresh: answer{synced: noCookie}, watch: "polls", reason: "no cookie"},
	{name: "busy", root: answer{code: goldap.LDAPResultBusy}, watch: "ends", reason: "busy"},
	{name: "about to stop", root: answer{code: goldap.LDAPResultUnavailable}, watch: "ends", reason: "unavailable"},
	{name: "busy with cookies", root: openLDAP(), refresh: answer{code: goldap.LDAPResultBusy}, watch: "ends", reason: "busy"},
	{name: "out of time", root: openLDAP(), refresh: answer{code: goldap.LDAPResultTimeLimitExceeded}, watch: "ends", reason: "Index entryUUID"},
}

// TestWatchKnowsWhomItPolls: only a server that will not tell of changes the next time
// either is polled, and the log says why.
func TestWatchKnowsWhomItPolls(t *testing.T) {
	for _, tt := range followed {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			env := connectortest.Env(&connectortest.Requests{})
			env.Log = slog.New(slog.NewTextHandler(&log, nil)) // from info on
			c := openIn(t, plainConfig(follower(t, tt.root, tt.refresh).url), env)
			ctx, cancel := context.WithCancel(t.Context())
			rang := false
			err := c.Watch(ctx, func() { rang = true; cancel() })
			cancel()
			if want := tt.watch != "ends"; rang != want {
				t.Errorf("it watches: %t, want %t: %v", rang, want, err)
			}
			if polls := strings.Contains(log.String(), "level=INFO"); polls != (tt.watch == "polls") || polls && !strings.Contains(log.String(), tt.reason) {
				t.Errorf("the log is %q, want that it %s: %q", &log, tt.watch, tt.reason)
			}
			if tt.watch == "ends" && (connectors.ClassOf(err) != connectors.Transient || !strings.Contains(err.Error(), tt.reason)) {
				t.Errorf("it ends with %v, want a transient error with %q", err, tt.reason)
			}
		})
	}
}

// TestReadWhatCannotBeFollowed: a whole reading needs no cursor. It is of cookies or of
// a time as a watch would go on from, and there is none where the server cannot say.
func TestReadWhatCannotBeFollowed(t *testing.T) {
	for _, tt := range followed {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := open(t, plainConfig(follower(t, tt.root, tt.refresh).url))
			_, complete := connectortest.MustRead(t, c)
			cursor := string(complete.Evidence().Cursor)
			if part := map[string]string{"follows": "users", "polls": "since"}[tt.watch]; !strings.Contains(cursor, part) || (cursor == "") != (part == "") {
				t.Errorf("the cursor is %q, want one of %q", cursor, part)
			}
		})
	}
}

// TestReadUnwatched: a source whose changes nobody follows is not asked for what only
// following needs, and nothing is kept for it.
func TestReadUnwatched(t *testing.T) {
	url := follower(t, openLDAP(), answer{synced: "c1"}).url
	c, seen := open(t, plainConfig(url))
	connectortest.MustRead(t, c)
	followed := seen.Reset()
	quiet := openIn(t, plainConfig(url), unwatched(seen))
	_, complete := connectortest.MustRead(t, quiet)
	if n := seen.Total(); n != followed-2 {
		t.Errorf("%d requests, want two fewer than the %d of a source that is watched", n, followed)
	}
	if cursor := complete.Evidence().Cursor; cursor != "" {
		t.Errorf("there is a cursor: %s", cursor)
	}
	if quiet.Keeps() || !c.Keeps() {
		t.Errorf("names are kept without a watch: %t, with one: %t", quiet.Keeps(), c.Keeps())
	}
}
