package state

import "writersync/syncer/store"

const keyControl = "control"

// Control returns the switches; see store.Decisions.
func (t *tx) Control() (c store.Control, err error) {
	err = t.do("read switches", func() error {
		value := t.bolt.Bucket([]byte(bucketControl)).Get([]byte(keyControl))
		if value == nil {
			return nil
		}
		return t.db.codec.read([]byte(keyControl), value, &c)
	})
	return c, err
}

// SetControl stores the switches; see store.Decider.
func (t *tx) SetControl(c store.Control) error {
	return t.do("store switches", func() error {
		return t.db.codec.put(t.bolt.Bucket([]byte(bucketControl)), []byte(keyControl), c)
	})
}
