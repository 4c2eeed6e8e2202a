package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// vanished makes a user that hr does not list any more, and who had the e-mail of id.
func (w *world) vanished(id string, mark plan.Mark) *world {
	mark.Since = now.Add(-time.Hour)
	w.in.Vanished = append(w.in.Vanished, plan.Vanished{User: hr("1"), Since: mark.Since, Mark: mark, Mail: plan.HashKey(mailOf(id))})
	return w
}

// TestVanishedKeepsOut: a user has no account, since another source listed the same person as one
// who is to have none. That source does not list the person any more, and nothing is given for
// that.
func TestVanishedKeepsOut(t *testing.T) {
	disabled := plan.Mark{Disabled: true, By: "terminated"}
	held := `
held not-visible: 1 user of source corp was kept out by terminated in source hr, which is not visible since 2026-03-02 08:00 UTC. Approve if they may have access now. If not, let the source show it again: see whether the credential may still read it, or the export still has it. Where the source shows a value for active users too, and the configuration names it, a user who comes back needs no approval.
  + create ann@example.com: displayName "ANN"  [is in group engineering]`
	given := `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"disabled", func(w *world) { w.vanished("ann", disabled) }, held},
		{"disabled, and the other one is believed", func(w *world) {
			w.vanished("ann", disabled).in.Policy.Join.Authority = "corp"
		}, given},
		{"disabled, with the same employee number", func(w *world) {
			w.vanished("bob", disabled).in.Policy.Join.By = connectors.EmployeeNumber
			w.in.Vanished[0].Number = plan.HashKey("7")
			w.in.People[0].User.Attributes[connectors.EmployeeNumber] = "7"
		}, held},
		{"in a group that keeps out", func(w *world) {
			w.in.Policy.ExcludeGroups = []string{"leavers"}
			w.vanished("ann", plan.Mark{}).in.Vanished[0].Group = "leavers"
		}, strings.Replace(held, "terminated", "group leavers", 1)},
		{"in a group that kept out, and is not configured any more", func(w *world) {
			w.vanished("ann", plan.Mark{}).in.Vanished[0].Group = "leavers"
		}, given},
		{"with another e-mail", func(w *world) { w.vanished("bob", disabled) }, given},
		{"active, and left out by nothing", func(w *world) {
			w.vanished("ann", plan.Mark{Attributes: map[connectors.Attribute]string{connectors.Department: "Sales"}})
		}, given},
		{"listed by the same source under another ID", func(w *world) {
			w.vanished("ann", disabled).inHR("2", "ann").joinedAs("2", "ann")
		}, held},
		{"listed by the same source under another ID, and shown as active", func(w *world) {
			w.vanished("ann", plan.Mark{Disabled: true, By: "status=terminated"}).
				inHR("2", "ann", func(p *plan.Person) { p.User.StatusBy = "status=active" }).joinedAs("2", "ann")
		}, given},
		{"of the one source there is, which lists the e-mail under a new ID", func(w *world) {
			w.vanished("ann", disabled).in.Vanished[0].User = ref("old")
			w.in.Policy.Join.By = ""
		}, strings.Replace(held, "source hr,", "source corp,", 1)},
		{"of the one source there is, and in a group that keeps out by the old ID", func(w *world) {
			w.in.Policy.ExcludeGroups, w.in.Policy.Join.By = []string{"leavers"}, ""
			w.vanished("ann", plan.Mark{}).in.Vanished[0].Group = "leavers"
			w.in.Vanished[0].User = ref("old")
		}, strings.NewReplacer("source hr,", "source corp,", "terminated", "group leavers").Replace(held)},
		{"where no users are joined", func(w *world) {
			w.vanished("ann", disabled).in.Policy.Join.By = ""
		}, given},
		{"of a source that is not configured", func(w *world) {
			w.vanished("ann", disabled).in.Sources = w.in.Sources[:1]
		}, given},
		{"left out by an expression", func(w *world) {
			w.in.Policy.Profile = contractors{}
			w.vanished("ann", plan.Mark{Attributes: map[connectors.Attribute]string{kindOf: "contractor"}})
		}, strings.Replace(held, "terminated", `extra.kind "contractor"`, 1)},
		{"disabled, and locked by what is not visible either", func(w *world) {
			w.vanished("ann", disabled).hide("ann", plan.Mark{Disabled: true, By: "nsAccountLock"})
		}, strings.Replace(held, "terminated in source hr", "nsAccountLock and terminated in source hr", 1)},
		{"disabled, of a person with an account, which is joined with all records of the person", func(w *world) {
			w.in.People = nil
			w.live("ann", standing(plan.Inactive)).vanished("ann", disabled)
		}, `
+ reactivate ann@example.com  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			withHR(w)
			w.stated("ann").member("g-eng", "ann")
			tt.world(w)
			in := w.input()
			if diff := cmp.Diff(tt.want, "\n"+render(in)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			given := !strings.Contains(tt.want, "held")
			if inScope, why := plan.ScopeOf(plan.AsOne(in), 0); inScope != given {
				t.Errorf("in scope: %t, %s", inScope, why)
			}
			if provisioned, why := plan.TakeCensus(plan.Assume(in)).Provisioned(0); provisioned != given {
				t.Errorf("provisioned: %t, %s", provisioned, why)
			}
		})
	}
}
