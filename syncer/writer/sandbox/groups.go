package sandbox

import (
	"net/http"
	"slices"
)

const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"

func (t *team) leave(id string) {
	t.members = slices.DeleteFunc(t.members, func(m string) bool { return m == id })
}

func (s *Sandbox) teamByName(name string) *team {
	for _, t := range s.teams {
		if t.name == name {
			return t
		}
	}
	return nil
}

// groups answers requests below /Groups. The caller holds the lock.
func (s *Sandbox) groups(r *http.Request, id string, body map[string]any) reply {
	if id == "" && r.Method == http.MethodGet {
		return s.listGroups(r)
	}
	if r.Method == http.MethodPost || r.Method == http.MethodDelete {
		return failure(http.StatusForbidden, "", "teams are neither created nor deleted through SCIM")
	}
	t := s.teams[id]
	if t == nil {
		return failure(http.StatusNotFound, "", "there is no such group")
	}
	switch r.Method {
	case http.MethodGet:
		return resourceReply(http.StatusOK, s.showGroup(t, false))
	case http.MethodPatch:
		ops, err := parsePatch(body)
		if err != nil {
			return patchReply(err)
		}
		if out := s.refusedMembers(t, ops); out != nil {
			return *out
		}
		next, err := applyPatch(map[string]any{"displayName": t.name, "members": memberList(t.members)}, ops)
		if err != nil {
			return patchReply(err)
		}
		return s.changeGroup(t, next)
	case http.MethodPut:
		return s.changeGroup(t, body)
	}
	return failure(http.StatusMethodNotAllowed, "", "not supported")
}

// refusedMembers answers a PATCH that a quirk refuses for what it asks of single
// members, or for its size.
func (s *Sandbox) refusedMembers(t *team, ops []operation) *reply {
	size := 0
	for _, op := range ops {
		size += max(1, len(elements(op.value)))
		for _, e := range elements(op.value) {
			if s.quirks.MemberTwice500 && op.op == "add" && slices.Contains(t.members, str(e["value"])) {
				out := failure(http.StatusInternalServerError, "", "internal error")
				return &out
			}
		}
		if s.quirks.MemberAbsent400 && op.op == "remove" && op.path.filter != nil &&
			!slices.ContainsFunc(elements(memberList(t.members)), func(m map[string]any) bool { return op.path.filter(m) }) {
			out := failure(http.StatusBadRequest, "noTarget", "no such member")
			return &out
		}
	}
	if s.quirks.MaxMembers > 0 && size > s.quirks.MaxMembers {
		out := failure(http.StatusRequestEntityTooLarge, "", "the body is too large")
		if s.quirks.MaxMembers400 {
			out = failure(http.StatusBadRequest, "tooMany", "too many members")
		}
		return &out
	}
	return nil
}

// changeGroup makes the members what next says. The name stays: it belongs to
// Writer's admin.
func (s *Sandbox) changeGroup(t *team, next map[string]any) reply {
	var members []string
	for _, e := range elements(next[find(next, "members")]) {
		id := str(e[find(e, "value")])
		switch {
		case s.accounts[id] == nil && !s.quirks.UnknownMemberSilent:
			return failure(http.StatusBadRequest, "invalidValue", "a member is not a user")
		case s.accounts[id] != nil && !slices.Contains(members, id):
			members = append(members, id)
		}
	}
	for _, id := range t.members {
		if !slices.Contains(members, id) {
			s.note(MemberRemoved, s.accounts[id], t)
		}
	}
	for _, id := range members {
		if !slices.Contains(t.members, id) {
			s.note(MemberAdded, s.accounts[id], t)
		}
	}
	t.members = members
	return resourceReply(http.StatusOK, s.showGroup(t, false))
}

func memberList(ids []string) []any {
	out := make([]any, 0, len(ids))
	for _, id := range ids {
		out = append(out, map[string]any{"value": id})
	}
	return out
}

// showGroup is the resource as an answer shows it.
func (s *Sandbox) showGroup(t *team, listed bool) map[string]any {
	out := map[string]any{
		"schemas": []any{groupSchema}, "id": t.id, "displayName": t.name,
		"meta": map[string]any{"resourceType": "Group", "location": BasePath + "/Groups/" + t.id},
	}
	members := t.members
	if cut := s.quirks.MembersCut; cut > 0 && len(members) > cut {
		members = members[:cut]
	}
	switch q := s.quirks; {
	case q.MembersNeverShown, listed && q.MembersAbsent:
	case listed && q.MembersNull:
		out["members"] = nil
	case listed && q.MembersEmpty:
		out["members"] = []any{}
	default:
		out["members"] = memberList(members)
	}
	return out
}
