package okta_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestLinks follows no link that leads elsewhere or back, in lists where nothing else
// would stop it: the same members twice are the same set.
func TestLinks(t *testing.T) {
	members := "/api/v1/groups/" + groupID(0) + "/users"
	tests := []struct {
		name, says string
		change     func(org *oktatest.Org, links []string)
	}{
		{"to another server", "another server", func(org *oktatest.Org, links []string) {
			links[1] = strings.Replace(links[1], org.URL, "https://elsewhere.example", 1)
		}},
		{"by another scheme", "another server", func(_ *oktatest.Org, links []string) {
			links[1] = strings.Replace(links[1], "http:", "https:", 1)
		}},
		{"back", "leads back", func(_ *oktatest.Org, links []string) { links[1] = strings.Replace(links[0], "self", "next", 1) }},
		{"to another listing", "another listing", func(org *oktatest.Org, links []string) {
			links[1] = "<" + org.URL + `/api/v1/users?after=c1>; rel="next"`
		}},
		{"nowhere", "a link is not one", func(_ *oktatest.Org, links []string) { links[1] = `next` }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 25, 1)
			org.PageSize = 10
			c := open(t, org, nil)
			mustRead(t, open(t, org, nil))
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == members && len(a.Header["Link"]) > 1 {
					tt.change(org, a.Header["Link"])
				}
			})
			if err := mustFail(t, c, connectors.Corrupt); !strings.Contains(err.Error(), tt.says) {
				t.Error(err)
			}
		})
	}
}

// TestReadsOnly refuses to write with what reads, whoever asks.
func TestReadsOnly(t *testing.T) {
	org := serve(t, 3, 1)
	c := open(t, org, nil)
	if err := okta.Write(t.Context(), c); connectors.ClassOf(err) != connectors.Rejected || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v", err)
	}
	if n := len(org.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestLateIndex states a change that Okta showed minutes after its own date.
func TestLateIndex(t *testing.T) {
	turned(t, 3, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		since := cursor(t, c)
		org.Put(person(1, org.Now().Add(-4*time.Minute)))
		if got, _ := mustChange(t, c, since); len(got.Users) != 1 {
			t.Errorf("%d people have changed, want 1", len(got.Users))
		}
	})
}
