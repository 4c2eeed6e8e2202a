package writer

import (
	"context"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// examine does to the account what is done to people's. What Writer answers is noted;
// what it did is only believed of a look at the account. It ends early where nothing
// more can be learnt.
func (p *prober) examine(ctx context.Context) error {
	for _, step := range []func(context.Context) error{p.readBack, p.rename, p.deactivate, p.find, p.reactivate} {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the probe was ended early: %w", err)
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fatal returns err if it says that no further request will do.
func fatal(err error) error {
	if connectors.ClassOf(err) == connectors.Denied {
		return err
	}
	return nil
}

func (p *prober) readBack(ctx context.Context) error {
	var a plan.Account
	times, err := p.patiently(ctx, func() (err error) {
		a, err = p.ReadUser(ctx, p.Account)
		return err
	})
	if err != nil {
		p.saw("read it back", "", "%v", err)
		return fmt.Errorf("the account cannot be seen: %w", err)
	}
	text := "it is there, " + standing(a)
	if times > 1 {
		text = fmt.Sprintf("it was not there for the first %d of %d looks", times-1, times)
	}
	if a.Attributes[connectors.Title] == "" {
		text += "; its title was not kept"
	}
	if a.ExternalID != p.canary.Mark {
		text += "; its external ID was not kept"
	}
	p.saw("read it back", "", "%s", text)
	return nil
}

func (p *prober) rename(ctx context.Context) error {
	_, err := p.UpdateUser(ctx, p.Account, apply.UserEdit{Changes: []plan.Change{
		{Attribute: connectors.DisplayName, Old: canaryName, New: canaryRenamed},
	}})
	if err != nil {
		p.saw("change its name", "names that change are not brought to Writer", "%v", err)
		return fatal(err)
	}
	if put, _ := p.mode(); put {
		p.saw("change its name", "", "taken, with PUT: PATCH is not supported, or writer.update says so")
	} else {
		p.saw("change its name", "", "taken, with PATCH")
	}
	return nil
}

// deactivate sends `active: false` and looks what came of it.
func (p *prober) deactivate(ctx context.Context) error {
	no := false
	_, sent := p.UpdateUser(ctx, p.Account, apply.UserEdit{Active: &no})
	p.saw("send active: false", "", "%s", answered(sent, p.barely()))
	if err := fatal(sent); err != nil {
		return err
	}
	a, err := p.ReadUser(ctx, p.Account)
	switch {
	case connectors.ClassOf(err) == connectors.NotFound:
		p.Fate = FateRemoved
		p.saw("read it back", "deprovision: deactivate would remove accounts, without the approval that delete waits for", "it is gone (404)")
	case err != nil:
		p.saw("read it back", "", "%v", err)
		return fatal(err)
	case a.Active:
		p.Fate = FateActive
		p.saw("read it back", "deprovision: deactivate does nothing here", "it is still active")
	default:
		p.Fate = FateInactive
		p.saw("read it back", "deprovision: deactivate works", "it is inactive")
	}
	return nil
}

func answered(err error, how string) string {
	if err != nil {
		return err.Error()
	}
	return "answered with success" + how
}

// barely says in which form active was taken, if that is not the usual one.
func (p *prober) barely() string {
	if put, bare := p.mode(); bare && !put {
		return ", in a PATCH without a path"
	}
	return ""
}

// find looks whether an inactive account is still found by its e-mail.
func (p *prober) find(ctx context.Context) error {
	const name = "look for it by e-mail"
	if p.Fate != FateInactive {
		return nil
	}
	_, err := p.FindUser(ctx, p.canary.Email)
	switch {
	case err == nil:
		p.saw(name, "", "it is listed")
	case connectors.ClassOf(err) == connectors.NotFound:
		p.saw(name, "a full read takes deactivated accounts for deleted ones, and their addresses stay taken", "it is not listed while it is inactive")
	default:
		p.saw(name, "", "%v", err)
	}
	return fatal(err)
}

// reactivate sends `active: true`, if that can show something.
func (p *prober) reactivate(ctx context.Context) error {
	if p.Fate != FateInactive {
		return nil
	}
	yes := true
	_, sent := p.UpdateUser(ctx, p.Account, apply.UserEdit{Active: &yes})
	p.saw("send active: true", "", "%s", answered(sent, ""))
	a, err := p.ReadUser(ctx, p.Account)
	switch {
	case err != nil:
		p.saw("read it back", "whoever returns does not get the account back", "%v", err)
	case !a.Active:
		p.saw("read it back", "whoever returns does not get the account back", "it is still inactive")
	default:
		p.Returns = true
		p.saw("read it back", "whoever returns gets the account back", "it is active")
	}
	return fatal(err)
}
