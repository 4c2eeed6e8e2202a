package oktatest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// everyone is the ID of the group that holds everybody.
const everyone = "00geveryone"

// all returns the groups, with the one that Okta keeps by itself.
func (o *Org) all() []*Group {
	e := &Group{ID: everyone, Type: "BUILT_IN", Name: "Everyone"}
	for _, u := range o.users {
		if !u.Hidden {
			e.Members = append(e.Members, u.ID)
		}
	}
	if o.blind {
		return nil
	}
	return append([]*Group{e}, o.groups...)
}

func (o *Org) view(g *Group, stats bool) map[string]any {
	out := map[string]any{
		"id": g.ID, "type": g.Type, "created": when(g.LastUpdated), "lastUpdated": when(g.LastUpdated),
		"lastMembershipUpdated": when(g.LastMembershipUpdated), "objectClass": []string{"okta:user_group"},
		"profile": map[string]any{"name": g.Name, "description": g.Description},
	}
	if stats {
		n := g.Count
		for _, id := range g.Members {
			if u := o.user(id); o.CountsGone || u == nil || u.Status != gone {
				n++
			}
		}
		out["_embedded"] = map[string]any{"stats": map[string]any{"usersCount": n, "appsCount": 0}}
	}
	return out
}

func (g *Group) value(attribute string) string {
	switch attribute {
	case "id":
		return g.ID
	case "type":
		return g.Type
	case "lastUpdated":
		return when(g.LastUpdated)
	case "lastMembershipUpdated":
		return when(g.LastMembershipUpdated)
	}
	return ""
}

func (o *Org) listGroups(r *http.Request) *Answer {
	q := r.URL.Query()
	f, err := parseFilter(q.Get("filter"), allowed{"id": "eq", "type": "eq", "lastUpdated": "eq gt", "lastMembershipUpdated": "eq gt"})
	if err != nil {
		return failure(http.StatusBadRequest, "E0000031", err.Error())
	}
	var all []*Group
	for _, g := range o.all() {
		if f(g.value) && strings.HasPrefix(strings.ToLower(g.Name), strings.ToLower(q.Get("q"))) {
			all = append(all, g)
		}
	}
	view := func(g *Group) map[string]any { return o.view(g, q.Get("expand") == "stats") }
	return listing[*Group]{most: 10_000, order: func(g *Group) int { return g.order + 1 }, view: view}.answer(o, r, all)
}

func (o *Org) getGroup(id string) *Answer {
	for _, g := range o.all() {
		if g.ID == id {
			return answer(http.StatusOK, o.view(g, false))
		}
	}
	return notFound("UserGroup", id)
}

func (o *Org) listMembers(r *http.Request, id string) *Answer {
	var g *Group
	for _, known := range o.all() {
		if known.ID == id {
			g = known
		}
	}
	if g == nil {
		return notFound("UserGroup", id)
	}
	var all []*User
	for i, m := range g.Members {
		u := User{ID: m, Status: "ACTIVE", Profile: map[string]any{}}
		if known := o.user(m); known != nil {
			u = *known
		}
		if u.order = i + 1; o.ListsNoGone && u.Status == gone {
			continue
		}
		all = append(all, &u)
	}
	return people(1000).answer(o, r, all)
}

// ofUser returns what a user has.
func (o *Org) ofUser(r *http.Request, id, what string) *Answer {
	if what == "groups" {
		return o.listGroupsOf(r, id)
	}
	return o.roles(id)
}

// listGroupsOf lists the groups of a user.
func (o *Org) listGroupsOf(r *http.Request, id string) *Answer {
	if o.user(id) == nil {
		return notFound("User", id)
	}
	var all []*Group
	for _, g := range o.all() {
		if slices.Contains(g.Members, id) {
			all = append(all, g)
		}
	}
	return listing[*Group]{most: 10_000, order: func(g *Group) int { return g.order + 1 }, view: func(g *Group) map[string]any { return o.view(g, false) }}.answer(o, r, all)
}

func (o *Org) createGroup(body []byte) *Answer {
	var in struct {
		Profile struct{ Name, Description string } `json:"profile"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return failure(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
	}
	if in.Profile.Name == "" {
		return invalid("name: The field cannot be left blank")
	}
	for _, g := range o.groups {
		if g.Name == in.Profile.Name && g.Type == "OKTA_GROUP" {
			return invalid("name: An object with this field already exists in the current organization")
		}
	}
	return answer(http.StatusOK, o.view(o.putGroup(Group{Name: in.Profile.Name, Description: in.Profile.Description}), false))
}

func (o *Org) addMember(group, user string) *Answer {
	g, u := o.group(group), o.user(user)
	switch {
	case g == nil:
		return notFound("UserGroup", group)
	case u == nil:
		return notFound("User", user)
	}
	if !slices.Contains(g.Members, user) {
		g.Members, g.LastMembershipUpdated = append(g.Members, user), o.Now()
	}
	return &Answer{Status: http.StatusNoContent, Header: http.Header{}}
}
