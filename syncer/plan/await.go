package plan

import (
	"fmt"
	"slices"
	"strings"
)

// A claimant is somebody with an account, by what one record of theirs is joined by, or
// was when it was read last.
type claimant struct {
	owner  *human
	record Person
	shared bool // several have it: it tells nobody from another
}

// await holds newcomers who share a key with a person who has an account, while a record of one
// of them is unusable. Otherwise one person gets two accounts.
func (j *joiner) await(all []*human) {
	had := j.claimants(all)
	for _, h := range all {
		if h.first.Standing != None || j.doubted[h.first.Ref] || j.root(h.first.Ref) != h.first.Ref {
			continue
		}
		for _, i := range h.records {
			p := j.in.People[i]
			c, known := had[j.lastKey(p)]
			if !known || c.shared || j.overlap(c.owner, h) || (j.key(p) != "" && j.key(c.record) != "") {
				continue
			}
			if j.key(p) == "" {
				c.record = p
			}
			j.wait(c, h)
			break
		}
	}
}

func (j *joiner) claimants(all []*human) map[string]claimant {
	had := map[string]claimant{}
	for _, h := range all {
		for _, i := range h.records {
			p := j.in.People[i]
			key := j.lastKey(p)
			if key == "" || !h.first.hasAccount() || !j.in.configured(p.Ref.Source) {
				continue
			}
			other, twice := had[key]
			c := claimant{h, p, other.shared || (twice && other.owner != h)}
			if twice && j.key(p) != "" {
				c.record = other.record // the one that counts is the one that cannot be relied on
			}
			had[key] = c
		}
	}
	return had
}

// overlap reports whether one source states both: then they are never one.
func (j *joiner) overlap(a, b *human) bool {
	stated := j.stated(a)
	for source := range j.stated(b) {
		if stated[source] {
			return true
		}
	}
	return false
}

// refuse holds the newcomers among humans of whom nobody can tell who is whom, if one of
// them has an account, which may be theirs.
func (j *joiner) refuse(humans []*human) {
	if !slices.ContainsFunc(humans, func(h *human) bool { return h.first.hasAccount() }) {
		return
	}
	for _, h := range humans {
		if h.first.Standing != None {
			continue
		}
		j.doubted[h.first.Ref] = true
		j.held = append(j.held, Held{
			Why: WhyNewID, Exit: Fix, Ops: []Op{ownAccount(h)},
			Text:   fmt.Sprintf("%s may be one of several people, of whom one has an account: nobody can tell who is whom", h.first.Ref),
			WayOut: "See the note about them, and correct what they have in common in one of the directories.",
		})
	}
}

// ownAccount is the op that is held of a newcomer who may have an account already.
func ownAccount(h *human) Op {
	return Op{
		Kind: CreateUser, Person: h.first.Ref, Login: stated(h.first),
		Reason: Reason{Basis: Shown, Text: "would have an account of their own"},
	}
}

// wait holds the newcomer h because of a record that cannot be used.
func (j *joiner) wait(l claimant, h *human) {
	j.doubted[h.first.Ref] = true
	j.held = append(j.held, Held{
		Why: WhyNewID, Exit: Fix, Ops: []Op{ownAccount(h)},
		Text:   fmt.Sprintf("%s has the %s of %s, and the record %s cannot be used: %s", h.first.Ref, j.by(), l.owner.first.Ref, l.record.Ref, l.record.User.Fault),
		WayOut: "Correct that record in the directory.",
	})
}

// waitForRead holds the newcomer h, who would be joined with another person if the sources had
// been read in full.
func (j *joiner) waitForRead(first, h *human, unread []string) {
	if h.first.Standing != None {
		return
	}
	j.doubted[h.first.Ref] = true
	j.held = append(j.held, Held{
		Why: WhyNewID, Exit: Wait, Ops: []Op{ownAccount(h)},
		Text:   fmt.Sprintf("%s has the %s of %s, and this run did not read in full: %s", h.first.Ref, j.by(), first.first.Ref, strings.Join(unread, ", ")),
		WayOut: "The next full read of these sources decides.",
	})
}
