package state

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Sources returns every source that was ever read; see store.Sources.
func (t *tx) Sources() (out []store.Source, err error) {
	err = t.do("read sources", func() error {
		return t.db.eachSource(t.bolt, func(s source) error {
			if h := s.head; h.Generation > 0 {
				out = append(out, store.Source{
					Name: s.name, Generation: h.Generation, At: h.At, Size: h.Size, Accepted: h.Accepted,
					Identity: h.Identity, Files: h.Files, States: h.states(), Cursor: h.Cursor, Followed: h.Followed,
					Credible: h.Credible,
				})
			}
			return nil
		})
	})
	return out, err
}

// Accept records that the last reading of a source was credible; see store.Recorder.
func (t *tx) Accept(name string) error {
	return t.do("accept reading of "+name, func() error {
		s, ok, err := t.db.codec.openSource(t.bolt, name)
		if err != nil {
			return err
		}
		if !ok || s.head.Generation == 0 {
			return fmt.Errorf("the source was never read")
		}
		s.head.Accepted, s.head.Credible = s.head.Size, true
		return t.db.codec.writeHead(t.bolt, name, s.head)
	})
}

// Neighbours returns where an object stood and who else stands there; see
// store.Sources. The others are those that follow the object in the order of
// IDs, from the end on to the beginning, so that each claim leans on others.
func (t *tx) Neighbours(kind connectors.ObjectKind, object connectors.Ref, n int) (container string, ids []string, err error) {
	err = t.do(fmt.Sprintf("find neighbours of %s", object), func() error {
		s, ok, err := t.db.codec.openSource(t.bolt, object.Source)
		if err != nil || !ok {
			return err
		}
		search := neighbours{codec: t.db.codec, source: s, claim: plan.Claim{Kind: kind, Ref: object}, want: n}
		if ok, err = search.locate(); err != nil || !ok {
			return err
		}
		if err = search.run(); err == nil {
			container, ids = search.container, search.found
		}
		return err
	})
	return container, ids, err
}

// neighbours is one search for objects in the container of another.
type neighbours struct {
	codec     codec
	source    source
	claim     plan.Claim
	want      int
	container string
	found     []string
}

// locate finds the container in which the object last stood; ok is false if that
// is not known.
func (f *neighbours) locate() (ok bool, err error) {
	key := []byte(f.claim.Ref.ID)
	records, absent := f.source.claimed(f.claim.Kind)
	if value := records.Get(key); value != nil {
		f.container, err = f.look(key, value)
		return err == nil, err
	}
	a, ok, err := f.codec.readAbsence(absent, key)
	f.container = a.Container
	return ok, err
}

// run walks once around all IDs.
func (f *neighbours) run() error {
	records, _ := f.source.claimed(f.claim.Kind)
	c := records.Cursor()
	start := f.claim.Ref.ID
	for key, value := c.Seek([]byte(start)); key != nil && len(f.found) < f.want; key, value = c.Next() {
		if err := f.consider(key, value); err != nil {
			return err
		}
	}
	for key, value := c.First(); key != nil && len(f.found) < f.want && string(key) < start; key, value = c.Next() {
		if err := f.consider(key, value); err != nil {
			return err
		}
	}
	return nil
}

func (f *neighbours) consider(key, value []byte) error {
	if string(key) == f.claim.Ref.ID || !f.mayStandThere(key, value) {
		return nil
	}
	container, err := f.look(key, value)
	if err == nil && container == f.container {
		f.found = append(f.found, string(key))
	}
	return err
}

// mayStandThere compares hashes; look then compares the containers. A record that
// cannot be read is left for look to complain of.
func (f *neighbours) mayStandThere(key, value []byte) bool {
	place := hashText(f.container)
	if f.claim.Kind == connectors.GroupObject {
		g, err := readGroup(key, value)
		return err != nil || g.place == place
	}
	p, err := readPerson(key, value)
	return err != nil || p.place == place
}

// look returns in which container an object stands.
func (f *neighbours) look(key, value []byte) (string, error) {
	if f.claim.Kind == connectors.GroupObject {
		g, err := readGroup(key, value)
		if err != nil {
			return "", err
		}
		stated, err := f.codec.decodeGroup(g.stated)
		return stated.Container, err
	}
	p, err := readPerson(key, value)
	if err != nil {
		return "", err
	}
	u, err := f.codec.decodeUser(string(key), p.stated)
	return u.Container, err
}

// eachSource calls fn with every source, sorted by name.
func (db *DB) eachSource(tx *bolt.Tx, fn func(source) error) error {
	return tx.Bucket([]byte(bucketSources)).ForEachBucket(func(name []byte) error {
		s, ok, err := db.codec.openSource(tx, string(name))
		if err != nil || !ok {
			return err
		}
		return fn(s)
	})
}
