package ldap

import (
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// stampForm is how servers write modifyTimestamp (RFC 4517 section 3.3.13). What may come
// after the seconds, a fraction or another zone, is not looked at.
const stampForm = "20060102150405Z"

// stampOverlap is how much earlier than the latest change that was seen the next look
// begins: an entry can be stamped before another and be shown after it.
const stampOverlap = 2 * time.Minute

func generalizedTime(s string) bool {
	_, err := time.Parse(stampForm, s)
	return err == nil
}

// stamps notes the latest modifyTimestamp that was seen. One that lies ahead of this
// machine's clock does not count: a look that began at it would find nothing until that
// time. This clock decides nothing else. If it is behind the directory's, a look begins
// earlier than it must, and what it finds is told once more.
type stamps struct {
	now    time.Time // when the look began
	latest time.Time
	ahead  bool // there are some that lie ahead
}

// note takes in the stamp of an entry, if it shows one.
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

// orNow takes now for the latest stamp where every one lies ahead. It is for the stamps
// of all entries.
func (s stamps) orNow() stamps {
	if s.latest.IsZero() && s.ahead {
		s.latest = s.now
	}
	return s
}

// since returns the latest stamp, less an overlap and the time that the look took; "" where
// no entry had one.
func (s stamps) since(overlap, took time.Duration) string {
	if s.latest.IsZero() {
		return ""
	}
	return s.latest.Add(-overlap - took).UTC().Format(stampForm)
}

func changedSince(stamp string) Filter { return Filter{"(" + attrModified + ">=" + stamp + ")"} }
