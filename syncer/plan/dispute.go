package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// settleDisputes sees to it that no plan gives one account to two users. Of those who are all
// disabled the first one gets it: it is deactivated. Else none does.
func (d *differ) settleDisputes() {
	first, claims := map[RemoteID]connectors.Ref{}, map[RemoteID][]Op{}
	d.eachAdoption(func(op Op) {
		user, claimed := first[op.Account]
		if first[op.Account] = op.Person; claimed && user != op.Person {
			claims[op.Account] = nil
		}
	})
	if len(claims) == 0 {
		return
	}
	d.eachAdoption(func(op Op) {
		if ops, disputed := claims[op.Account]; disputed {
			claims[op.Account] = append(ops, op)
		}
	})
	for _, account := range slices.Sorted(maps.Keys(claims)) {
		ops := claims[account]
		slices.SortStableFunc(ops, compareOps)
		active := slices.ContainsFunc(ops, func(op Op) bool { return !d.isDisabled(op.Person) })
		if !active {
			ops = ops[1:]
		}
		for _, op := range ops {
			d.withdraw(op.Person)
		}
		if active {
			d.dispute(account, ops)
		}
	}
}

// eachAdoption hands on each op that links an account, planned or such that an approval is
// enough for it.
func (d *differ) eachAdoption(do func(Op)) {
	each := func(ops []Op) {
		for _, op := range ops {
			if op.Kind == AdoptUser {
				do(op)
			}
		}
	}
	each(d.ops)
	for _, h := range d.held {
		if h.Exit == Approve {
			each(h.Ops)
		}
	}
}

func (d *differ) isDisabled(person connectors.Ref) bool {
	i, known := d.in.Person(person)
	return known && d.in.People[i].User != nil && d.in.People[i].User.Status == connectors.StatusDisabled
}

// withdraw plans nothing that needs an account which the user does not get.
func (d *differ) withdraw(person connectors.Ref) {
	needs := func(op Op) bool { return op.Person == person && op.Kind != JoinPerson && op.Direction() != Takes }
	d.ops = slices.DeleteFunc(d.ops, needs)
	d.held = slices.DeleteFunc(d.held, func(h Held) bool { return h.Exit == Approve && slices.ContainsFunc(h.Ops, needs) })
}

func (d *differ) dispute(account RemoteID, ops []Op) {
	names := make([]string, 0, len(ops))
	for _, op := range ops {
		names = append(names, cmp.Or(op.Login, op.Person.String()))
	}
	d.held = append(d.held, Held{
		Why: WhyAmbiguousAccount, Exit: Fix, Ops: ops,
		Text:   fmt.Sprintf("account %s in Writer may be that of several users: %s", account, few(names)),
		WayOut: "Give each of them an e-mail of their own in the directory, or give the account the e-mail of the one whose it is.",
	})
}
