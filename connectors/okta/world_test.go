package okta_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestMain looks for goroutines that stay. The SDK starts one for each client, which
// ends when the garbage collector finds the client; nothing else stops it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

// clocked returns an organization for tests that turn the clock. Their time begins in
// 2000, so that its own is that much ahead. Because of that goroutine a connector is
// opened outside of synctest.Test.
func clocked() *oktatest.Org {
	org := oktatest.New()
	org.Ahead = 26 * 365 * 24 * time.Hour
	return org
}

// token is the API token that the stand-ins accept.
const token = "canary-api-token"

// company fills an organization with people and groups. Group g has the people whose
// number leaves g when it is divided by the number of groups.
func company(org *oktatest.Org, people, groups int) *oktatest.Org {
	org.Allow(token)
	old := org.Now().Add(-30 * 24 * time.Hour)
	members := make([][]string, groups)
	for i := range people {
		org.Put(person(i, old))
		if groups > 0 {
			members[i%groups] = append(members[i%groups], personID(i))
		}
	}
	for g := range groups {
		org.PutGroup(oktatest.Group{ID: groupID(g), Name: fmt.Sprintf("group %d", g), Members: members[g], LastUpdated: old, LastMembershipUpdated: old})
	}
	return org
}

func personID(i int) string { return fmt.Sprintf("00u%017d", i) }
func groupID(g int) string  { return fmt.Sprintf("00g%017d", g) }

func person(i int, at time.Time) oktatest.User {
	return oktatest.User{ID: personID(i), Status: "ACTIVE", LastUpdated: at, Profile: map[string]any{
		"login": fmt.Sprintf("person%d@example.com", i), "email": fmt.Sprintf("person%d@example.com", i),
		"firstName": "Given", "lastName": fmt.Sprintf("Family%d", i),
	}}
}

// serve returns a company on loopback.
func serve(t *testing.T, people, groups int) *oktatest.Org {
	t.Helper()
	return company(oktatest.New().Serve(t), people, groups)
}

// configFor returns the least that somebody has to write to read org.
func configFor(org *oktatest.Org) *okta.Config {
	c := okta.NewConfig()
	c.URL, c.Token, c.Timeout = org.URL, connectortest.SecretOf(token), 5*time.Second
	return c
}

// open opens a connector to org over loopback; change may be nil.
func open(t *testing.T, org *oktatest.Org, change func(*okta.Config)) connectors.Connector {
	t.Helper()
	return openOn(t, org, nil, change)
}

// openOn opens a connector whose network is base.
func openOn(t *testing.T, org *oktatest.Org, base http.RoundTripper, change func(*okta.Config)) connectors.Connector {
	t.Helper()
	return openIn(t, org, connectortest.Env(&connectortest.Requests{}), base, change)
}

// openIn is openOn in other surroundings.
func openIn(t *testing.T, org *oktatest.Org, env connectors.Env, base http.RoundTripper, change func(*okta.Config)) connectors.Connector {
	t.Helper()
	c := configFor(org)
	if change != nil {
		change(c)
	}
	connector, err := okta.OpenOn(c, env, base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connector.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return connector
}

// mustRead reads all there is.
func mustRead(t *testing.T, c connectors.Connector) *connectortest.Collect {
	t.Helper()
	kept, _ := connectortest.MustRead(t, c)
	return kept
}

// mustFail reads all there is, which must end with an error of that class.
func mustFail(t *testing.T, c connectors.Connector, class connectors.Class) error {
	t.Helper()
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, class)
	return err
}

// paths counts the requests of a kind that arrived.
func paths(requests []oktatest.Request) map[string]int {
	out := map[string]int{}
	for _, r := range requests {
		out[r.Method+" "+r.Path]++
	}
	return out
}

// turned runs a test whose clock is turned, on a company of that size.
func turned(t *testing.T, people, groups int, change func(*okta.Config), test func(*testing.T, *oktatest.Org, connectors.Connector)) {
	t.Helper()
	org := clocked()
	c := openOn(t, org, org, change)
	synctest.Test(t, func(t *testing.T) {
		company(org, people, groups)
		test(t, org, c)
	})
}

// mustChange reads what changed, and returns where that ends.
func mustChange(t *testing.T, c connectors.Connector, since connectors.Cursor) (*connectortest.Collect, connectors.Cursor) {
	t.Helper()
	kept, delta := connectortest.MustChange(t, c, since)
	return kept, delta.Next()
}

// cursor reads all there is and returns where changes begin.
func cursor(t *testing.T, c connectors.Connector) connectors.Cursor {
	t.Helper()
	_, complete := connectortest.MustRead(t, c)
	if complete.Evidence().Cursor == "" {
		t.Fatal("the reading names no cursor")
	}
	return complete.Evidence().Cursor
}

// without removes one record from a list.
func without(t *testing.T, body []byte, id string) []byte {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(slices.DeleteFunc(list, func(r map[string]any) bool { return r["id"] == id }))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func check(t *testing.T, c connectors.Connector) []connectors.Finding {
	t.Helper()
	found, err := c.(connectors.Checker).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}
