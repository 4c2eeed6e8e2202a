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
// The row "absent" needs a Complete of this pass; so does every removal. Accounts
// and teams differ from the ledger only where Writer was read: then the ledger's
// wish is repaired or the difference reported, as Policy.Drift says.
func Diff(in Input) (Plan, []Warning) {
	d := newDiffer(in)
	d.noteIgnored()
	for i := range d.in.People {
		d.person(i)
	}
	for _, w := range d.mapping.Teams {
		d.team(w)
	}
	d.emptyScope()
	d.leaveScope()
	return d.finish()
}

func newDiffer(in Input) *differ {
	j := joined(in)
	d := &differ{
		in: j.in, ops: j.ops, held: j.held, warnings: j.notes, doubted: j.doubted, spared: j.spared,
		mapping: Map(j.in), fates: make([]fate, len(j.in.People)),
	}
	d.takeMarks()
	d.namedBy = d.in.Namer()
	d.index()
	d.judge()
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

type differ struct {
	in      Input
	mapping Mapping
	fates   []fate

	wanted   []bool                         // by person: in a team that is linked
	named    []bool                         // by person: those of wanted that a list names now
	clouded  []bool                         // by person: in a team of which a group is gone, or that is gone
	stale    []bool                         // by person: in a team, or kept out by a group, of a source of notFull
	notFull  []string                       // sources of such groups that this run did not read in full, sorted
	fresh    map[int]bool                   // by person without an account: a source that was not asked may know them
	teamless []bool                         // by person: in a mapped group whose team is not linked
	doubted  map[connectors.Ref]bool        // see joiner
	spared   map[connectors.Ref]spared      // see joiner
	excluded map[int]string                 // by person: which group says that they are not provisioned
	barred   map[int]string                 // by person: what says so
	unstated map[int][]connectors.Attribute // by person who is barred: what was looked at, and is not stated
	unclear  map[int]string                 // by person: why an expression has no result
	unjudged map[int]bool                   // by person: it is not known whether an expression leaves them out
	keptOut  map[int][]fact                 // by person: what keeps them out and is not visible
	answers  map[notSeen]*answer            // what waits for an answer about that
	leaves   map[int][]Op                   // by group whose list is empty, or names what is not known: who would leave a team
	within   map[int][]uint32               // by group whose list is empty: who is in it
	holders  map[RemoteID]int               // people by account; made when it is wanted
	emails   map[string][]int               // people not disabled who state a canonical e-mail
	owners   map[string][]int               // linked people by the e-mail last applied
	found    map[string][]int               // Input.Accounts by canonical e-mail
	byName   map[string][]int               // Input.Accounts by external ID
	namedBy  func(Account) (int, bool)      // see Input.Namer
	moved    map[int]int                    // by person: whose linked account names them; see findMoved
	retries  map[string]Retry               // by Op.Key
	chains   map[int]chain                  // by person, as far as they were followed
	unlisted map[connectors.Ref]time.Time   // by group that feeds a team: since when it is not listed
	awaited  map[awaited]*await

	ops      []Op
	held     []Held
	out      []int // people with an account who are out of scope
	outside  []Outside
	warnings []Warning
	orphans  map[string]int      // people by a source that is no longer configured
	unmailed map[string][]string // people with an account and without an e-mail, by source
	unusable map[unusable]*faulty
	admins   int // people who are org admins by us, and who stay it
	kept     int // people who left and keep their account by deprovision: none
}

func (d *differ) index() {
	d.wanted, d.named = make([]bool, len(d.in.People)), make([]bool, len(d.in.People))
	d.clouded, d.stale, d.fresh = make([]bool, len(d.in.People)), make([]bool, len(d.in.People)), map[int]bool{}
	d.teamless = make([]bool, len(d.in.People))
	d.chains = map[int]chain{}
	d.unlisted = map[connectors.Ref]time.Time{}
	for _, f := range d.in.Feeds {
		d.unlisted[f.Group] = f.Gone
	}
	d.indexTeams()
	d.emails, d.owners, d.found = map[string][]int{}, map[string][]int{}, map[string][]int{}
	for i, p := range d.in.People {
		if p.User != nil && p.User.Status != connectors.StatusDisabled {
			d.emails[stated(p)] = append(d.emails[stated(p)], i)
		}
		if mail := p.holds(); mail != "" {
			d.owners[mail] = append(d.owners[mail], i)
		}
	}
	delete(d.emails, "")
	d.byName = map[string][]int{}
	for i, a := range d.in.Accounts {
		d.found[a.Email()] = append(d.found[a.Email()], i)
		d.byName[a.ExternalID] = append(d.byName[a.ExternalID], i)
	}
	delete(d.byName, "")
	d.findMoved()
	d.retries = make(map[string]Retry, len(d.in.Retries))
	for _, r := range d.in.Retries {
		d.retries[r.Key] = r
	}
	d.orphans, d.unmailed, d.unusable = map[string]int{}, map[string][]string{}, map[unusable]*faulty{}
}

// holds returns the address that the account of a person takes up, "" for none: that of an
// account which is not active is the one that Writer showed last.
func (p Person) holds() string {
	switch {
	case p.Link == nil || !p.hasAccount(), p.Standing == Inactive && p.Lost:
		return ""
	case p.Standing == Inactive && p.Remote != nil:
		return p.Remote.Email()
	}
	return p.Link.Email()
}

func (d *differ) indexTeams() {
	for _, u := range d.mapping.Unlinked {
		mark(d.teamless, u.People)
	}
	for _, w := range d.mapping.Teams {
		mark(d.named, w.Named)
		mark(d.wanted, w.Named)
		for _, i := range w.People {
			d.wanted[i] = d.wanted[i] || d.in.People[i].Standing == Live
		}
		team := d.in.Teams[w.Team]
		if len(w.Missing) > 0 || team.Gone {
			mark(d.clouded, team.Had)
		}
		if len(w.Unread) > 0 {
			mark(d.stale, team.Had)
			d.notFull = union(d.notFull, w.Unread...)
		}
	}
}

func mark(set []bool, people []uint32) {
	for _, i := range people {
		set[i] = true
	}
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
// the person out; and those that a newcomer waits for.
func (d *differ) giveBy() {
	for i, op := range d.ops {
		at, known := d.in.Person(op.Person)
		if known && op.Direction() == Gives && len(d.in.People[at].Parts) > 1 {
			d.ops[i].Reason.By = d.alsoIn(at)
		}
		if known && d.fresh[at] {
			d.ops[i].Unread = d.in.notFull()
		}
	}
}

func (d *differ) finish() (Plan, []Warning) {
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
	d.holdLeavers()
	d.giveBy()
	d.holdAwaited()
	slices.SortStableFunc(d.ops, compareOps)
	for i := range d.held {
		slices.SortStableFunc(d.held[i].Ops, compareOps)
	}
	slices.SortStableFunc(d.held, compareHeld)
	d.summarise()
	return Plan{Ops: orderChains(d.ops), Held: d.held, Outside: d.outside}, d.warnings
}
