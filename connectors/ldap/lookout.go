package ldap

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// attrCSN differs after each change of an entry, also within one second, on OpenLDAP and
// servers like it.
const attrCSN = "entryCSN"

// A lookout finds changes by the time at which entries say that they were changed. That is
// in whole seconds, and more can happen in a second after it was looked at: the entries of
// the latest second are asked for again each time, and those that are as they were are no
// news.
type lookout struct {
	connector *Connector
	mark      string                   // the latest stamp that does not lie ahead; "" before the first look
	seen      map[fingerprint]struct{} // the versions of entries from the mark on, as of the last look
	blind     bool                     // some entry shows no entryCSN: versions are told by all that is read
}

// look reports whether anything changed since the last look; of the first, it reports
// nothing. A look costs one search of each branch.
func (l *lookout) look(ctx context.Context, now time.Time) (news bool, err error) {
	conn, err := l.connector.dialer.Dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if l.mark != "" && l.mark <= now.UTC().Format(stampForm) {
		return l.again(ctx, conn, now)
	}
	turned := l.mark != "" // the clock was set back: what was missed while it was wrong is not known
	if err := l.begin(ctx, conn, now); err != nil {
		return false, err
	}
	_, err = l.again(ctx, conn, now)
	return turned, err
}

// begin finds the mark among all entries.
func (l *lookout) begin(ctx context.Context, conn *Conn, now time.Time) error {
	all := stamps{now: now}
	for _, branch := range l.connector.branches() {
		q := branch.query
		q.Attributes = []string{attrModified, attrCSN}
		err := conn.Search(ctx, q, func(e *goldap.Entry) error {
			all.note(e)
			l.blind = l.blind || len(values(e, attrCSN)) == 0
			return nil
		})
		if err != nil {
			return err
		}
	}
	if l.mark = all.orNow().since(0, 0); l.mark == "" {
		return rejected("watch the directory", errNoStamps, "Let the bind DN read modifyTimestamp, or write watch: false for this source.")
	}
	return nil
}

var errNoStamps = errors.New("no entry shows when it was changed")

// again looks at the entries from the mark on, and moves it on.
func (l *lookout) again(ctx context.Context, conn *Conn, now time.Time) (news bool, err error) {
	found, seen := stamps{now: now}, map[fingerprint]struct{}{}
	for _, branch := range l.connector.branches() {
		q := branch.query
		q.Filter, q.Attributes = All(q.Filter, changedSince(l.mark)), l.attributes(branch.kind)
		err := conn.Search(ctx, q, func(e *goldap.Entry) error {
			if conn.self(e.DN) {
				return nil // the server may note there that it was asked
			}
			found.note(e)
			v := versionOf(e, branch.kind)
			_, old := l.seen[v]
			news = news || !old
			seen[v] = struct{}{}
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	l.seen, l.mark = seen, max(l.mark, found.since(0, 0))
	return news, nil
}

// attributes returns those that tell one version of an entry from another. All that is
// read of an entry is asked for only if need be: a group may have a hundred thousand
// members.
func (l *lookout) attributes(kind connectors.ObjectKind) []string {
	if !l.blind {
		return []string{attrModified, attrCSN}
	}
	t := newTranslator(l.connector.config.Attributes)
	t.stamped = true
	return append(t.attributesOf(kind), attrCSN)
}

// versionOf stands for an entry of a branch with all that it shows. Neither attributes nor
// values have an order.
func versionOf(e *goldap.Entry, kind connectors.ObjectKind) fingerprint {
	h := sha256.New()
	write := func(texts ...string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(texts))))
		for _, s := range texts {
			h.Write(binary.AppendUvarint(nil, uint64(len(s))))
			h.Write([]byte(s))
		}
	}
	write(string(kind), e.DN)
	for _, a := range slices.SortedFunc(slices.Values(e.Attributes), func(a, b *goldap.EntryAttribute) int { return strings.Compare(a.Name, b.Name) }) {
		write(a.Name)
		write(slices.Sorted(slices.Values(a.Values))...)
	}
	return fingerprint(h.Sum(nil)[:16])
}
