package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// shield finds the accounts that have a protected address in Writer now, if the plan
// takes something from anybody, an address included. An admin of Writer may have given
// the address to an account that the ledger knows by another.
func (p *pass) shield(ctx context.Context) error {
	takes := func(o plan.Op) bool {
		_, renames := o.Change(plan.UserName)
		return len(o.Unread) == 0 && (o.Removes() || (renames && o.Kind == plan.UpdateUser)) // what needs another read waits anyway
	}
	if len(p.o.Protected.Emails) == 0 || !slices.ContainsFunc(p.plan.Ops, takes) {
		return nil
	}
	accounts := map[plan.RemoteID]bool{}
	for i, mail := range slices.Sorted(maps.Keys(p.o.Protected.Emails)) {
		account, err := p.o.Target.FindUser(ctx, mail)
		switch class := connectors.ClassOf(err); {
		case err == nil:
			accounts[account.ID] = true
		case class != connectors.NotFound:
			return fmt.Errorf("look for protected account %d of %d: %w", i+1, len(p.o.Protected.Emails), err)
		}
	}
	p.evidence.Protected.Accounts = accounts
	return nil
}
