package okta_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

func TestChanges(t *testing.T) {
	turned(t, 6, 2, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		since := cursor(t, c)
		step := func(what string, users, groups, gone []string) *connectortest.Collect {
			t.Helper()
			got, next := mustChange(t, c, since)
			since = next
			var people, teams []string
			for _, u := range got.Users {
				people = append(people, u.ID)
			}
			for _, g := range got.Groups {
				teams = append(teams, g.ID)
			}
			slices.Sort(got.Deleted)
			for name, pair := range map[string][2][]string{"people": {users, people}, "groups": {groups, teams}, "gone": {gone, got.Deleted}} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", what, name, diff)
				}
			}
			// Within the overlap all of it is stated again.
			time.Sleep(time.Hour) //nolint:forbidigo // of the fake clock
			_, since = mustChange(t, c, since)
			return got
		}
		step("nothing", nil, nil, nil)
		time.Sleep(time.Hour) //nolint:forbidigo // of the fake clock

		u := person(2, org.Now())
		u.Status = "SUSPENDED"
		org.Put(u, person(6, org.Now()))
		got := step("one is suspended, one is new", []string{personID(2), personID(6)}, nil, nil)
		if got.Users[0].Status != connectors.StatusDisabled {
			t.Errorf("the state is %q", got.Users[0].Status)
		}

		g, _ := org.Group(groupID(1))
		g.Members, g.LastMembershipUpdated = append(slices.Clone(g.Members), personID(6), "00uhidden"), org.Now()
		org.PutGroup(g)
		got = step("members join", nil, []string{groupID(1)}, nil)
		if !slices.Equal(got.Groups[0].Members, []string{personID(1), personID(3), personID(5), personID(6), "00uhidden"}) {
			t.Errorf("members %v", got.Groups[0].Members)
		}

		g.Name, g.LastUpdated = "renamed", org.Now()
		org.PutGroup(g)
		if got = step("a group is renamed", nil, []string{groupID(1)}, nil); len(got.Groups[0].Members) != 5 {
			t.Errorf("the renamed group is stated with %d members", len(got.Groups[0].Members))
		}

		org.Delete(personID(0))
		org.Log("user.lifecycle.delete.initiated", "User", personID(0))
		org.Delete(groupID(1))
		org.Log("group.lifecycle.delete", "UserGroup", groupID(1))
		org.Log("user.lifecycle.delete.initiated", "User", personID(4)) // who is still there
		org.Log("user.lifecycle.create", "User", "00unobody")
		got = step("some are gone", nil, []string{groupID(0)}, []string{"group " + groupID(1), "user " + personID(0)})
		if !slices.Equal(got.Groups[0].Members, []string{personID(2), personID(4)}) {
			t.Errorf("members %v", got.Groups[0].Members)
		}
		step("nothing more", nil, nil, nil)
		if whole := mustRead(t, c); len(whole.Users) != 6 || len(whole.Groups) != 1 {
			t.Errorf("%d people and %d groups are left", len(whole.Users), len(whole.Groups))
		}
	})
}

// TestCursorLost asks for a whole reading where changes cannot be told.
func TestCursorLost(t *testing.T) {
	turned(t, 3, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		if _, _, err := connectortest.Changes(t, c, "okta1 2026-01-01T00:00:00Z"); !errors.Is(err, connectors.ErrCursorLost) {
			t.Errorf("without a memory: %v", err)
		}
		since := cursor(t, c)
		mustChange(t, c, since)
		for _, bad := range []connectors.Cursor{"", "okta1 ", "okta1 soon", "ldap 1", "okta1 2999-01-01T00:00:00Z", "okta1 1999-01-01T00:00:00Z"} {
			if _, _, err := connectortest.Changes(t, c, bad); !errors.Is(err, connectors.ErrCursorLost) {
				t.Errorf("cursor %q: %v", bad, err)
			}
		}
		time.Sleep(8 * 24 * time.Hour) //nolint:forbidigo // of the fake clock
		if _, _, err := connectortest.Changes(t, c, since); !errors.Is(err, connectors.ErrCursorLost) {
			t.Errorf("a cursor of last week: %v", err)
		}
		org.Tamper(func(_ *http.Request, a *oktatest.Answer) { a.Header.Del("Date") })
		if _, _, err := connectortest.Changes(t, c, since); !errors.Is(err, connectors.ErrCursorLost) {
			t.Errorf("a server without a clock: %v", err)
		}
	})
}

// TestChangesFail states nobody gone where a question was not answered, and the same
// cursor can be asked from again.
func TestChangesFail(t *testing.T) {
	org := serve(t, 6, 2)
	c := open(t, org, nil)
	since := cursor(t, c)
	org.Delete(personID(0))
	org.Log("user.lifecycle.delete.completed", "User", personID(0))
	for _, path := range []string{"/api/v1/users", "/api/v1/groups", "/api/v1/logs", "/api/v1/users/" + personID(0)} {
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == path {
				a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006"}`)
			}
		})
		kept, delta, err := connectortest.Changes(t, c, since)
		if connectors.ClassOf(err) != connectors.Denied || len(kept.Deleted) > 0 || delta.Valid() {
			t.Errorf("%s is refused: %v, gone %v", path, err, kept.Deleted)
		}
	}
	org.Tamper(nil)
	if got, _ := mustChange(t, c, since); len(got.Deleted) != 1 {
		t.Errorf("gone: %v", got.Deleted)
	}
}

// TestChangesWithoutLog leaves who is gone to a whole reading.
func TestChangesWithoutLog(t *testing.T) {
	org := serve(t, 6, 2)
	c := open(t, org, func(c *okta.Config) { c.Events.Poll = 0 })
	since := cursor(t, c)
	org.Delete(personID(0))
	org.Log("user.lifecycle.delete.completed", "User", personID(0))
	org.Requests()
	if got, _ := mustChange(t, c, since); len(got.Deleted) != 0 {
		t.Errorf("gone: %v", got.Deleted)
	}
	if n := paths(org.Requests())["GET /api/v1/logs"]; n != 0 {
		t.Errorf("the System Log was read %d times", n)
	}
	if _, watches := c.(connectors.Watcher); watches {
		t.Error("without a log and a hook there is nothing to watch")
	}
}

// TestChangesByGroupFilter lists no group that is not configured.
func TestChangesByGroupFilter(t *testing.T) {
	org := serve(t, 6, 2)
	org.PutGroup(oktatest.Group{ID: "00gapp", Type: "APP_GROUP", Name: "app", Members: []string{personID(1)}})
	c := open(t, org, func(c *okta.Config) { c.Groups.Filter = `type eq "APP_GROUP" or id eq "` + groupID(0) + `"` })
	since := cursor(t, c)
	for _, id := range []string{"00gapp", groupID(0), groupID(1)} {
		g, _ := org.Group(id)
		g.LastUpdated = org.Now()
		org.PutGroup(g)
	}
	if got, _ := mustChange(t, c, since); len(got.Groups) != 2 {
		t.Errorf("%d groups were stated, want 2", len(got.Groups))
	}
}
