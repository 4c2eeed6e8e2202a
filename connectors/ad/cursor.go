package ad

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"writersync/connectors"
)

// A mark is a place in the history of one domain controller's database. Update
// sequence numbers are its own: on another one, or in a database that was restored,
// the same number stands for something else.
type mark struct {
	domain     guid
	service    string
	invocation guid
	usn        int64
	when       time.Time // past by its clock and by ours: accounts expire without an update
}

// mark returns the place where h stands now, and whether there is one.
func (h home) mark() (mark, bool) {
	return mark{h.id, strings.ToLower(h.service), h.invocation, h.usn, h.past}, h.invocation != guid{}
}

const markVersion = "1"

func (m mark) cursor() connectors.Cursor {
	return connectors.Cursor(strings.Join([]string{
		markVersion, m.domain.String(), m.invocation.String(), strconv.FormatInt(m.usn, 10), strconv.FormatInt(m.when.Unix(), 10), m.service,
	}, " "))
}

// parseMark reads a cursor. One that cannot be read is lost.
func parseMark(c connectors.Cursor) (mark, error) {
	lost := fmt.Errorf("%w: the cursor cannot be read", connectors.ErrCursorLost)
	parts := strings.SplitN(string(c), " ", 6)
	if len(parts) != 6 || parts[0] != markVersion {
		return mark{}, lost
	}
	var m mark
	var errs [4]error
	var when int64
	m.domain, errs[0] = parseGUID(parts[1])
	m.invocation, errs[1] = parseGUID(parts[2])
	m.usn, errs[2] = strconv.ParseInt(parts[3], 10, 64)
	when, errs[3] = strconv.ParseInt(parts[4], 10, 64)
	for _, err := range errs {
		if err != nil {
			return mark{}, lost
		}
	}
	m.when, m.service = time.Unix(when, 0).UTC(), parts[5]
	return m, nil
}

var _ connectors.Historian = (*Connector)(nil)

// WentBack tells of a database that was put back: its update sequence numbers went back,
// and it is still known as the same.
func (c *Connector) WentBack(since, now connectors.Cursor) error {
	before, err := parseMark(since)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read says nothing
	}
	after, err := parseMark(now)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	if before.domain == after.domain && before.invocation == after.invocation && after.usn < before.usn {
		return older()
	}
	return nil
}

// follows says why what happened since m cannot be told by whoever stands at now.
func (m mark) follows(now mark) error {
	why := ""
	switch {
	case m.domain != now.domain:
		why = "it is of another domain"
	case m.service != now.service:
		why = "it is of another domain controller"
	case m.invocation != now.invocation:
		why = "the domain controller has another database"
	case m.usn > now.usn:
		why = "the domain controller has an older state"
	case m.when.After(now.when):
		why = "a clock was set back"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", connectors.ErrCursorLost, why)
}
