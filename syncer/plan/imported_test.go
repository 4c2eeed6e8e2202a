package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// imported says that import made a group of a team; without an ID, that it perhaps did.
func imported(id, team, name string) plan.Imported {
	return plan.Imported{Kind: connectors.GroupObject, Ref: ref(id), From: plan.RemoteID(team), Name: name}
}

// TestImportedGroupFeedsNoTeam holds whatever would let a group that import made
// manage a team.
func TestImportedGroupFeedsNoTeam(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		held  []string // rules
		ops   []string // kinds
	}{
		{"by its name", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Marketing", Team: "Marketing"})
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")}
		}, []string{"Marketing => Marketing"}, nil},
		{"by a pattern", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Mark*", Team: "{name}"})
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")}
		}, []string{"Mark* => {name}"}, nil},
		{"by its ID", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{ID: "g-mk", Team: "Marketing"})
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")}
		}, []string{"id g-mk => Marketing"}, nil},
		{"renamed", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Marketing", Team: "Marketing"})
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "another name")}
		}, []string{"Marketing => Marketing"}, nil},
		{"perhaps made", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Marketing", Team: "Marketing"})
			w.in.Imported = []plan.Imported{imported("", "t2", "Marketing")}
		}, []string{"Marketing => Marketing"}, nil},
		{"to a team that does not exist", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Marketing", Team: "Nowhere"})
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")}
		}, []string{"Marketing => Nowhere"}, nil},
		{"nested in a group that feeds one", func(w *world) {
			w.nest("g-eng", "g-mk")
			w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")}
		}, nil, nil},
		{"by no rule", func(w *world) { w.in.Imported = []plan.Imported{imported("g-mk", "t2", "Marketing")} }, nil, nil},
		{"not imported", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "Marketing", Team: "Marketing"})
			w.in.Imported = []plan.Imported{
				imported("g-other", "t2", "Marketing"),
				{Kind: connectors.UserObject, Ref: ref("g-mk"), From: "a"},
				{Kind: connectors.GroupObject, Ref: connectors.Ref{Source: "other"}, From: "t2", Name: "Marketing"},
			}
		}, nil, []string{"link-team", "add-member"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t).group("g-mk", "Marketing").live("ann").live("bob").member("g-eng", "bob").member("g-mk", "ann").hadIn("t1", "bob")
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Marketing"})
			tt.world(w)
			in := w.input()
			p, _ := plan.Diff(in)
			var held, ops []string
			for _, h := range p.Held {
				if h.Why != plan.WhyGroupImported {
					continue
				}
				if h.Exit != plan.Fix || len(h.Ops) != 1 || h.Ops[0].Group != ref("g-mk") {
					t.Errorf("hold %+v", h)
				}
				for _, r := range in.Policy.Rules {
					if name, maps := r.Match(ref("g-mk"), "Marketing"); maps && name == h.Ops[0].TeamName {
						held = append(held, r.String())
					}
				}
			}
			for _, op := range p.Ops {
				if op.Kind == plan.LinkTeam || op.Kind == plan.AddMember {
					ops = append(ops, string(op.Kind))
				}
			}
			if diff := cmp.Diff([][]string{tt.held, tt.ops}, [][]string{held, ops}); diff != "" {
				t.Errorf("held rules, ops (-want +got):\n%s\n%s", diff, p)
			}
			at := slices.IndexFunc(in.People, func(p plan.Person) bool { return p.Ref == ref("ann") })
			if paths := plan.Trace(in, at); (len(paths) > 0) != (len(tt.ops) > 0) {
				t.Errorf("paths %v", paths)
			}
		})
	}
}
