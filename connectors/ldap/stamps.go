package ldap

import (
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// stampForm is how servers write modifyTimestamp (RFC 4517 section 3.3.13), as far as
// it is compared: fractions and other zones are taken for what comes before them.
const stampForm = "20060102150405Z"

// stampOverlap is how much earlier than the latest change that was seen the next look
// begins: an entry can be stamped before another and be shown after it.
const stampOverlap = 2 * time.Minute

func generalizedTime(s string) bool {
	_, err := time.Parse(stampForm, s)
	return err == nil
}

// stamps notes the latest modifyTimestamp that was seen, of those that do not lie ahead of
// this machine's clock: a look that began where one lies that does would see nothing
// until that time. The stamps themselves are what is gone on from, and the clock does no
// more than sort out what cannot be: where clocks differ, a look begins earlier than it
// need, and what it finds is told once more.
type stamps struct {
	now    time.Time // when the look began
	latest time.Time
	ahead  bool // there are some that lie ahead
}

func (s *stamps) note(e *goldap.Entry) {
	text := first(values(e, attrModified))
	if len(text) < len(stampForm)-1 {
		return
	}
	at, err := time.Parse(stampForm, text[:len(stampForm)-1]+"Z")
	switch {
	case err != nil:
	case at.After(s.now):
		s.ahead = true
	case at.After(s.latest):
		s.latest = at
	}
}

// orNow is for stamps of all entries: where every one lies ahead, it takes now for the
// latest.
func (s stamps) orNow() stamps {
	if s.latest.IsZero() && s.ahead {
		s.latest = s.now
	}
	return s
}

// since returns the latest stamp less an overlap and what the look took; "" where no entry
// had one.
func (s stamps) since(overlap, took time.Duration) string {
	if s.latest.IsZero() {
		return ""
	}
	return s.latest.Add(-overlap - took).UTC().Format(stampForm)
}

func changedSince(stamp string) Filter { return Filter{"(" + attrModified + ">=" + stamp + ")"} }
