package guard

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// EmailLimit is how many people may get another e-mail in one pass without an
// approval, of so many who have an account: a tenth, and at least 5. An export whose
// columns slipped gives everybody the mailbox of a neighbour.
func EmailLimit(managed int) int { return max(5, managed/10) }

// emailLimit holds changes of e-mails, all of them, if they are too many.
type emailLimit struct{}

func (emailLimit) Name() plan.Why { return WhyEmailLimit }

func (emailLimit) Check(p plan.Plan, ev Evidence) []plan.Hold {
	ops := where(p, func(o plan.Op) bool { return renames(o) && !ev.Approved[o.Hash()] })
	limit := EmailLimit(ev.Managed)
	if len(ops) <= limit {
		return nil
	}
	return []plan.Hold{{
		Why: WhyEmailLimit, Exit: plan.Approve, Ops: ops,
		Text:   fmt.Sprintf("%s would get another e-mail; the limit for one pass is %d of %d accounts", people(len(ops)), limit, ev.Managed),
		WayOut: "If the addresses really changed, approve; if not, look at the source's columns or attributes.",
	}}
}

// renames reports whether the op gives an account another e-mail.
func renames(o plan.Op) bool {
	mail, ok := o.Change(plan.UserName)
	return ok && o.Kind == plan.UpdateUser && connectors.CanonicalEmail(mail.Old) != connectors.CanonicalEmail(mail.New)
}
