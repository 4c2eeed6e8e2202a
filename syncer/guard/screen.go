package guard

import (
	"slices"

	"writersync/syncer/plan"
)

// Screen moves the ops that a rail names from the plan to held, rail by rail: a
// later rail sees what the earlier ones left. An op that an approval lets through
// passes every hold whose exit is an approval, and no other.
func Screen(p plan.Plan, ev Evidence, rails ...Rail) plan.Plan {
	for _, rail := range rails {
		holds := rail.Check(p, ev)
		for i, h := range holds {
			// The gate is opened as a whole: an approval from before the rules
			// changed lets nothing through it.
			if h.Exit == plan.Approve && h.Why != WhyGate {
				holds[i].Ops = slices.DeleteFunc(slices.Clone(h.Ops), func(at int) bool { return ev.Approved[p.Ops[at].Hash()] })
			}
		}
		p = p.Hold(holds...)
	}
	return p
}

// BeforeProof are the rails that need no look at single objects, in their order:
// first what stops everything, then what nothing may touch, then the limits. An org
// role is decided by itself: it would be lost to sight in a long first plan.
func BeforeProof() []Rail {
	return []Rail{pause{}, unlisted{}, protect{}, role{}, gate{}, basis{}, shrink{}, deletion{}, emailLimit{}, runLimit{}, teamLimit{}, source{}}
}

// The reasons for which rails hold ops.
const (
	WhyPaused       plan.Why = "paused"
	WhyUnlisted     plan.Why = "protected-unlisted"
	WhyProtected    plan.Why = "protected"
	WhySource       plan.Why = "source-incomplete"
	WhyGate         plan.Why = "gate"
	WhyGateOpening  plan.Why = "gate-opening"
	WhyShrink       plan.Why = "shrink"
	WhyRole         plan.Why = "role"
	WhyDelete       plan.Why = "delete"
	WhyEmailLimit   plan.Why = "email-limit"
	WhyRunLimit     plan.Why = "run-limit"
	WhyTeamLimit    plan.Why = "team-limit"
	WhyFalseReading plan.Why = "false-reading"
	WhyUnproven     plan.Why = "unproven"
	WhyNoControl    plan.Why = "no-control"
)

// Whys lists every reason for which a rail holds ops.
func Whys() []plan.Why {
	return []plan.Why{
		WhyPaused, WhyUnlisted, WhyProtected, WhySource, WhyGate, WhyGateOpening, WhyShrink, WhyRole, WhyDelete, WhyEmailLimit, WhyRunLimit, WhyTeamLimit,
		WhyFalseReading, WhyUnproven, WhyNoControl,
	}
}

// where returns the indexes of the ops for which f holds.
func where(p plan.Plan, f func(plan.Op) bool) []int {
	var out []int
	for i, op := range p.Ops {
		if f(op) {
			out = append(out, i)
		}
	}
	return out
}

// removing reports whether the op takes something away.
func removing(o plan.Op) bool { return o.Removes() }
