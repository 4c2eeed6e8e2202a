package state

import (
	"bytes"
	"errors"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// FuzzRecords decodes bodies that some disk may hand back: never a panic, and what
// decodes encodes to something that decodes the same.
func FuzzRecords(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	u := connectors.User{ID: "ann", Names: []string{"uid=ann"}, Email: "ann@example.com", Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{"title": "x"}}
	stated, err := c.encodeUser(u)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(newPerson(7, u, stated))
	g, err := c.encodeGroup(3, listing{
		stated: statedGroup{Name: "g"}, names: hashNames([]string{"cn=g"}), members: []uint32{1, 7, 900}, kept: []uint32{8},
		loose: []loose{{hash: nameHash{1}, gained: true}, {hash: nameHash{2}, user: 9}, {hash: nameHash{3}, was: nameHash{4}}, {hash: nameHash{3}, group: true}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(g)
	l, err := c.encodeLink(linked{number: 7, memberships: []uint32{2, 5}, Link: plan.Link{Account: "a", Standing: plan.Live, Applied: map[connectors.Attribute]string{"userName": "x"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(l)
	f.Fuzz(func(t *testing.T, body []byte) {
		key := []byte("ann")
		value := seal(key, body)
		if got, err := unseal(key, value); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("a record came back as %x, %v", got, err)
		}
		fuzzPerson(t, c, key, value)
		fuzzGroup(t, c, key, value)
		fuzzLink(t, c, key, value)
		for _, decode := range []func() error{
			func() error { return c.decode(body, new(head)) },
			func() error { _, err := c.readIntent(key, value); return err },
			func() error { return c.decode(body, new(heldPart)) },
			func() error { _, _, err := readFeedKey(body); return err },
			func() error { _, err := unpack(body); return err },
			func() error { r := recents{of: map[uint32][]uint32{}}; return r.read(body) },
		} {
			if err := decode(); err != nil && !errors.Is(err, errRecord) {
				t.Errorf("an error that does not say that the record is broken: %v", err)
			}
		}
	})
}

func fuzzPerson(t *testing.T, c codec, key, value []byte) {
	p, err := readPerson(key, value)
	if err != nil {
		return
	}
	u, err := c.decodeUser("ann", p.stated)
	if err != nil {
		return
	}
	again, err := c.encodeUser(u)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.decodeListed("ann", again); err != nil {
		t.Errorf("a user that was decoded does not decode again: %v", err)
	}
}

func fuzzGroup(t *testing.T, c codec, key, value []byte) {
	g, err := readGroup(key, value)
	if err != nil {
		return
	}
	var members []uint32
	if err := unpackSet(g.members, func(n uint32) { members = append(members, n) }); err != nil {
		return
	}
	var again []uint32
	if err := unpackSet(packSet(members), func(n uint32) { again = append(again, n) }); err != nil || len(again) != len(members) {
		t.Errorf("%v came back as %v, %v", members, again, err)
	}
	if s, err := c.decodeGroup(g.stated); err == nil {
		l, err := c.listing(g)
		if err != nil {
			return
		}
		body, err := c.encodeGroup(g.number, listing{stated: s, names: l.names, members: members, kept: l.kept, loose: l.loose})
		if err != nil {
			t.Fatal(err)
		}
		again, err := readGroup(key, seal(key, body))
		if err != nil || !bytes.Equal(again.loose, packLoose(l.loose)) {
			t.Errorf("a group came back as %+v, %v", again, err)
		}
	}
}

func fuzzLink(t *testing.T, c codec, key, value []byte) {
	raw, err := readLink(key, value)
	if err != nil {
		return
	}
	l, err := c.decodeLink(connectors.Ref{Source: "corp", ID: "ann"}, raw)
	if err != nil {
		return
	}
	body, err := c.encodeLink(l)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = readLink(key, seal(key, body)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.decodeLink(connectors.Ref{Source: "corp", ID: "ann"}, raw); err != nil {
		t.Error(err)
	}
}

// FuzzPages walks over bytes that claim to be a state: never a panic.
func FuzzPages(f *testing.F) {
	db := openTest(f)
	var b bytes.Buffer
	tx, err := db.bolt.file.Begin(false)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := tx.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(2*pageSize+8), []byte{0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		// The meta pages carry checksums: what is patched lies behind them.
		broken := bytes.Clone(b.Bytes())
		copy(broken[2*pageSize+int(at)%(len(broken)-2*pageSize):], patch)
		err := checkPages(bytes.NewReader(broken), int64(len(broken)))
		if err != nil && bytes.Equal(broken, b.Bytes()) {
			t.Errorf("a sound file: %v", err)
		}
	})
}
