package plan_test

import (
	"fmt"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// BenchmarkJoined plans for people of two sources, of whom nobody changed: joined, and
// as many of one source. What joining costs is the ratio of the two.
func BenchmarkJoined(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, joined := range []bool{true, false} {
			b.Run(fmt.Sprintf("people=%d/joined=%t", n, joined), func(b *testing.B) {
				in := twoSources(b, n, joined)
				b.ReportAllocs()
				for b.Loop() {
					if p, _ := plan.Diff(in); len(p.Ops)+len(p.Held) > 0 {
						b.Fatalf("something is planned:\n%s", p)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/person")
			})
		}
	}
}

// twoSources is a company of n people in corp, and the same in hr if they are joined.
func twoSources(b *testing.B, n int, joined bool) plan.Input {
	b.Helper()
	in := plan.Input{Sources: []plan.Source{{Name: "corp", Read: plan.InFull, Proves: true}}}
	in.Policy.Everyone = true
	for i := range n {
		u := userOf(fmt.Sprintf("p%06d", i))
		ref := connectors.Ref{Source: "corp", ID: u.ID}
		account := plan.RemoteID(fmt.Sprintf("a%06d", i))
		applied := map[connectors.Attribute]string{plan.UserName: u.Email, connectors.DisplayName: u.Attributes[connectors.DisplayName]}
		in.People = append(in.People, plan.Person{
			Ref: ref, User: u, Account: account, Standing: plan.Live,
			Link: &plan.Link{Person: ref, Account: account, Standing: plan.Live, Applied: applied, Fingerprint: plan.FingerprintOf(*u)},
		})
	}
	if !joined {
		return in
	}
	in.Sources = append(in.Sources, plan.Source{Name: "hr", Read: plan.InFull})
	in.Policy.Join = plan.Join{By: plan.UserName, Precedence: []string{"corp", "hr"}}
	in.Joins = map[connectors.Ref]connectors.Ref{}
	for i := range n {
		u := *in.People[i].User
		ref := connectors.Ref{Source: "hr", ID: u.ID}
		in.People = append(in.People, plan.Person{Ref: ref, User: &u})
		in.Joins[ref] = in.People[i].Ref
	}
	return in
}
