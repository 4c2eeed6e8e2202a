package plan

import (
	"cmp"
	"slices"
	"time"

	"writersync/connectors"
)

// A Plan is what one pass would do: ops in the order they are applied, and what
// is held. It is a value; apply does it and nothing else.
type Plan struct {
	Ops  []Op
	Held []Held
	// Outside is what a run remembers of who is out of scope, whatever becomes of the ops.
	Outside []Outside `json:"-"`
}

// An Outside is since when a person with an account is out of scope; zero: they are in scope
// again.
type Outside struct {
	Person connectors.Ref
	Since  time.Time
}

// A Why says why ops are held. It is a metric label: the set is fixed.
type Why string

// Why ops are held by Diff itself. The rails of package guard add their own.
const (
	WhyDuplicateEmail    Why = "duplicate-email"
	WhyRecycledEmail     Why = "recycled-email"
	WhyNewID             Why = "new-id"
	WhySourcesDisagree   Why = "sources-disagree"
	WhyEmailTaken        Why = "email-taken"
	WhyEmailCycle        Why = "email-cycle"
	WhyEmailBlocked      Why = "email-blocked"
	WhyEmailRefused      Why = "email-refused"
	WhyAmbiguousAccount  Why = "ambiguous-account"
	WhyInactiveAccount   Why = "inactive-account"
	WhyHiddenAccount     Why = "hidden-account"
	WhyAccountMissing    Why = "account-missing"
	WhyDeactivatedThere  Why = "deactivated-in-writer"
	WhyRevivedThere      Why = "reactivated-in-writer"
	WhyForeignAccount    Why = "foreign-account"
	WhyTeamMissing       Why = "team-missing"
	WhyTeamAmbiguous     Why = "team-ambiguous"
	WhyTeamGone          Why = "team-gone"
	WhyGroupRecreated    Why = "group-recreated"
	WhyGroupImported     Why = "group-imported"
	WhyUnusableRecord    Why = "unusable-record"
	WhyStatusUnknown     Why = "status-unknown"
	WhyNoEmail           Why = "no-email"
	WhyFirstSighting     Why = "first-sighting"
	WhyBackoff           Why = "backoff"
	WhyExpression        Why = "expression-failed"
	WhyDrift             Why = "drift"
	WhyAttributeUnstated Why = "attribute-unstated"
	WhyNotVisible        Why = "not-visible"
	WhyReturn            Why = "return"
	WhyDisabledAccount   Why = "disabled-account"
	WhyOtherEmail        Why = "other-email"
)

// Whys lists every reason for which Diff holds ops.
func Whys() []Why {
	return []Why{
		WhyDuplicateEmail, WhyRecycledEmail, WhyNewID, WhySourcesDisagree, WhyEmailTaken, WhyEmailCycle, WhyEmailBlocked, WhyEmailRefused, WhyAmbiguousAccount,
		WhyInactiveAccount, WhyHiddenAccount, WhyAccountMissing, WhyDeactivatedThere, WhyRevivedThere,
		WhyForeignAccount, WhyTeamMissing, WhyTeamAmbiguous,
		WhyTeamGone,
		WhyGroupRecreated, WhyGroupImported, WhyUnusableRecord, WhyStatusUnknown, WhyNoEmail, WhyFirstSighting,
		WhyBackoff, WhyExpression, WhyDrift, WhyAttributeUnstated, WhyNotVisible, WhyReturn, WhyDisabledAccount, WhyOtherEmail,
	}
}

// An Exit is the way out of a hold.
type Exit string

// The ways out of a hold.
const (
	Approve Exit = "approve" // `writersync approve HASH` lets exactly these ops through
	Fix     Exit = "fix"     // somebody must change something; WayOut says what
	Wait    Exit = "wait"    // a later pass decides by itself
)

// A Hold is a judgement on some ops: why they are held and how they get out.
type Hold struct {
	Why    Why
	Text   string // one sentence with the numbers that led to it
	Exit   Exit
	WayOut string // one sentence: what the admin can do
	Ops    []int  // indexes into Plan.Ops
}

// Held is a hold together with the ops it took out of the plan.
type Held struct {
	Why    Why
	Text   string
	Exit   Exit
	WayOut string
	Ops    []Op
}

// Hold returns the plan without the ops that the holds name, which are moved to
// Held. An op named twice goes to the first hold that names it. Nothing is added,
// edited or reordered.
func (p Plan) Hold(holds ...Hold) Plan {
	if !slices.ContainsFunc(holds, func(h Hold) bool { return len(h.Ops) > 0 }) {
		return p // a first plan has millions of ops: they are copied only where some are held
	}
	taken := make([]bool, len(p.Ops))
	out := Plan{Held: slices.Clone(p.Held), Outside: p.Outside}
	for _, h := range holds {
		held := Held{Why: h.Why, Text: h.Text, Exit: h.Exit, WayOut: h.WayOut}
		for _, i := range h.Ops {
			if !taken[i] {
				taken[i] = true
				held.Ops = append(held.Ops, p.Ops[i])
			}
		}
		if len(held.Ops) > 0 {
			out.Held = append(out.Held, held)
		}
	}
	for i, op := range p.Ops {
		if !taken[i] {
			out.Ops = append(out.Ops, op)
		}
	}
	slices.SortStableFunc(out.Held, compareHeld)
	return out
}

// Release returns the plan with those ops that are held for a reason and that goes says go.
func (p Plan) Release(why Why, goes func(Op) bool) Plan {
	out, released := Plan{Ops: p.Ops, Outside: p.Outside}, []Op(nil)
	for _, h := range p.Held {
		if h.Why == why {
			var kept []Op
			for _, op := range h.Ops {
				if goes(op) {
					released = append(released, op)
				} else {
					kept = append(kept, op)
				}
			}
			if h.Ops = kept; len(kept) == 0 {
				continue
			}
		}
		out.Held = append(out.Held, h)
	}
	if len(released) > 0 {
		out.Ops = slices.Concat(p.Ops, released)
		slices.SortStableFunc(out.Ops, compareOps)
		out.Ops = orderChains(out.Ops)
	}
	return out
}

func compareHeld(a, b Held) int {
	if c := cmp.Compare(a.Why, b.Why); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Ops, b.Ops, compareOps)
}

// Writes returns how many ops of the plan change something in Writer.
func (p Plan) Writes() int {
	n := 0
	for _, op := range p.Ops {
		if !op.LedgerOnly() {
			n++
		}
	}
	return n
}

// A Warning is something an admin should know that holds no op.
type Warning struct {
	Code string // bounded: a metric label
	Text string
}
