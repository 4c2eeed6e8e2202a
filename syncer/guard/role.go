package guard

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// role holds every change of an org role: an org admin can do everything, and the
// last one who loses the role locks everybody out.
type role struct{}

func (role) Name() plan.Why { return WhyRole }

func (role) Check(p plan.Plan, ev Evidence) []plan.Hold {
	ops := where(p, func(o plan.Op) bool { return o.Kind == plan.SetRole })
	kept := where(p, func(o plan.Op) bool {
		return o.Kind == plan.SetRole && o.Changes[0].New != plan.RoleAdmin && ev.Protected.Emails[connectors.CanonicalEmail(o.Login)]
	})
	return []plan.Hold{{
		Why: WhyProtected, Exit: plan.Fix, Ops: kept,
		Text: "they would lose the role of an org admin, and are on the `protected` list", WayOut: "Nothing needs to be done; take the account off the list if it may lose the role.",
	}, {
		Why: WhyRole, Exit: plan.Approve, Ops: ops,
		Text:   fmt.Sprintf("the org role of %s would change: an org admin can do everything in Writer", people(len(ops))),
		WayOut: "Approve, if writer.role.admins is what it should be; see that somebody stays an org admin.",
	}}
}
