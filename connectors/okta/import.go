package okta

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"

	"github.com/okta/okta-sdk-golang/v2/okta"

	"writersync/connectors"
)

// importer is a Connector of an organization that import can write into.
type importer struct {
	*Connector
	write *wire

	mu         sync.Mutex
	unfinished map[string]string // IDs of groups that a call made and did not fill, by name
}

var (
	_ connectors.Importer = (*importer)(nil)
	_ connectors.Importer = watchingImporter{}
)

// Close closes what is held open.
func (i *importer) Close() error { return errors.Join(i.Connector.Close(), i.write.Close()) }

const (
	opMakePerson = "make a person"
	opMakeGroup  = "make a group"
)

// groupNote is the description of a group that import makes.
const groupNote = "Made by writersync import of a team in Writer. Its members are those of that day: they are not kept in step."

// CreateUser makes a person who is staged: Okta sends no mail, and nobody can sign in
// before an administrator activates them. See connectors.Importer.
func (i *importer) CreateUser(ctx context.Context, u connectors.NewUser) (string, error) {
	if _, _, err := i.organization(ctx); err != nil {
		return "", unmade(err)
	}
	if id, err := i.personWith(ctx, u.Email); err != nil || id != "" {
		return id, taken(opMakePerson, err)
	}
	profile := i.profile(u)
	var made oktaUser
	_, err := i.write.call(ctx, request{opMakePerson, http.MethodPost, at(pathUsers, "activate", "false"), okta.CreateUserRequest{Profile: &profile}}, &made)
	switch {
	case connectors.ClassOf(err) == connectors.Conflict:
		id, lookErr := i.personWith(ctx, u.Email)
		return id, errors.Join(taken(opMakePerson, nil), lookErr)
	case err != nil:
		return "", sent(opMakePerson, err)
	case made.Id == "":
		return "", unheard(opMakePerson)
	}
	return made.Id, nil
}

// profile returns the properties of a person who is to be made. Okta wants both names;
// where Writer knows neither, the address has to do.
func (i *importer) profile(u connectors.NewUser) okta.UserProfile {
	value := func(a connectors.Attribute) string {
		v := u.Attributes[a]
		if strings.ContainsFunc(v, unicode.IsControl) {
			return ""
		}
		return strings.TrimSpace(v)
	}
	local, _, _ := strings.Cut(u.Email, "@")
	words := strings.Fields(value(connectors.DisplayName))
	first, last := local, local
	if len(words) > 1 {
		first, last = words[0], words[len(words)-1]
	}
	out := okta.UserProfile{
		"login": u.Email, "email": u.Email,
		"firstName": cmp.Or(value(connectors.GivenName), first), "lastName": cmp.Or(value(connectors.FamilyName), last),
	}
	for _, a := range []connectors.Attribute{connectors.DisplayName, connectors.Title} {
		if property := i.config.Attributes.Named()[a]; property != "" && value(a) != "" && out[property] == nil {
			out[property] = value(a)
		}
	}
	if property := i.config.Attributes.Email; out[property] == nil {
		out[property] = u.Email
	}
	return out
}

// personWith returns the ID of somebody who has the address, those who have left
// included, or "".
func (i *importer) personWith(ctx context.Context, email string) (string, error) {
	quoted := quote(email)
	id := ""
	filter := "profile.email eq " + quoted + " or profile.login eq " + quoted
	_, err := each(ctx, i.write.client, "look for a person by the address", at(pathUsers, "filter", filter), func(u oktaUser) error {
		id = u.Id
		return nil
	})
	return id, unmade(err)
}

// quote writes a value for an expression of Okta's.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// CreateGroup makes a group and adds its members one by one, since Okta takes no list
// of them. If that ends half-way, the outcome is Unknown, and the same call makes it
// whole; see connectors.Importer.
func (i *importer) CreateGroup(ctx context.Context, g connectors.NewGroup) (string, error) {
	name := strings.TrimSpace(g.Name)
	if _, _, err := i.organization(ctx); err != nil {
		return "", unmade(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	id, ours := i.unfinished[name]
	if !ours {
		found, err := i.groupNamed(ctx, name)
		if err != nil || found != "" {
			return found, taken(opMakeGroup, err)
		}
		if id, err = i.makeGroup(ctx, name); err != nil {
			return id, err
		}
		i.unfinished[name] = id
	}
	for n, member := range g.Members {
		path := pathGroups + "/" + url.PathEscape(id) + "/users/" + url.PathEscape(member)
		if _, err := i.write.call(ctx, request{"add a member to a new group", http.MethodPut, path, nil}, nil); err != nil {
			return "", &connectors.Error{
				Class: connectors.Unknown, Op: opMakeGroup, Err: fmt.Errorf("it was made, with %d of %d members: %w", n, len(g.Members), err),
				Hint: "Run import again: it adds the others.",
			}
		}
	}
	delete(i.unfinished, name)
	return id, nil
}

func (i *importer) makeGroup(ctx context.Context, name string) (string, error) {
	var made oktaGroup
	body := okta.Group{Profile: &okta.GroupProfile{Name: name, Description: groupNote}}
	_, err := i.write.call(ctx, request{opMakeGroup, http.MethodPost, pathGroups, body}, &made)
	switch {
	case connectors.ClassOf(err) == connectors.Conflict:
		id, lookErr := i.groupNamed(ctx, name)
		return id, errors.Join(taken(opMakeGroup, nil), lookErr)
	case err != nil:
		return "", sent(opMakeGroup, err)
	case made.Id == "":
		return "", unheard(opMakeGroup)
	}
	return made.Id, nil
}

// groupNamed returns the ID of a group of exactly that name, or "".
func (i *importer) groupNamed(ctx context.Context, name string) (string, error) {
	id := ""
	_, err := each(ctx, i.write.client, "look for a group by its name", at(pathGroups, "q", name, "limit", "200"), func(g oktaGroup) error {
		if nameOf(g) == name && g.Type == typeOkta {
			id = g.Id
		}
		return nil
	})
	return id, unmade(err)
}

// taken returns err, or without one the error for what is there already.
func taken(op string, err error) error {
	if err != nil {
		return err
	}
	return &connectors.Error{Class: connectors.Conflict, Op: op, Err: errors.New("it is there already"), Hint: "Nothing was made."}
}

// unheard is the error of an answer that does not say what was made.
func unheard(op string) error {
	return &connectors.Error{Class: connectors.Unknown, Op: op, Err: errors.New("the answer does not say what was made"), Hint: "Look in Okta before it is made again."}
}

// unmade returns err with a class that says that nothing was made: it came before.
func unmade(err error) error {
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Conflict && e.Class != connectors.Unknown {
		return err
	}
	return &connectors.Error{Class: connectors.Transient, Op: e.Op, Err: e.Err, Hint: e.Hint}
}

// sent returns the error of a request that makes something. One whose answer could not
// be read may have done so.
func sent(op string, err error) error {
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Corrupt {
		return err
	}
	return &connectors.Error{Class: connectors.Unknown, Op: op, Err: e.Err, Hint: "It may have been made: look in Okta before it is made again."}
}
