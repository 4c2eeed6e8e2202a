package main

import (
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// stamp is how a time is written that is neither just past nor soon.
const stamp = "2006-01-02 15:04"

func accountLines(p syncer.PersonFacts) []string {
	if p.Link == nil {
		return []string{noAccount(p)}
	}
	origin := map[plan.Origin]string{plan.Created: "made by us", plan.Adopted: "was there before us"}[p.Link.Origin]
	out := []string{fmt.Sprintf("%s in Writer, %s, %s", p.Link.Account, standing(p), origin)}
	switch {
	case p.OutSince.IsZero():
	case p.Ends.IsZero():
		out = append(out, "out of scope since "+p.OutSince.Local().Format(stamp)+": the account ends `people.grace` after its memberships were removed")
	default:
		out = append(out, "out of scope since "+p.OutSince.Local().Format(stamp)+": after "+p.Ends.Local().Format(stamp)+" `deprovision` says what becomes of the account, unless the user is in scope again")
	}
	if p.Protected {
		out = append(out, "protected: nothing is ever taken from it")
	}
	if p.Link.RefusedEmail != "" {
		out = append(out, "Writer refused the e-mail "+p.Link.RefusedEmail)
	}
	if p.Stated != nil {
		out = append(out, differences(p)...)
	}
	return out
}

// noAccount says why there is none, as far as the directory tells. What waits for a hold or
// a pass stands in other rows.
func noAccount(p syncer.PersonFacts) string {
	switch {
	case p.Stated == nil:
		return "none in Writer by us: the directory does not state the person any more"
	case p.Stated.Status == connectors.StatusDisabled:
		return "none in Writer by us: the directory says that the person is disabled"
	case !p.InScope:
		return "none in Writer by us: the person is not in scope"
	}
	return "none in Writer by us"
}

// standing says how the account stands: as we left it, or as an admin of Writer did.
func standing(p syncer.PersonFacts) string {
	for _, h := range p.Held {
		switch h.Held.Why {
		case plan.WhyAccountMissing:
			return "deleted there and not by us"
		case plan.WhyDeactivatedThere:
			return "deactivated there and not by us"
		case plan.WhyRevivedThere:
			return "reactivated there and not by us"
		}
	}
	return string(p.Link.Standing)
}

// differences says in which attributes the account is not what the source states.
func differences(p syncer.PersonFacts) []string {
	var out []string
	switch mail := connectors.CanonicalEmail(p.Stated.Email); {
	case mail == "" && p.Link.Standing == plan.Live:
		out = append(out, fmt.Sprintf("e-mail in Writer: %s; the directory states none any more, and the account keeps it", p.Link.Email()))
	case mail != "" && mail != p.Link.Email():
		out = append(out, fmt.Sprintf("e-mail in Writer: %s", p.Link.Email()))
	}
	for _, a := range slices.Sorted(maps.Keys(p.Link.Applied)) {
		if stated, ok := p.Stated.Attributes[a]; ok && stated != p.Link.Applied[a] {
			out = append(out, fmt.Sprintf("%s in Writer: %q, in the directory: %q", a.Word(), p.Link.Applied[a], stated))
		}
	}
	return out
}
