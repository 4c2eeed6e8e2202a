package apply

import (
	"context"
	"errors"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// send does a unit. known is false if nobody can say whether it was done; err is
// the failure of the request, for the run to judge.
func (r *run) send(ctx context.Context, u unit) (out []Outcome, known bool, err error) {
	if u.team != "" {
		return r.editTeam(ctx, u.team, u.ops)
	}
	one, known, err := r.single(ctx, u.ops[0])
	return []Outcome{one}, known, err
}

// single does an op on one account.
func (r *run) single(ctx context.Context, op plan.Op) (Outcome, bool, error) {
	switch op.Kind {
	case plan.CreateUser:
		return r.create(ctx, op)
	case plan.DeleteUser:
		err := r.o.Target.DeleteUser(ctx, op.Account)
		out, known := outcomeOf(err)
		return out, known, err
	case plan.MoveLink:
		return r.rename(ctx, op)
	}
	edit := UserEdit{Changes: op.Changes}
	switch active := op.Kind == plan.Reactivate; op.Kind {
	case plan.Reactivate, plan.Deactivate:
		edit.Active = &active
	}
	account, err := r.o.Target.UpdateUser(ctx, op.Account, edit)
	if op.Kind == plan.Deactivate && connectors.ClassOf(err) == connectors.NotFound {
		account, err = r.confirmGone(ctx, op, err)
	}
	out, known := outcomeOf(err)
	out.Account = account
	mail, renames := op.Change(plan.UserName)
	if out.RefusedEmail != "" {
		out.RefusedEmail = mail.New
	}
	if known && renames && out.Class == connectors.Conflict {
		out.Account = r.holder(ctx, mail.New)
	}
	return out, known, err
}

// rename has an account name the user whose it becomes. The link moves whether Writer takes
// that or not.
func (r *run) rename(ctx context.Context, op plan.Op) (Outcome, bool, error) {
	account, err := r.o.Target.UpdateUser(ctx, op.Account, UserEdit{Changes: op.Changes})
	switch connectors.ClassOf(err) {
	case connectors.Rejected, connectors.Conflict, connectors.NotFound:
		return Outcome{Result: Done, Account: plan.Account{ID: op.Account}, Text: "the account keeps its external ID: " + err.Error()}, true, nil
	}
	out, known := outcomeOf(err)
	out.Account = account
	return out, known, err
}

// holder looks up the account that has an e-mail which is taken, for the next plan
// to decide about. It returns none if none shows.
func (r *run) holder(ctx context.Context, mail string) plan.Account {
	found, err := r.o.Reader.FindUser(ctx, connectors.CanonicalEmail(mail))
	if err != nil {
		return plan.Account{}
	}
	return found
}

// confirmGone looks once more at an account that Writer says it does not have: then
// nobody can sign in to it. If the look finds it, the answer was somebody else's.
func (r *run) confirmGone(ctx context.Context, op plan.Op, missing error) (plan.Account, error) {
	account, err := r.o.Reader.ReadUser(ctx, op.Account)
	switch {
	case connectors.ClassOf(err) == connectors.NotFound:
		return plan.Account{ID: op.Account}, nil
	case err != nil:
		return account, err
	case !account.Active:
		return account, nil
	}
	return account, &connectors.Error{Class: connectors.Transient, Op: "deactivate account", Err: fmt.Errorf("it was not found, and then it was: %w", errors.New(missing.Error()))}
}

// create makes an account. If the e-mail is taken, the account that has it is
// looked up, for the next plan to decide about.
func (r *run) create(ctx context.Context, op plan.Op) (Outcome, bool, error) {
	u := NewUser{ExternalID: plan.ExternalIDOf(op.Person), Attributes: map[connectors.Attribute]string{}}
	for _, c := range op.Changes {
		if c.New != "" {
			u.Attributes[c.Attribute] = c.New
		}
	}
	account, err := r.o.Target.CreateUser(ctx, u)
	if err == nil && (account.ID == "" || account.Email() != connectors.CanonicalEmail(u.Attributes[plan.UserName])) {
		err = &connectors.Error{Class: connectors.Unknown, Op: "create account", Err: fmt.Errorf("the answer is about another account")}
	}
	out, known := outcomeOf(err)
	out.Account = account
	if known && out.Class == connectors.Conflict {
		out.Account = r.holder(ctx, u.Attributes[plan.UserName])
	}
	return out, known, err
}

func (r *run) editTeam(ctx context.Context, team plan.RemoteID, ops []plan.Op) ([]Outcome, bool, error) {
	var edit TeamEdit
	for _, op := range ops {
		if op.Kind == plan.AddMember {
			edit.Add = append(edit.Add, op.Account)
		} else {
			edit.Remove = append(edit.Remove, op.Account)
		}
	}
	failed, err := r.o.Target.EditTeam(ctx, team, edit)
	whole, known := outcomeOf(err)
	if !known {
		return nil, false, err
	}
	out := make([]Outcome, len(ops))
	for i, op := range ops {
		out[i] = whole
		if ferr := failed[op.Account]; err == nil && ferr != nil {
			single, ok := outcomeOf(ferr)
			if !ok { // the read after the edit shows it was not done
				single = Outcome{Result: Failed, Class: connectors.ClassOf(ferr), Text: ferr.Error()}
			}
			out[i] = single
		}
	}
	return out, true, err
}
