package sandbox

import (
	"slices"
	"strconv"
)

// What follows is done as an admin would do it in Writer itself: it is in no
// ledger and counts as no request.

// AddTeam makes a team and returns its id.
func (s *Sandbox) AddTeam(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	t := &team{id: strconv.Itoa(s.nextID), name: name}
	s.teams[t.id] = t
	return t.id
}

// RemoveTeam deletes a team; its members keep their accounts.
func (s *Sandbox) RemoveTeam(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.teamByName(name); t != nil {
		delete(s.teams, t.id)
	}
}

// RenameTeam gives a team another name.
func (s *Sandbox) RenameTeam(name, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.teamByName(name); t != nil {
		t.name = to
	}
}

// Invite makes an active account by hand and returns its id.
func (s *Sandbox) Invite(email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(map[string]any{"userName": email, "active": true}).id()
}

// Hide makes an account invisible through SCIM, while it still holds its e-mail.
func (s *Sandbox) Hide(email string) {
	s.edit(email, func(a *account) { a.hidden = true })
}

// SetActive activates or deactivates an account.
func (s *Sandbox) SetActive(email string, active bool) {
	s.edit(email, func(a *account) { a.resource["active"] = active })
}

// SetEmail gives an account another address.
func (s *Sandbox) SetEmail(email, to string) {
	s.edit(email, func(a *account) { a.resource["userName"] = to })
}

// SetExternalID changes how another program calls an account.
func (s *Sandbox) SetExternalID(email, to string) {
	s.edit(email, func(a *account) { a.resource["externalId"] = to })
}

// SetDisplayName renames an account.
func (s *Sandbox) SetDisplayName(email, name string) {
	s.edit(email, func(a *account) { a.resource["displayName"] = name })
}

// Delete removes an account.
func (s *Sandbox) Delete(email string) {
	s.edit(email, func(a *account) { s.remove(a.id()) })
}

// Join adds an account to a team.
func (s *Sandbox) Join(email, name string) {
	s.edit(email, func(a *account) {
		if t := s.teamByName(name); t != nil && !slices.Contains(t.members, a.id()) {
			t.members = append(t.members, a.id())
		}
	})
}

// Leave takes an account out of a team.
func (s *Sandbox) Leave(email, name string) {
	s.edit(email, func(a *account) {
		if t := s.teamByName(name); t != nil {
			t.leave(a.id())
		}
	})
}

func (s *Sandbox) edit(email string, do func(*account)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.taken(email, nil); a != nil {
		do(a)
	}
}

// Clone returns a sandbox that holds what s does, with a ledger and counts of its
// own, both empty.
func (s *Sandbox) Clone() *Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &Sandbox{
		token: s.token, defaultTeam: s.defaultTeam, quirks: s.quirks, nextID: s.nextID,
		accounts: map[string]*account{}, teams: map[string]*team{},
	}
	for id, a := range s.accounts {
		// A resource is replaced, never changed in place.
		out.accounts[id] = &account{resource: a.resource, hidden: a.hidden, unseen: a.unseen}
	}
	for id, t := range s.teams {
		out.teams[id] = &team{t.id, t.name, slices.Clone(t.members)}
	}
	return out
}
