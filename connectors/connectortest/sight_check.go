package connectortest

import (
	"slices"
	"testing"

	"writersync/connectors"
)

// A Hider is a Directory whose credential can lose the sight of a user, who is there all the
// same. Where it cannot, the Harness lacks OutOfSight.
type Hider interface {
	Directory
	Hide(t testing.TB, user string)
}

// A Deselector is a Directory in which a user can leave what the configuration selects, and
// stay. Where none can, the Harness lacks OutOfSelection.
type Deselector interface {
	Directory
	Deselect(t testing.TB, user string)
}

// A StatusHider is a Directory that can keep back by what users are active or disabled. Where
// it cannot, the Harness lacks HiddenStatus.
type StatusHider interface {
	Directory
	HideStatus(t testing.TB, users ...string)
}

// implements returns the directory as what a trait needs, if the harness does not say that it
// is not.
func implements[D Directory](t testing.TB, h Harness, s *subject, trait Trait) (D, bool) {
	t.Helper()
	_, lacks := h.Lacks[trait]
	d, ok := s.directory.(D)
	if ok == lacks {
		t.Errorf("the directory has %s: %t, declared as lacking: %t", trait, ok, lacks)
	}
	return d, ok
}

// A disappearance is something that a directory showed and does not show any more.
type disappearance struct {
	name  string
	needs []Trait
	of    func(World)
}

func disappearances() []disappearance {
	title := func(users []connectors.User) {
		for _, u := range users {
			delete(u.Attributes, connectors.Title)
		}
	}
	return []disappearance{
		{"an attribute of all users", []Trait{MissingValues}, func(w World) { title(w.Users) }},
		{"an attribute of some users", []Trait{MissingValues}, func(w World) { title(w.Users[:len(w.Users)/2]) }},
		{"the name of a group", nil, func(w World) { w.Groups[1].Name = "drawing" }},
		{"the members of a group", []Trait{EmptyGroups}, func(w World) { w.Groups[1].Members, w.Groups[1].Groups = nil, nil }},
		{"the users that a list names", []Trait{DanglingMembers}, func(w World) {
			for i := range w.Groups[1].Members {
				w.Groups[1].Members[i] = "9" + w.Groups[1].Members[i]
			}
		}},
	}
}

// checkDisappears: what a directory does not show any more is missing from what is read, and
// nothing else is: it is neither an empty value nor a reason to leave out the object that had it.
// Shown again, it is as it was.
func checkDisappears(t testing.TB, h Harness) {
	for _, d := range disappearances() {
		if slices.ContainsFunc(d.needs, func(n Trait) bool { _, lacks := h.Lacks[n]; return lacks }) {
			t.Logf("not checked: %s: %v", d.name, d.needs)
			continue
		}
		w := company(h.Lacks)
		hidden := w.clone()
		d.of(hidden)
		s := begin(t, h, w)
		read, complete := s.mustState(t, w)
		s.load(t, hidden)
		held, since := s.resolves(t, d.name+" disappeared", hidden, &Collect{World: read.clone()}, complete.Evidence().Cursor)
		s.load(t, w)
		s.resolves(t, d.name+" was shown again", w, held, since)
	}
}

// find returns the user of a world that the directory gave an ID, nil if there is none.
func find(w World, ids map[string]string, id string) *connectors.User {
	for i, u := range w.renamed(ids).Users {
		if u.ID == id {
			return &w.Users[i]
		}
	}
	return nil
}

// checkHiddenStatus: users whose entries do not show by what they are active or
// disabled stay listed, and none of them is active by a value.
func checkHiddenStatus(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	directory, ok := implements[StatusHider](t, h, s, HiddenStatus)
	if !ok {
		return
	}
	hidden := map[string]bool{}
	var users []string
	for _, u := range w.Users[:12] { // active, disabled and unknown
		users = append(users, u.ID)
		hidden[u.ID] = true
	}
	before, _ := s.mustState(t, w)
	directory.HideStatus(t, users...)
	after, _ := s.mustRead(t)
	if len(after.Users) != len(before.Users) {
		t.Errorf("%d users, want %d", len(after.Users), len(before.Users))
	}
	for _, u := range after.Users {
		was := slices.IndexFunc(before.Users, func(o connectors.User) bool { return o.ID == u.ID })
		of := find(w, s.ids, u.ID)
		switch {
		case of == nil || was < 0:
			t.Errorf("user %s came from nowhere", u.ID)
		case !hidden[of.ID]:
			if u.Status != before.Users[was].Status {
				t.Errorf("the status of user %s is shown, and %q, was %q", u.ID, u.Status, before.Users[was].Status)
			}
		case u.Fault != "", u.Status == connectors.StatusUnknown, u.Status == connectors.StatusActive && u.StatusBy == "":
		default:
			t.Errorf("the status of user %s is not shown, and %q by %q", u.ID, u.Status, u.StatusBy)
		}
	}
}

// checkOutOfSight: a user who is there and is not read, since the credential does not see them,
// or since the configuration selects them no more, is not listed, and is missing alone. A look-up
// with controls says that of one who is not selected; of one out of sight it may say nothing,
// and never that the read missed them.
func checkOutOfSight(t testing.TB, h Harness) {
	for name, hide := range map[string]func(*subject) func(string){
		"out of sight": func(s *subject) func(string) {
			d, ok := implements[Hider](t, h, s, OutOfSight)
			if !ok {
				return nil
			}
			return func(id string) { d.Hide(t, id) }
		},
		"out of selection": func(s *subject) func(string) {
			d, ok := implements[Deselector](t, h, s, OutOfSelection)
			if !ok {
				return nil
			}
			return func(id string) { d.Deselect(t, id) }
		},
	} {
		w := company(h.Lacks)
		s := begin(t, h, w)
		if take := hide(s); take != nil {
			s.vanishes(t, name, w, func() { take(w.Users[7].ID) })
		}
	}
}

// vanishes takes the eighth user of a world from what is read, and holds what is read, and what
// a look-up finds, against that.
func (s *subject) vanishes(t testing.TB, name string, w World, take func()) {
	t.Helper()
	before, complete := s.mustState(t, w)
	id := w.renamed(s.ids).Users[7].ID
	take()
	if changer, ok := s.connector.(connectors.Changer); ok {
		sink := &Collect{}
		if _, err := s.follow(t, t.Context(), changer, complete.Evidence().Cursor, sink); err != nil {
			t.Errorf("%s: read what changed: %v", name, err)
		}
		for _, ref := range sink.Deleted {
			if ref != "user "+id {
				t.Errorf("%s: a delta read has %s as gone", name, ref)
			}
		}
	}
	after, _ := s.mustRead(t)
	if slices.ContainsFunc(after.Users, func(u connectors.User) bool { return u.ID == id }) || len(after.Users) != len(before.Users)-1 {
		t.Errorf("%s: %d users of %d are read, and user %s must be missing alone", name, len(after.Users), len(before.Users), id)
	}
	prover, ok := s.connector.(connectors.Prover)
	if !ok {
		return
	}
	claim := connectors.Claim{Kind: connectors.UserObject, ID: id, Container: containers(before)["user "+id]}
	found, err := prover.Prove(t.Context(), withControls(claim, controlsOf(after, claim)))
	s.discreet(t, err)
	if gone := err == nil && (found == connectors.Absent || found == connectors.Deselected); !gone && (name == "out of selection" || err == nil) {
		t.Errorf("%s: the look-up with controls finds the user %s, %v", name, found, err)
	}
	if found, err := prover.Prove(t.Context(), withControls(claim, nil)); err == nil && found != connectors.Undecided {
		t.Errorf("%s: the look-up without a control finds the user %s", name, found)
	}
}
