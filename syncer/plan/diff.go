package plan

import (
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
)

// Diff makes the plan. Equal inputs give an equal plan in equal order, and in is
// not changed.
//
// What happens to a person, by what the source states and what the ledger holds
// (a dash: nothing; "held" names the reason):
//
//	source states         no link            live                     inactive     deleted
//	--------------------  -----------------  -----------------------  -----------  ------------
//	active, in scope      adopt or create    update what changed      reactivate   create
//	active, out of scope  - (team-missing)   grace, then deactivate   -            -
//	no expression tells   held               held                     held         held
//	disabled              -                  deactivate now           -            -
//	unknown, unusable     held               -                        -            -
//	nothing (absent)      -                  proof, then deactivate   -            -
//
// Removals are planned in each run: Op.Unread names the sources that must be read before one
// goes. Accounts and teams differ from the ledger only where Writer was read: then the ledger's
// wish is repaired or the difference reported, as Policy.Drift says.
//
// Diff has four steps. identify makes persons of users. want decides what each person should
// have. compare finds the changes to the ledger and to Writer. order sorts them.
func Diff(in Input) (Plan, []Warning) {
	people := identify(in)
	c := compare(people, want(people))
	return order(c), c.warnings
}

// changes is what compare makes, in no order.
type changes struct {
	ops      []Op
	held     []Held
	outside  []Outside
	warnings []Warning
}

// compare makes the third step: it finds what must change for the ledger and Writer to be as
// desired.
func compare(people persons, of *desired) changes {
	d := newDiffer(people, of)
	d.noteIgnored()
	for i := range d.in.People {
		d.person(i)
	}
	for _, w := range d.mapping.Teams {
		d.team(w)
	}
	d.leftBehind()
	d.emptyScope()
	d.leaveScope()
	d.finish()
	return d.changes
}

// newDiffer returns a differ that has planned nothing yet.
func newDiffer(people persons, of *desired) *differ {
	d := &differ{
		desired: of, identities: people.identities, fates: make([]fate, len(of.in.People)), fresh: make([]bool, len(of.in.People)),
		changes: changes{ops: people.ops, held: people.held, warnings: people.notes},
	}
	d.index()
	return d
}

// fate is what the plan makes of a person's account, as far as memberships care.
type fate uint8

const (
	fateNone    fate = iota // no account, or not ours to touch in this plan
	fateLive                // has an account and keeps it
	fateOut                 // has an account, and is out of scope: is given nothing
	fateComing              // gets, or gets back, an account by this plan
	fateLeaving             // loses the account by this plan
)

// gains reports whether a person of that fate is given what they are to have.
func (f fate) gains() bool { return f == fateLive || f == fateComing }

// A differ compares.
type differ struct {
	*desired
	identities
	changes

	fates    []fate
	fresh    []bool                       // by person without an account: any source may know them
	answers  map[notSeen]*answer          // what waits for an answer about that
	leaves   map[int][]Op                 // by group whose list does not name them: who would leave a team
	holders  map[RemoteID]int             // people by account; made when it is wanted
	found    map[string][]int             // Input.Accounts by canonical e-mail
	byName   map[string][]int             // Input.Accounts by external ID
	retries  map[string]Retry             // by Op.Key
	chains   map[int]chain                // by person, as far as they were followed
	unlisted map[connectors.Ref]time.Time // by group that feeds a team: since when it is not listed
	awaited  map[awaited]*await

	out      []int               // people with an account who are out of scope
	orphans  map[string]int      // people by a source that is no longer configured
	unmailed map[string][]string // people with an account and without an e-mail, by source
	unusable map[unusable]*faulty
	admins   int // people who are org admins by us, and who stay it
	kept     int // people who left and keep their account by deprovision: none
}

func (d *differ) index() {
	d.chains = map[int]chain{}
	d.unlisted = map[connectors.Ref]time.Time{}
	for _, f := range d.in.Feeds {
		d.unlisted[f.Group] = f.Gone
	}
	d.found, d.byName = map[string][]int{}, map[string][]int{}
	for i, a := range d.in.Accounts {
		d.found[a.Email()] = append(d.found[a.Email()], i)
		d.byName[a.ExternalID] = append(d.byName[a.ExternalID], i)
	}
	delete(d.byName, "")
	d.retries = make(map[string]Retry, len(d.in.Retries))
	for _, r := range d.in.Retries {
		d.retries[r.Key] = r
	}
	d.orphans, d.unmailed, d.unusable = map[string]int{}, map[string][]string{}, map[unusable]*faulty{}
}

// holds returns the addresses that the account of a person takes up: the one that Writer showed
// last, and that of the ledger, which an active account is to have.
func (p Person) holds() []string {
	switch {
	case p.Link == nil || !p.hasAccount(), p.Standing == Inactive && p.Lost:
		return nil
	case p.Standing == Inactive && p.Remote != nil:
		return []string{p.Remote.Email()}
	case p.Remote != nil && p.Remote.Email() != p.Link.Email():
		return []string{p.Link.Email(), p.Remote.Email()}
	}
	return []string{p.Link.Email()}
}

// stated returns the canonical e-mail that the source states for p.
func stated(p Person) string {
	if p.User == nil {
		return ""
	}
	return connectors.CanonicalEmail(p.User.Email)
}

// add plans ops that stand or fall together: if one of them failed lately and is
// not due, none is planned. It reports whether they were.
func (d *differ) add(ops ...Op) bool {
	for _, op := range ops {
		if r, failed := d.retries[op.Key()]; failed && r.Waits(d.in.Now) {
			d.backoff(r, ops)
			return false
		}
	}
	d.ops = append(d.ops, ops...)
	return true
}

func (d *differ) backoff(r Retry, ops []Op) {
	h := Held{
		Why: WhyBackoff, Exit: Wait, Ops: ops,
		Text:   fmt.Sprintf("Writer did not take it (%s), attempt %d: %s", r.Class, r.Attempts, r.Text),
		WayOut: fmt.Sprintf("It is tried again after %s.", r.Due().UTC().Format("2006-01-02 15:04 UTC")),
	}
	if r.Class == connectors.Conflict && r.Account == "" {
		h.Why, h.Exit = WhyHiddenAccount, Fix
		h.Text = "Writer says that the e-mail is taken, but shows no account that has it"
		h.WayOut = "Ask Writer's support which account holds the address, or remove the invitation in Writer; it is tried again by itself."
	}
	d.held = append(d.held, h)
}

// hold keeps ops out of the plan, unless an approval lets all of them through.
func (d *differ) hold(h Held) bool {
	if h.Exit == Approve && d.approved(h.Ops) {
		return !d.add(h.Ops...)
	}
	d.held = append(d.held, h)
	return true
}

// approved reports whether an approval lets all of the ops through.
func (d *differ) approved(ops []Op) bool {
	return !slices.ContainsFunc(ops, func(op Op) bool { return !d.in.Approved[op.Hash()] })
}

// giveBy names the further sources on whose word access is given: each of them may be what keeps
// the person out. Of a newcomer that is every source, and a run for some sources alone does not
// tell whether another one knows the newcomer by now.
func (d *differ) giveBy() {
	if len(d.in.Joins) == 0 && d.in.Policy.Join.By == "" {
		return // no person is of several sources
	}
	unread, all := d.in.notFull(), []string(nil)
	for _, s := range d.in.Sources {
		all = append(all, s.Name)
	}
	for i, op := range d.ops {
		at, known := d.in.Person(op.Person)
		switch {
		case !known:
		case d.fresh[at]:
			d.ops[i].Reason.By = all
			if d.in.Partial {
				d.ops[i].Unread = unread
			}
		case op.Direction() == Gives && len(d.in.People[at].Parts) > 1:
			d.ops[i].Reason.By = d.alsoIn(at)
		}
	}
}

// finish makes the holds of what was gathered for several persons, and the notes.
func (d *differ) finish() {
	d.ops = append(d.ops, d.mapping.links...)
	d.held = append(d.held, d.mapping.held...)
	d.settleDisputes()
	d.mergeNewIDs()
	d.mergeUnstated()
	d.mergeBack()
	d.together(WhyDisabledAccount, "", func(n int, first Op) string {
		return fmt.Sprintf("%d users of source %s are disabled, and have active accounts that were there before", n, first.Person.Source)
	})
	d.together(WhyOtherEmail, "", func(n int, first Op) string {
		return fmt.Sprintf("%d users of source %s have accounts in Writer under another e-mail: they were made for them, and no links to them are known", n, first.Person.Source)
	})
	d.holdNotVisible()
	d.holdEmptied()
	d.giveBy()
	d.holdAwaited()
	d.summarise()
}
