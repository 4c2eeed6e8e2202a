package okta_test

import (
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestRequests counts the requests for 10,000 people in 200 groups, beside the fewest
// that Okta's pages allow: 50 of people, 1 of people who have left, 2 of groups (Everyone
// is the 201st), and one for the members of each group that may have changed. The three
// more are the organization, the count of everybody before, and who came back meanwhile;
// the first time there are the 50 pages of the members of Everyone too.
func TestRequests(t *testing.T) {
	turned(t, 10_000, 200, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		spent := func(what string, fewest, want int) {
			t.Helper()
			got := len(org.Requests())
			t.Logf("%-44s %4d requests, %4d at the least", what, got, fewest)
			if got != want {
				t.Errorf("%s: %d requests, want %d", what, got, want)
			}
		}
		since := cursor(t, c)
		spent("whole, for the first time", 253, 306)
		mustRead(t, c)
		spent("whole, nothing changed", 53, 56)

		_, since = mustChange(t, c, since)
		spent("changes, none", 3, 5)

		g, _ := org.Group(groupID(7))
		g.Members, g.LastMembershipUpdated = append(slices.Clone(g.Members), personID(0)), org.Now()
		org.PutGroup(g)
		got, _ := mustChange(t, c, since)
		spent("changes, one membership", 4, 6)
		if len(got.Groups) != 1 || len(got.Groups[0].Members) != 51 || len(got.Users) != 0 {
			t.Errorf("%d groups and %d people were stated", len(got.Groups), len(got.Users))
		}
		whole := mustRead(t, c)
		spent("whole, one membership changed", 54, 57)
		i := slices.IndexFunc(whole.Groups, func(g connectors.Group) bool { return g.ID == groupID(7) })
		if len(whole.Groups[i].Members) != 51 {
			t.Errorf("the group has %d members", len(whole.Groups[i].Members))
		}
		time.Sleep(10 * time.Minute) //nolint:forbidigo // of the fake clock
		mustRead(t, c)
		org.Requests()
		mustRead(t, c)
		spent("whole, once that change has settled", 53, 56)
		time.Sleep(25 * time.Hour) //nolint:forbidigo // of the fake clock
		mustRead(t, c)
		spent("whole, a day later", 253, 256)
	})
}

// TestLimits reads 5,000 people in 700 groups under a limit of 600 requests a minute for
// each endpoint: no request is refused, and half of each window is left to others.
func TestLimits(t *testing.T) {
	turned(t, 5_000, 700, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		org.Limit = 600
		start := time.Now()
		got := mustRead(t, c)
		refused, lowest := org.Limits()
		t.Logf("%d requests took %s; %d were refused, and %d of 600 were left at the least", len(org.Requests()), time.Since(start).Round(time.Second), refused, lowest)
		if len(got.Users) != 5_000 || len(got.Groups) != 700 || refused != 0 || lowest < 300 {
			t.Errorf("%d people, %d groups, %d refused, %d left", len(got.Users), len(got.Groups), refused, lowest)
		}
	})
}

// TestShare takes more where the company says so.
func TestShare(t *testing.T) {
	took := map[float64]time.Duration{}
	for _, share := range []float64{0.25, 1} {
		turned(t, 700, 700, func(c *okta.Config) { c.RateShare = share }, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
			org.Limit = 600
			start := time.Now()
			mustRead(t, c)
			took[share] = time.Since(start)
			if _, lowest := org.Limits(); lowest < int(600*(1-share)) {
				t.Errorf("share %v leaves %d", share, lowest)
			}
		})
	}
	if took[0.25] <= took[1] {
		t.Errorf("a quarter took %s, all of it %s", took[0.25], took[1])
	}
}
