package state

import (
	"errors"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/store"
)

// SetOutside stores since when people are out of scope; see store.Concluder.
func (t *tx) SetOutside(people []store.Outside) error {
	return t.do("remember who is out of scope", func() error {
		t.touch()
		l := t.db.newLedger(t.bolt)
		for _, o := range people {
			p, s, err := l.find(connectors.Ref(o.Person))
			if errors.Is(err, ErrUnlinked) {
				continue // the link was moved meanwhile
			}
			if err != nil {
				return fmt.Errorf("%s: %w", connectors.Ref(o.Person), err)
			}
			p.OutSince = o.Since
			if err := l.store(s, p); err != nil {
				return fmt.Errorf("%s: %w", connectors.Ref(o.Person), err)
			}
		}
		return l.storeRecent(t.db.step / pageSize)
	})
}
