package state

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Fill loads User and Link; see syncer.Picture. It looks up the people asked for,
// then walks over everybody for those who share an e-mail with one of them: by
// hash first, so that only they are decoded.
func (t *tx) Fill(in *plan.Input, people []uint32) error {
	if len(people) == 0 {
		return nil
	}
	return t.do("fill in people", func() error {
		if in.Version != t.version {
			return store.ErrMoved
		}
		f := filler{codec: t.db.codec, tx: t.bolt, in: in, mails: map[string]bool{}, hashes: map[uint64]bool{}}
		if err := f.asked(people); err != nil {
			return err
		}
		for _, a := range in.Accounts {
			if (in.Verified || len(in.Approved) > 0) && a.Active {
				f.mails[a.Email()], f.hashes[hashMail(a.Email())] = true, true
			}
		}
		delete(f.mails, "")
		delete(f.hashes, 0)
		if len(f.mails) == 0 || len(people) == len(in.People) {
			return nil
		}
		return f.sharers()
	})
}

type filler struct {
	codec  codec
	tx     *bolt.Tx
	in     *plan.Input
	mails  map[string]bool // canonical, of the people asked for
	hashes map[uint64]bool // of mails
}

// asked fills in the people asked for, and notes their e-mails.
func (f *filler) asked(people []uint32) error {
	var s source
	for _, i := range people {
		if int(i) >= len(f.in.People) {
			return fmt.Errorf("index %d of %d people: %w", i, len(f.in.People), store.ErrMoved)
		}
		ref := f.in.People[i].Ref
		if s.name != ref.Source || s.bucket == nil {
			var ok bool
			var err error
			if s, ok, err = f.codec.openSource(f.tx, ref.Source); err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("%s: %w", ref, store.ErrMoved)
			}
		}
		e, err := find(s, []byte(ref.ID))
		if err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
		if err := f.fill(&f.in.People[i], e); err != nil {
			return fmt.Errorf("%s: %w", ref, err)
		}
		f.mark(&f.in.People[i])
		for _, mail := range f.in.People[i].Emails() {
			f.mails[mail] = true
			f.hashes[hashMail(mail)] = true
		}
	}
	return nil
}

// find looks one person up.
func find(s source, key []byte) (e each, err error) {
	e.id = key
	if value := s.people.Get(key); value != nil {
		e.stated = true
		if e.person, err = readPerson(key, value); err != nil {
			return e, err
		}
	}
	if value := s.links.Get(key); value != nil {
		e.linked = true
		if e.link, err = readLink(key, value); err != nil {
			return e, err
		}
	}
	if e.joined = s.isJoined(key); !e.stated && !e.linked && !e.joined {
		return e, store.ErrMoved
	}
	return e, nil
}

func (f *filler) fill(p *plan.Person, e each) error {
	if p.Standing != e.link.standing {
		return store.ErrMoved
	}
	if e.stated {
		u, err := f.codec.decodeUser(p.Ref.ID, e.person.stated)
		if err != nil {
			return err
		}
		p.User = &u
	}
	if e.linked {
		l, err := f.codec.decodeLink(p.Ref, e.link)
		if err != nil {
			return err
		}
		p.Link = &l.Link
	}
	p.Settled = false
	return nil
}

// sharers fills in everybody who has an e-mail of somebody asked for.
func (f *filler) sharers() error {
	index := 0
	return f.tx.Bucket([]byte(bucketSources)).ForEachBucket(func(name []byte) error {
		s, ok, err := f.codec.openSource(f.tx, string(name))
		if err != nil || !ok {
			return err
		}
		return walk(s, func(e each) error {
			if index >= len(f.in.People) || !isRef(f.in.People[index].Ref, s.name, e.id) {
				return store.ErrMoved
			}
			p := &f.in.People[index]
			index++
			filled := p.User != nil || p.Link != nil
			if !filled && (f.hashes[e.person.mail] || f.hashes[e.link.mail]) {
				return f.fillSharer(p, e)
			}
			return nil
		})
	})
}

// fillSharer fills in somebody whose hash was found, if the e-mail was too.
func (f *filler) fillSharer(p *plan.Person, e each) error {
	filled := *p
	if err := f.fill(&filled, e); err != nil {
		return fmt.Errorf("%s: %w", p.Ref, err)
	}
	for _, mail := range filled.Emails() {
		if f.mails[mail] {
			f.mark(&filled)
			*p = filled
		}
	}
	return nil
}

// mark makes a person what the user showed before and does not show now, and keeps with the
// mark what is shown. Of a live account that is in scope it is the status alone.
func (f *filler) mark(p *plan.Person) {
	m, marked := f.in.Marks[p.Ref]
	if !marked || p.User == nil {
		return
	}
	m.Shown = p.User
	f.in.Marks[p.Ref] = m
	if p.Standing == plan.Live && (p.Link == nil || p.Link.OutSince.IsZero()) {
		m.Attributes = nil
	}
	was := m.On(*p.User)
	p.User = &was
}

func isRef(r connectors.Ref, source string, id []byte) bool {
	return r.Source == source && r.ID == string(id)
}
