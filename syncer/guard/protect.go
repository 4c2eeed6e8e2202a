package guard

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// unlisted holds every removal until somebody has thought of whom to protect: a
// `protected` list must be typed, even an empty one.
type unlisted struct{}

func (unlisted) Name() plan.Why { return WhyUnlisted }

func (unlisted) Check(p plan.Plan, ev Evidence) []plan.Hold {
	if ev.Protected.Listed {
		return nil
	}
	return []plan.Hold{{
		Why: WhyUnlisted, Exit: plan.Fix, Ops: where(p, removing),
		Text:   "the configuration has no `protected` list, and nothing is removed without one",
		WayOut: "Add `protected: [...]` with the accounts that must never be removed, such as break-glass admins; `protected: []` says there are none.",
	}}
}

// protect keeps everything away from protected accounts that would take from
// them. An op that does not say whose account it is about counts as protected.
type protect struct{}

func (protect) Name() plan.Why { return WhyProtected }

func (protect) Check(p plan.Plan, ev Evidence) []plan.Hold {
	ops := where(p, func(o plan.Op) bool {
		return o.Removes() && (o.Login == "" || ev.Protected.Emails[connectors.CanonicalEmail(o.Login)] || ev.Protected.Accounts[o.Account])
	})
	loses := where(p, func(o plan.Op) bool {
		mail, _ := o.Change(plan.UserName)
		protected := func(s string) bool { return ev.Protected.Emails[connectors.CanonicalEmail(s)] }
		return renames(o) && (protected(mail.Old) || ev.Protected.Accounts[o.Account]) && !protected(mail.New)
	})
	return []plan.Hold{{
		Why: WhyProtected, Exit: plan.Fix, Ops: loses,
		Text:   "their e-mail is on the `protected` list and would change, and the new one is not on it",
		WayOut: "Add the new address to the list; the old one can go once the account has it no longer.",
	}, {
		Why: WhyProtected, Exit: plan.Fix, Ops: ops,
		Text:   fmt.Sprintf("they would take from accounts on the `protected` list: %d in all", len(ops)),
		WayOut: "Nothing needs to be done; take the account off the list if it may go.",
	}}
}
