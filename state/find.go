package state

import (
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Find returns people by what somebody types; see syncer.Picture. An ID or an
// e-mail is compared with what every record begins with; only where neither is found are
// the records themselves looked through, for a name.
func (t *tx) Find(text string) (found []uint32, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	err = t.do("find people", func() (err error) {
		found, err = t.find(func(f *filler, s source, e each) (bool, error) { return f.isCalled(s, e, text) })
		if err == nil && len(found) == 0 {
			found, err = t.find(func(f *filler, _ source, e each) (bool, error) { return f.isNamed(e, text) })
		}
		return err
	})
	return found, err
}

func (t *tx) find(is func(*filler, source, each) (bool, error)) ([]uint32, error) {
	var found []uint32
	f, index := &filler{codec: t.db.codec, tx: t.bolt}, uint32(0)
	err := t.db.eachSource(t.bolt, func(s source) error {
		return walk(s, func(e each) error {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			match, err := is(f, s, e)
			if match {
				found = append(found, index)
			}
			index++
			return err
		})
	})
	return found, err
}

// isCalled reports whether somebody has the ID, with the source or without, or the
// e-mail, stated or last applied.
func (f *filler) isCalled(s source, e each, text string) (bool, error) {
	if string(e.id) == text || s.name+"/"+string(e.id) == text {
		return true, nil
	}
	mail := connectors.CanonicalEmail(text)
	hash := hashMail(mail)
	if !strings.Contains(mail, "@") || (e.person.mail != hash && e.link.mail != hash) {
		return false, nil
	}
	p := plan.Person{Ref: connectors.Ref{Source: s.name, ID: string(e.id)}, Standing: e.link.standing}
	if err := f.fill(&p, e); err != nil {
		return false, err
	}
	for _, m := range p.Emails() {
		if m == mail {
			return true, nil
		}
	}
	return false, nil
}

// isNamed reports whether the source states somebody under that name.
func (f *filler) isNamed(e each, text string) (bool, error) {
	if !e.stated {
		return false, nil
	}
	u, err := f.codec.decodeUser(string(e.id), e.person.stated)
	return err == nil && strings.EqualFold(u.Attributes[connectors.DisplayName], text), err
}
