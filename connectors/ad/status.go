package ad

import (
	"fmt"
	"strconv"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// Attributes that say whether an account can be used.
const (
	attrControl = "userAccountControl"
	attrExpires = "accountExpires"
)

// accountDisabled is the bit of userAccountControl that an administrator sets. Its
// bits for a locked account and for an expired password are not kept up (MS-ADTS
// section 2.2.16), and neither says that somebody has left.
const accountDisabled = 0x2

// status judges an account at a moment of the domain controller's own clock, and at the
// earlier one that is past by the clock of this machine too:
//
//	userAccountControl  not readable or no number         unknown
//	                    with the bit for disabled         disabled
//	accountExpires      not readable or no number         unknown
//	                    reached                           disabled
//	                    reached by one of the clocks      unknown
//	                    0, 2^63-1, not reached            active
//
// Every account has an accountExpires (MS-SAMR section 3.1.1.8): where there is none it
// may not be read.
//
// by names the attribute that says so; of an active account both do.
func status(e *goldap.Entry, now, past time.Time) (s connectors.Status, by string, expires time.Time) {
	control, err := strconv.ParseInt(one(e, attrControl), 10, 64)
	if err != nil {
		return connectors.StatusUnknown, "", time.Time{}
	}
	if control&accountDisabled != 0 {
		return connectors.StatusDisabled, attrControl, time.Time{}
	}
	expires, ends, err := expiry(one(e, attrExpires))
	switch {
	case err != nil:
		return connectors.StatusUnknown, "", time.Time{}
	case ends && !past.Before(expires):
		return connectors.StatusDisabled, attrExpires, expires
	case ends && !now.Before(expires):
		return connectors.StatusUnknown, "", expires
	}
	return connectors.StatusActive, attrControl + " " + attrExpires, expires
}

// never is an accountExpires that is never reached.
const never = 1<<63 - 1

// expiry reads an accountExpires: steps of 100 ns since 1601 (MS-DTYP section 2.3.3).
func expiry(value string) (when time.Time, ends bool, err error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, false, strconv.ErrSyntax
	}
	if n == 0 || n == never {
		return time.Time{}, false, nil
	}
	const from1601, perSecond = 11_644_473_600, 10_000_000
	return time.Unix(n/perSecond-from1601, n%perSecond*100).UTC(), true, nil
}

// statesBy is by what an account's state is told, and what nobody knows without it.
var statesBy = [...]struct{ attribute, untold string }{ //nolint:gochecknoglobals // a constant table
	{attrControl, "is disabled"},
	{attrExpires, "has ended"},
}

// unseen says which of them is hidden of a person, and what to do; "" if none is. It
// stands with the person: who is protected as an administrator inherits no rights, and may
// be the only one.
func unseen(e *goldap.Entry) string {
	for _, by := range statesBy {
		if len(ldap.Values(e, by.attribute)) == 0 {
			return fmt.Sprintf("%s is hidden, so that nobody knows whether the account %s: let the account that reads see it, for an administrator by the rights of AdminSDHolder", by.attribute, by.untold)
		}
	}
	return ""
}

// shown notes which of them people showed.
type shown [len(statesBy)]bool

func (s *shown) see(e *goldap.Entry) {
	for i, by := range statesBy {
		s[i] = s[i] || one(e, by.attribute) != ""
	}
}

// wanting is the error where one of them is hidden of everybody: one for all of them, and
// not one for each.
func (s *shown) wanting(people int, base string) error {
	for i, by := range statesBy {
		if s[i] {
			continue
		}
		return rejected("read the state of people", fmt.Errorf("not one of %d people below %s shows %s", people, base, by.attribute),
			fmt.Sprintf("Nobody could be told from somebody whose account %s. Let the account of bind.user read the attribute, "+
				`such as by: dsacls "%s" /I:S /G "DOMAIN\ACCOUNT:RP;%s;user"; by default the group Pre-Windows 2000 Compatible Access may.`, by.untold, base, by.attribute))
	}
	return nil
}
