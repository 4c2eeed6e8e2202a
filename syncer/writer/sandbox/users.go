package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User"

// text returns a string of the resource, or "".
func (a *account) text(path ...string) string { return str(lookup(a.resource, path)) }

func (a *account) id() string       { return a.text("id") }
func (a *account) userName() string { return a.text("userName") }

// phone returns the number of the type work.
func (a *account) phone() string {
	for _, p := range elements(a.resource["phoneNumbers"]) {
		if str(p["type"]) == "work" {
			return str(p["value"])
		}
	}
	return ""
}

func (a *account) active() bool {
	active, ok := a.resource["active"].(bool)
	return !ok || active
}

// users answers requests below /Users. The caller holds the lock.
func (s *Sandbox) users(r *http.Request, id string, body map[string]any) reply {
	switch {
	case id == "" && r.Method == http.MethodGet:
		return s.listUsers(r)
	case id == "" && r.Method == http.MethodPost:
		return s.createUser(body)
	case id == "":
		return failure(http.StatusMethodNotAllowed, "", "not supported")
	}
	a := s.accounts[id]
	if a == nil || a.hidden || (r.Method == http.MethodGet && a.notYet()) {
		return failure(http.StatusNotFound, "", "there is no such user")
	}
	switch r.Method {
	case http.MethodGet:
		return resourceReply(http.StatusOK, s.showUser(a))
	case http.MethodPatch:
		return s.patchUser(a, body)
	case http.MethodPut:
		return s.changeUser(a, body)
	case http.MethodDelete:
		return s.deleteUser(a)
	}
	return failure(http.StatusMethodNotAllowed, "", "not supported")
}

func (s *Sandbox) patchUser(a *account, body map[string]any) reply {
	ops, err := parsePatch(body)
	if err == nil && s.quirks.DeactivateBare && namesActive(ops) {
		err = refuse("invalidPath", "active takes no path")
	}
	if err != nil {
		return patchReply(err)
	}
	next, err := applyPatch(a.resource, ops)
	if err != nil {
		return patchReply(err)
	}
	return s.changeUser(a, next)
}

func namesActive(ops []operation) bool {
	for _, op := range ops {
		if !op.bare && op.path.attr == "active" {
			return true
		}
	}
	return false
}

// notYet reports whether a read does not find the account yet, and counts it.
func (a *account) notYet() bool {
	if a.unseen == 0 {
		return false
	}
	a.unseen--
	return true
}

// acceptable returns the resource that a client's body makes: only attributes
// Writer supports, in canonical case. problem is an answer that refuses it.
func (s *Sandbox) acceptable(body map[string]any) (resource map[string]any, problem *reply) {
	resource = map[string]any{}
	for name, value := range body {
		switch key := canonical(name); key {
		case "externalId", "userName", "displayName":
			resource[key] = str(value)
		case "title", "locale", "preferredLanguage":
			s.optional(resource, key, str(value), &problem)
		case "phoneNumbers", enterpriseSchema, roleSchema:
			s.optional(resource, key, value, &problem)
		case "active":
			active, ok := value.(bool)
			if !ok {
				out := failure(http.StatusBadRequest, "invalidValue", "active is a boolean")
				return nil, &out
			}
			resource[key] = active
		case "name", "emails":
			resource[key] = value
		case "password":
			out := failure(http.StatusBadRequest, "invalidValue", "password is not supported")
			return nil, &out
		}
	}
	if problem != nil {
		return nil, problem
	}
	mail := str(resource["userName"])
	if at := strings.IndexByte(mail, '@'); at <= 0 || at == len(mail)-1 {
		out := failure(http.StatusBadRequest, "invalidValue", "userName must be an e-mail")
		return nil, &out
	}
	if !s.quirks.claimed(mail) {
		out := failure(http.StatusForbidden, "", "the domain of the e-mail is not claimed")
		return nil, &out
	}
	return resource, nil
}

// optional takes an attribute that a server of this kind need not know.
func (s *Sandbox) optional(resource map[string]any, key string, value any, problem **reply) {
	switch {
	case s.quirks.OptionalRefused:
		out := failure(http.StatusBadRequest, "invalidPath", "there is no attribute "+key)
		*problem = &out
	case !s.quirks.OptionalIgnored:
		resource[key] = value
	}
}

// taken returns the account that has the e-mail, other than one.
func (s *Sandbox) taken(mail string, but *account) *account {
	for _, a := range s.accounts {
		if a != but && strings.EqualFold(a.userName(), mail) {
			return a
		}
	}
	return nil
}

func (s *Sandbox) createUser(body map[string]any) reply {
	resource, problem := s.acceptable(body)
	if problem != nil {
		return *problem
	}
	if holder := s.taken(str(resource["userName"]), nil); holder != nil {
		return s.conflict(holder)
	}
	if _, said := resource["active"]; !said {
		resource["active"] = true
	}
	if s.full(resource) {
		return failure(http.StatusForbidden, "", "no seats left in the subscription")
	}
	a := s.add(resource)
	a.unseen = s.quirks.UnseenReads
	s.note(Created, a, nil)
	return resourceReply(http.StatusCreated, s.showUser(a))
}

// full reports whether an active account more is one too many.
func (s *Sandbox) full(resource map[string]any) bool {
	if s.quirks.Seats == 0 || resource["active"] == false {
		return false
	}
	n := 0
	for _, a := range s.accounts {
		if a.active() {
			n++
		}
	}
	return n >= s.quirks.Seats
}

// add makes an account, which joins the default team.
func (s *Sandbox) add(resource map[string]any) *account {
	s.nextID++
	id := strconv.Itoa(s.nextID)
	resource["id"], resource["schemas"] = id, []any{userSchema}
	a := &account{resource: resource}
	s.accounts[id] = a
	if t := s.teamByName(s.defaultTeam); t != nil && !s.quirks.NoDefaultTeam {
		t.members = append(t.members, id)
	}
	return a
}

// changeUser makes the account what next says.
func (s *Sandbox) changeUser(a *account, next map[string]any) reply {
	resource, problem := s.acceptable(next)
	if problem != nil {
		return *problem
	}
	renamed := !strings.EqualFold(str(resource["userName"]), a.userName())
	if renamed && s.quirks.EmailFixed {
		return failure(http.StatusBadRequest, "mutability", "userName cannot be changed")
	}
	if holder := s.taken(str(resource["userName"]), a); holder != nil {
		return s.conflict(holder)
	}
	if s.quirks.DeactivateIgnored {
		resource["active"] = a.active()
	}
	was := a.active()
	resource["id"], resource["schemas"] = a.id(), []any{userSchema}
	a.resource = resource
	switch now := a.active(); {
	case was && !now:
		s.note(Deactivated, a, nil)
		if s.quirks.DeactivateRemoves {
			shown := s.showUser(a)
			s.remove(a.id())
			return resourceReply(http.StatusOK, shown)
		}
	case !was && now:
		s.note(Reactivated, a, nil)
	default:
		s.note(Updated, a, nil)
	}
	return resourceReply(http.StatusOK, s.showUser(a))
}

func (s *Sandbox) deleteUser(a *account) reply {
	s.note(Removed, a, nil)
	s.remove(a.id())
	if s.quirks.DeleteGone {
		return failure(http.StatusNotFound, "", "there is no such user")
	}
	return reply{status: http.StatusNoContent}
}

func (s *Sandbox) remove(id string) {
	delete(s.accounts, id)
	for _, t := range s.teams {
		t.leave(id)
	}
}

// showUser is the resource as an answer shows it.
func (s *Sandbox) showUser(a *account) map[string]any {
	out := map[string]any{"meta": map[string]any{"resourceType": "User", "location": BasePath + "/Users/" + a.id()}}
	for name, value := range a.resource {
		out[name] = value
	}
	return out
}
