package plan_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// followed makes the world one whose source was followed in this pass, and said
// something of those people.
func (w *world) followed(stated, left []string) *world {
	w.in.Sources[0].Read = plan.ByDelta
	w.in.Sources[0].Credible = true
	w.in.Changed = plan.Changed{Stated: map[connectors.Ref]bool{}, Left: map[connectors.Ref][]connectors.Ref{}}
	for _, id := range stated {
		w.in.Changed.Stated[ref(id)] = true
	}
	for _, id := range left {
		w.in.Changed.Left[ref(id)] = []connectors.Ref{ref("g-eng")}
	}
	return w
}

func disabledUser(p *plan.Person) { p.User.Status = connectors.StatusDisabled }

func goneUser(p *plan.Person) { p.User, p.Gone = nil, now }

// TestChangesLicense: a reading of changes takes something only from those whom it
// states, and only what it states.
func TestChangesLicense(t *testing.T) {
	ann := []string{"ann"}
	secondFeed := func(w *world) {
		w.in.Sources = append(w.in.Sources, plan.Source{Name: "hr", Proves: true})
		w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: connectors.Ref{Source: "hr", ID: "h-eng"}, Team: "t1", Rule: "h-eng => Engineering"})
		w.in.Groups = append(w.in.Groups, plan.Group{Ref: connectors.Ref{Source: "hr", ID: "h-eng"}, Name: "h-eng"})
		w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "h-eng", Team: "Engineering"})
	}
	tests := []struct {
		name   string
		edit   func(*plan.Person)
		in     bool // ann is in the group still
		stated []string
		left   []string
		more   func(*world)
		want   []plan.Kind
		held   plan.Why
	}{
		{name: "disabled, and said so", edit: disabledUser, in: true, stated: ann, want: []plan.Kind{plan.Deactivate}},
		{name: "disabled, which was not said now", edit: disabledUser, in: true},
		{name: "gone, and said so", edit: goneUser, in: true, stated: ann, want: []plan.Kind{plan.Deactivate}},
		{name: "gone, which was not said now", edit: goneUser, in: true},
		{
			name: "gone from a source that cannot be asked", edit: goneUser, in: true, stated: ann, held: plan.WhyFirstSighting,
			more: func(w *world) { w.in.Sources[0].Proves = false },
		},
		{name: "left the group", left: ann, want: []plan.Kind{plan.RemoveMember}},
		{name: "left the group once, which was not said now", stated: ann},
		{name: "left the group, and another source has a say", left: ann, more: secondFeed},
		{name: "left the group, by a reading that a rail doubts", left: ann, more: func(w *world) { w.in.Sources[0].Credible = false }},
		{
			name: "left a group that does not feed the team", left: ann,
			more: func(w *world) { w.in.Changed.Left[ref("ann")] = []connectors.Ref{ref("g-other")} },
		},
		{name: "in the group, and said to have left another", in: true, left: ann},
		{name: "renamed", edit: func(p *plan.Person) { p.User.Attributes[connectors.DisplayName] = "New" }, in: true, stated: ann, want: []plan.Kind{plan.UpdateUser}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			edits := []func(*plan.Person){}
			if tt.edit != nil {
				edits = append(edits, tt.edit)
			}
			w.live("ann", edits...).live("bob").hadIn("t1", "ann", "bob").member("g-eng", "bob").followed(tt.stated, tt.left)
			if tt.in {
				w.member("g-eng", "ann")
			}
			if tt.more != nil {
				tt.more(w)
			}
			p, _ := diff(w.input())
			var got []plan.Kind
			for _, op := range p.Ops {
				got = append(got, op.Kind)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("planned %v, want %v\n%s", got, tt.want, p)
			}
			if tt.held != "" && !slices.ContainsFunc(p.Held, func(h plan.Held) bool { return h.Why == tt.held }) {
				t.Errorf("not held as %s:\n%s", tt.held, p)
			}
		})
	}
}

// TestChangesOfAGoneGroup: who was in a group that is gone leaves the team once that is
// proven.
func TestChangesOfAGoneGroup(t *testing.T) {
	w := newWorld(t).live("ann").hadIn("t1", "ann").followed(nil, []string{"ann"})
	w.in.Groups, w.in.Feeds[0].Gone = nil, now
	p, _ := plan.Diff(w.input())
	if len(p.Ops) != 1 || p.Ops[0].Kind != plan.RemoveMember || len(p.Ops[0].Reason.Claims) != 1 {
		t.Errorf("want one removal that rests on the absence of the group:\n%s", p)
	}
}

// TestChangesShowANewID: whoever is gone, and a newcomer with that e-mail, may be one
// person. That is asked, also where changes named the newcomer alone.
func TestChangesShowANewID(t *testing.T) {
	for _, stated := range [][]string{{"ann", "ann2"}, {"ann2"}} {
		w := newWorld(t).live("ann", goneUser).stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").hadIn("t1", "ann").followed(stated, nil)
		p, _ := plan.Diff(w.input())
		if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyNewID || p.Held[0].Exit != plan.Approve {
			t.Errorf("changes stated %v, want one question:\n%s", stated, p)
		}
	}
}
