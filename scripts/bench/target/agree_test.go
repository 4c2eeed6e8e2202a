package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

const testToken = "canary-token-7f3a"

// bearer sends requests with the token.
type bearer struct{}

func (bearer) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+testToken)
	return http.DefaultClient.Do(r)
}

// TestAgreesWithSandbox lets the client of Writer make the same changes at the target
// and at the sandbox, and compares each answer, and what both hold at the end.
func TestAgreesWithSandbox(t *testing.T) {
	for _, update := range []writer.Update{writer.Patch, writer.Put} {
		t.Run(string(update), func(t *testing.T) {
			teams := []string{"Engineering", "Sales", `Quote " and \`}
			fast := New(testToken)
			fast.AddTeams(teams...)
			far := httptest.NewServer(fast)
			defer far.Close()
			judge := sandbox.New(sandbox.Options{Token: testToken, Teams: teams})
			near := httptest.NewServer(judge)
			defer near.Close()

			got := live(t, writer.New(writer.Options{HTTP: bearer{}, URL: far.URL + BasePath, Update: update, PageSize: 3}))
			want := live(t, writer.New(writer.Options{HTTP: bearer{}, URL: near.URL + sandbox.BasePath, Update: update, PageSize: 3}))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the target (+) answers otherwise than the sandbox (-):\n%s", diff)
			}
			if diff := cmp.Diff(ofSandbox(judge.State()), ofTarget(fast)); diff != "" {
				t.Errorf("the target (+) holds something else than the sandbox (-):\n%s", diff)
			}
			for _, a := range fast.store.accounts {
				if strings.Contains(string(a.resource), "{}") {
					t.Errorf("what holds nothing was kept: %s", a.resource)
				}
			}
		})
	}
}

// life is a client's view of a little company: what each step gave, in words without ids.
type life struct {
	t      *testing.T
	c      *writer.Client
	ids    map[string]plan.RemoteID // of accounts, by the name that the life gives them
	names  map[plan.RemoteID]string // back; of teams too
	teams  map[string]plan.RemoteID
	events []string
}

// live makes every kind of request that the client can, some of which fail.
func live(t *testing.T, c *writer.Client) []string {
	t.Helper()
	l := &life{t: t, c: c, ids: map[string]plan.RemoteID{}, names: map[plan.RemoteID]string{}, teams: map[string]plan.RemoteID{}}
	for _, name := range []string{"ada", "bob", "cid", "dan", "eve", "fay", "gil"} {
		l.create(name, name+"@example.com")
	}
	l.create("ada again", "ADA@example.com") // taken
	l.ids["unknown"] = "00000000-0000-4000-8000-00000000ffff"
	for _, name := range []string{"Engineering", "Sales", `Quote " and \`, "None"} {
		team, err := c.FindTeam(t.Context(), name)
		l.teams[name], l.names[team.ID] = team.ID, name
		l.say("find team "+name, team.Name, err)
	}
	l.update("ada", plan.Change{Attribute: connectors.Title, New: "Head"}, plan.Change{Attribute: connectors.DisplayName, New: "Ada B"})
	l.update("bob", plan.Change{Attribute: plan.UserName, New: "robert@example.com"}, plan.Change{Attribute: connectors.FamilyName, New: "Ünal"})
	l.update("cid", plan.Change{Attribute: plan.UserName, New: "ada@example.com"}) // taken
	l.create("bob again", "bob@example.com")                                       // free since bob was renamed
	l.update("dan", plan.Change{Attribute: connectors.Department, Old: "R&D"}, plan.Change{Attribute: connectors.Phone, New: "+1 555 0101"})
	l.update("dan", plan.Change{Attribute: connectors.Manager, New: string(l.ids["ada"])}, plan.Change{Attribute: connectors.Phone, Old: "+1 555 0101"})
	l.update("eve", plan.Change{Attribute: connectors.Department, Old: "R&D"})
	l.update("unknown", plan.Change{Attribute: connectors.Title, New: "x"})
	l.active("eve", false)
	l.active("fay", false)
	l.active("fay", true)
	l.edit("Engineering", []string{"ada", "bob", "cid", "eve"}, nil)
	l.edit("Engineering", []string{"dan", "ada"}, []string{"bob", "fay"}) // one is there, one is not
	l.edit("Sales", []string{"bob", "cid"}, nil)
	l.edit("Sales", nil, []string{"bob", "cid"})
	l.edit("Sales", []string{"unknown", "dan"}, nil)
	l.edit("None", []string{"dan"}, nil)
	l.delete("cid")
	l.delete("cid")
	l.find("robert@example.com")
	l.find("bob@example.com")
	l.look()
	return l.events
}

func (l *life) say(what string, result any, err error) {
	text := fmt.Sprintf("%s: %v", what, result)
	if err != nil {
		text = fmt.Sprintf("%s: %s", what, connectors.ClassOf(err))
	}
	l.events = append(l.events, text)
}

// named returns an account in words.
func (l *life) named(a plan.Account) string {
	attributes := fmt.Sprint(a.Attributes)
	for name, id := range l.ids {
		attributes = strings.ReplaceAll(attributes, string(id), name)
	}
	return fmt.Sprintf("%s %s %s active=%t %s", l.names[a.ID], a.UserName, a.ExternalID, a.Active, attributes)
}

func (l *life) create(name, mail string) {
	account, err := l.c.CreateUser(l.t.Context(), apply.NewUser{ExternalID: "E-" + name, Attributes: map[connectors.Attribute]string{
		plan.UserName: mail, connectors.GivenName: name, connectors.FamilyName: "Brandt", connectors.DisplayName: name + ` "B" <ü>`,
		connectors.Department: "R&D", connectors.PreferredLanguage: "de",
	}})
	if err == nil {
		l.ids[name], l.names[account.ID] = account.ID, name
	}
	l.say("create "+name, l.named(account), err)
}

func (l *life) update(name string, changes ...plan.Change) {
	account, err := l.c.UpdateUser(l.t.Context(), l.ids[name], apply.UserEdit{Changes: changes})
	l.say("update "+name, l.named(account), err)
}

func (l *life) active(name string, active bool) {
	account, err := l.c.UpdateUser(l.t.Context(), l.ids[name], apply.UserEdit{Active: &active})
	l.say(fmt.Sprintf("active %t %s", active, name), l.named(account), err)
}

func (l *life) edit(team string, add, remove []string) {
	var e apply.TeamEdit
	for _, name := range add {
		e.Add = append(e.Add, l.ids[name])
	}
	for _, name := range remove {
		e.Remove = append(e.Remove, l.ids[name])
	}
	failed, err := l.c.EditTeam(l.t.Context(), l.teams[team], e)
	var who []string
	for id, ferr := range failed {
		who = append(who, fmt.Sprintf("%s %s", l.nameOf(id), connectors.ClassOf(ferr)))
	}
	slices.Sort(who)
	l.say("edit "+team, who, err)
}

func (l *life) nameOf(id plan.RemoteID) string {
	for name, known := range l.ids {
		if known == id {
			return name
		}
	}
	return "?"
}

func (l *life) delete(name string) {
	l.say("delete "+name, "", l.c.DeleteUser(l.t.Context(), l.ids[name]))
	_, err := l.c.ReadUser(l.t.Context(), l.ids[name])
	l.say("read "+name, "", err)
}

func (l *life) find(mail string) {
	account, err := l.c.FindUser(l.t.Context(), mail)
	l.say("find "+mail, l.named(account), err)
}

// look reads everything, by pages.
func (l *life) look() {
	remote, err := l.c.ReadAll(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for _, a := range remote.Accounts {
		l.say("listed", l.named(a), nil)
	}
	for _, team := range remote.Teams {
		var members []string
		for _, id := range team.Members {
			members = append(members, l.nameOf(id))
		}
		slices.Sort(members)
		l.say("listed team "+team.Name, members, nil)
	}
	l.say("whole", []bool{remote.AccountsWhole, remote.TeamsWhole}, nil)
}

// held is what both endpoints hold, in the same words.
type held struct{ Accounts, Teams []string }

func ofSandbox(s sandbox.State) held {
	var h held
	for _, a := range s.Accounts {
		h.Accounts = append(h.Accounts, fmt.Sprint(a.Email, a.ExternalID, a.DisplayName, a.Active))
	}
	for _, team := range s.Teams {
		h.Teams = append(h.Teams, fmt.Sprint(team.Name, team.Members))
	}
	return h
}

func ofTarget(t *Target) held {
	var h held
	var mails []string
	t.Each(func(one Held) {
		switch {
		case one.Team != "":
			members := []string{}
			for _, i := range one.Members {
				members = append(members, mails[i])
			}
			slices.Sort(members)
			h.Teams = append(h.Teams, fmt.Sprint(one.Team, members))
		case one.UserName != "":
			h.Accounts = append(h.Accounts, fmt.Sprint(one.UserName, one.ExternalID, one.Display, one.Active))
			fallthrough
		default:
			mails = append(mails, one.UserName)
		}
	})
	slices.Sort(h.Accounts)
	slices.Sort(h.Teams)
	return h
}

// TestTokenIsNeeded holds that nothing is answered, and nothing counted, without it.
func TestTokenIsNeeded(t *testing.T) {
	fast := New(testToken)
	far := httptest.NewServer(fast)
	defer far.Close()
	c := writer.New(writer.Options{HTTP: http.DefaultClient, URL: far.URL + BasePath})
	_, read := c.ReadUser(context.Background(), "x")
	_, written := c.CreateUser(context.Background(), apply.NewUser{Attributes: map[connectors.Attribute]string{plan.UserName: "ada@example.com"}})
	for _, err := range []error{read, written} {
		var denied *connectors.Error
		if !errors.As(err, &denied) || denied.Class != connectors.Denied {
			t.Errorf("without the token: %v", err)
		}
	}
	if n := len(fast.store.accounts); n > 0 {
		t.Errorf("%d accounts were made without the token", n)
	}
}
