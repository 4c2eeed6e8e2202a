package writer

import (
	"context"
	"fmt"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// A Canary is an account that is made to see what Writer does to it.
type Canary struct {
	Email string // canonical; an address that nobody uses
	// Mark is its external ID: by it the account is known to be of this probe, even
	// if the answer to its creation was lost.
	Mark string
	// Pause waits before another look at what Writer does not show yet; nil: no wait.
	Pause func(context.Context) error
}

// The names that a canary has.
const (
	canaryName    = "writersync canary"
	canaryRenamed = "writersync canary, renamed"
)

// A Fate is what became of an account after `active: false`.
type Fate string

// The fates of an account. The zero value says that it could not be seen.
const (
	FateInactive Fate = "inactive" // it is there, and not active
	FateRemoved  Fate = "removed"  // it is there no more
	FateActive   Fate = "active"   // nothing: it was refused or ignored
)

// A ProbeStep is one thing that was done to Writer, or looked at there.
type ProbeStep struct {
	Name  string `json:"step"`
	Saw   string `json:"writer"`          // what Writer did
	Means string `json:"means,omitempty"` // for what is done about people who leave
}

// A Probe is what was seen.
type Probe struct {
	Steps   []ProbeStep   `json:"steps"`
	Account plan.RemoteID `json:"account,omitempty"` // that was made; empty if none was, as far as is known
	Fate    Fate          `json:"active_false"`
	Returns bool          `json:"reactivates"` // active: true brought it back
	Deletes bool          `json:"deletes"`     // DELETE removed it
	// Left says that an account was made, or may have been, and is not known to be gone.
	Left bool `json:"left_behind"`
}

// Advice returns what `deprovision` should be with this Writer, and why; empty if that
// was not seen.
func (p Probe) Advice() (plan.Deprovision, string) {
	switch {
	case p.Fate == FateInactive && p.Returns:
		return plan.DeprovisionDeactivate, "whoever leaves keeps an inactive account, and gets it back on return"
	case p.Fate == FateInactive:
		return plan.DeprovisionDeactivate, "whoever leaves keeps an inactive account; on return an admin must reactivate it in Writer, since SCIM was not seen to"
	case p.Fate == FateRemoved:
		return plan.DeprovisionDelete, "deactivating removes the account for good here, and with delete each removal waits for an approval"
	case p.Fate == FateActive && p.Deletes:
		return plan.DeprovisionDelete, "deactivating does nothing here, and DELETE works"
	case p.Fate == FateActive:
		return plan.DeprovisionNone, "neither deactivating nor DELETE was seen to work here: accounts of people who leave must be removed in Writer's admin panel"
	}
	return "", "it was not seen what active: false does"
}

// prober makes one probe.
type prober struct {
	*Client
	canary Canary
	Probe
	lost bool // an account may have been made whose id is not known
}

// Probe makes an account, renames, deactivates, reactivates and deletes it, and looks
// at it in between. It refuses an address that has an account. An error is what ended
// it early; whatever ended it, also the end of ctx, what was made is removed.
func (c *Client) Probe(ctx context.Context, canary Canary) (Probe, error) {
	p := &prober{Client: c, canary: canary}
	if err := p.absent(ctx); err != nil {
		return p.Probe, err
	}
	err := p.create(ctx)
	if err == nil {
		err = p.examine(ctx)
	}
	p.cleanUp(context.WithoutCancel(ctx))
	return p.Probe, err
}

func (p *prober) saw(name, means, format string, args ...any) {
	p.Steps = append(p.Steps, ProbeStep{Name: name, Saw: fmt.Sprintf(format, args...), Means: means})
}

// absent sees that the address has no account.
func (p *prober) absent(ctx context.Context) error {
	found, err := p.FindUser(ctx, p.canary.Email)
	switch {
	case err == nil:
		return &connectors.Error{
			Class: connectors.Conflict, Op: "probe", Err: fmt.Errorf("the canary's e-mail has account %s in Writer", found.ID),
			Hint: "Nothing was changed. Name an address that has no account, or remove the account in Writer if an earlier probe left it behind.",
		}
	case connectors.ClassOf(err) != connectors.NotFound:
		return err
	}
	p.saw("look for it", "", "no account has the e-mail")
	return nil
}

// create makes the account.
func (p *prober) create(ctx context.Context) error {
	made, err := p.CreateUser(ctx, apply.NewUser{ExternalID: p.canary.Mark, Attributes: map[connectors.Attribute]string{
		plan.UserName: p.canary.Email, connectors.GivenName: "Writersync", connectors.FamilyName: "Canary",
		connectors.DisplayName: canaryName, connectors.Title: "Canary",
	}})
	switch {
	case err == nil:
		p.Account = made.ID
		p.saw("create it", "", "account %s was made", made.ID)
		return nil
	case connectors.ClassOf(err) != connectors.Unknown:
		p.saw("create it", "people who join cannot be given accounts", "%v", err)
		p.conflicting(ctx, err)
		return err
	}
	p.lost = true
	if ferr := p.ours(ctx); ferr != nil {
		p.saw("create it", "", "%v; and then: %v", err, ferr)
		return err
	}
	p.saw("create it", "", "account %s was made, although the answer did not show it", p.Account)
	return nil
}

// conflicting looks, after a conflict, for an account that was not there before: some
// servers make one and say that they failed. Without the mark it cannot be told from
// one that somebody else made in that moment.
func (p *prober) conflicting(ctx context.Context, refused error) {
	if connectors.ClassOf(refused) != connectors.Conflict {
		return
	}
	if found, err := p.FindUser(context.WithoutCancel(ctx), p.canary.Email); err == nil {
		p.Left = true
		p.saw("look for it", "", "account %s has the e-mail now, and not our external ID: it is left alone", found.ID)
	}
}

// ours finds the account that was made without an answer, by the mark.
func (p *prober) ours(ctx context.Context) error {
	var found plan.Account
	_, err := p.patiently(ctx, func() (err error) {
		found, err = p.FindUser(ctx, p.canary.Email)
		return err
	})
	if err == nil && found.ExternalID != p.canary.Mark {
		err = &connectors.Error{Class: connectors.Conflict, Op: "probe", Err: fmt.Errorf("account %s has the e-mail and not our external ID: it is left alone", found.ID)}
	}
	if err == nil {
		p.Account, p.lost = found.ID, false
	}
	return err
}

// looks is how often something is looked for that is not there.
const looks = 5

// patiently looks again while nothing is found: some servers show a new account only
// after a while. It returns how many looks it took.
func (p *prober) patiently(ctx context.Context, look func() error) (int, error) {
	for n := 1; ; n++ {
		err := look()
		if n == looks || connectors.ClassOf(err) != connectors.NotFound {
			return n, err
		}
		if p.canary.Pause != nil {
			if werr := p.canary.Pause(ctx); werr != nil {
				return n, werr
			}
		}
	}
}

// cleanUpTime is how long the end of a probe may take.
const cleanUpTime = time.Minute

// cleanUp deletes what was made, and so shows what DELETE does.
func (p *prober) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, cleanUpTime)
	defer cancel()
	if p.Account == "" && p.lost {
		if err := p.ours(ctx); err != nil {
			p.Left = true
			p.saw("delete it", "", "not tried: it is not known whether an account was made (%v)", err)
		}
	}
	switch {
	case p.Account == "":
	case p.Fate == FateRemoved:
		p.saw("delete it", "", "not tried: it is gone already")
	default:
		p.remove(ctx)
	}
}

// remove deletes the account and looks whether it is gone. One that cannot be deleted
// is at least deactivated, so that it takes no seat.
func (p *prober) remove(ctx context.Context) {
	err := p.DeleteUser(ctx, p.Account)
	after, rerr := p.ReadUser(ctx, p.Account)
	if connectors.ClassOf(rerr) == connectors.NotFound && (err == nil || connectors.ClassOf(err) == connectors.Unknown) {
		p.Deletes = true
		p.saw("delete it", "deprovision: delete can be used", "it is gone")
		return
	}
	p.Left = true
	switch {
	case err != nil:
		p.saw("delete it", "deprovision: delete cannot be used", "%v", err)
	case rerr != nil:
		p.saw("delete it", "", "DELETE was answered with success; whether it is gone could not be seen: %v", rerr)
		return
	default:
		p.saw("delete it", "deprovision: delete does not remove accounts here", "DELETE was answered with success, and it is still there, %s", standing(after))
	}
	if rerr == nil && after.Active && p.Fate == FateInactive {
		no := false
		if _, err := p.UpdateUser(ctx, p.Account, apply.UserEdit{Active: &no}); err == nil {
			p.saw("deactivate it again", "", "it is inactive, and takes no seat")
		}
	}
}

func standing(a plan.Account) string {
	if a.Active {
		return "active"
	}
	return "inactive"
}
