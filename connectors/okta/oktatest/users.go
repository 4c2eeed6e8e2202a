package oktatest

import (
	"encoding/json"
	"net/http"
	"time"
)

// stamp is how Okta writes times.
const stamp = "2006-01-02T15:04:05.000Z"

func when(t time.Time) string { return t.UTC().Format(stamp) }

func (u *User) view() map[string]any {
	return map[string]any{
		"id": u.ID, "status": u.Status, "created": when(u.LastUpdated), "lastUpdated": when(u.LastUpdated),
		"profile": u.Profile, "type": map[string]any{"id": "oty1"},
		"_links": map[string]any{"self": map[string]any{"href": "https://company.okta.example/api/v1/users/" + u.ID}},
	}
}

func (u *User) value(attribute string) string {
	switch attribute {
	case "id":
		return u.ID
	case "status":
		return u.Status
	case "lastUpdated":
		return when(u.LastUpdated)
	case "profile.login":
		s, _ := u.Profile["login"].(string)
		return s
	case "profile.email":
		s, _ := u.Profile["email"].(string)
		return s
	}
	return ""
}

// people is how users are listed.
func people(most int) listing[*User] {
	return listing[*User]{most: most, order: func(u *User) int { return u.order }, view: (*User).view}
}

const gone = "DEPROVISIONED"

func (o *Org) listUsers(r *http.Request) *Answer {
	text := r.URL.Query().Get("filter")
	f, err := parseFilter(text, allowed{"id": "eq", "status": "eq", "lastUpdated": "eq gt", "profile.login": "eq", "profile.email": "eq"})
	if err != nil {
		return failure(http.StatusBadRequest, "E0000031", err.Error())
	}
	var all []*User
	for _, u := range o.users {
		if u.Hidden || o.blind || text == "" && u.Status == gone || !f(u.value) {
			continue
		}
		all = append(all, u)
	}
	return people(200).answer(o, r, all)
}

func (o *Org) getUser(id string) *Answer {
	u := o.user(id)
	if id == "me" && len(o.users) > 0 {
		u = o.users[0]
	}
	if u == nil || u.Hidden {
		return notFound("User", id)
	}
	return answer(http.StatusOK, u.view())
}

func (o *Org) roles(id string) *Answer {
	u := o.user(id)
	if u == nil {
		return notFound("User", id)
	}
	var items []any
	for _, role := range u.Roles {
		items = append(items, map[string]any{"id": "ra1", "type": role, "status": "ACTIVE"})
	}
	return list(items, nil)
}

func (o *Org) createUser(r *http.Request, body []byte) *Answer {
	var in struct {
		Profile map[string]any `json:"profile"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return failure(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
	}
	for _, name := range []string{"login", "email", "firstName", "lastName"} {
		if s, _ := in.Profile[name].(string); s == "" {
			return invalid(name + ": The field cannot be left blank")
		}
	}
	for _, u := range o.users {
		if u.Profile["login"] == in.Profile["login"] {
			return invalid("login: An object with this field already exists in the current organization")
		}
	}
	status := "PROVISIONED"
	if r.URL.Query().Get("activate") == "false" {
		status = "STAGED"
	}
	return answer(http.StatusOK, o.put(User{Status: status, Profile: in.Profile}).view())
}
