package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"writersync/connectors"
)

func (v *validator) writer(w Writer) {
	if msg, fix := faultOfURL(w.URL); msg != "" {
		v.add("writer.url", msg, fix)
	}
	if !w.Token.IsSet() {
		v.add("writer.token", "is required: the bearer token that Writer's admin panel shows on its single sign-on page", secretForms)
	}
	if v.given("writer.default_team") && strings.TrimSpace(w.DefaultTeam) == "" {
		v.add("writer.default_team", "is empty", "write the team's name as Writer shows it, or remove the key")
	}
	if v.given("writer.ca_file") {
		v.absolute("writer.ca_file", w.CAFile)
	}
	v.role(w.Role)
	oneOf(v, "writer.update", w.Update, UpdateAuto, UpdatePatch, UpdatePut)
	v.upTo(1000, "writer.page_size", float64(w.PageSize))
	v.upTo(64, "writer.concurrency", float64(w.Concurrency))
	v.duration("writer.timeout", w.Timeout, time.Second, 5*time.Minute)
	v.upTo(maxPace, "writer.pace.start", w.Pace.Start)
	v.upTo(maxPace, "writer.pace.max", w.Pace.Max)
	if w.Pace.Start > w.Pace.Max {
		v.add("writer.pace.start", fmt.Sprintf("start is %g requests a minute and max only %g", w.Pace.Start, w.Pace.Max), "lower start or raise max")
	}
}

// attributeName is what an attribute of an extension can be called (RFC 7643, section
// 2.1).
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func (v *validator) role(r Role) {
	switch {
	case r.Attribute == "" && len(r.Admins) > 0:
		v.add("writer.role.attribute", "is required to set org admins", "write the name that Writer's SCIM guide shows for the role; without it roles are left alone")
	case r.Attribute != "" && !attributeName.MatchString(r.Attribute):
		v.add("writer.role.attribute", "is no name of an attribute", "write it as Writer's SCIM guide shows it")
	}
	oneOf(v, "writer.role.schema", r.Schema, RoleSchema, RoleSchemaBare)
	for i, email := range r.Admins {
		if !connectors.ValidEmail(email) {
			v.add(fmt.Sprintf("writer.role.admins[%d]", i), "is not an e-mail address", "write the address that the account has in Writer")
		}
	}
}

// maxPace is the highest pace that can be asked for, in requests a minute: one in
// a millisecond, which only a stand-in on this machine answers.
const maxPace = 60_000

// faultOfURL says what is wrong with the endpoint. It never repeats the text,
// which may hold a password.
func faultOfURL(text string) (msg, fix string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.Hostname() == "":
		return "is not a URL", "write the endpoint as Writer's admin panel shows it, such as " + DefaultURL
	case u.User != nil:
		return "must not hold a user name or password", "remove what stands before the @, and use token"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must end with the path", "remove what begins with ? or #"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "would send the token over the network in clear text", "write https://"
	case u.Scheme != "https" && u.Scheme != "http":
		return "must begin with https://", "write the endpoint as Writer's admin panel shows it, such as " + DefaultURL
	}
	return "", ""
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

func (v *validator) absolute(path, value string) {
	if !filepath.IsAbs(value) || strings.ContainsRune(value, 0) {
		v.add(path, "must name the file from the root", "write a path that begins with /")
	}
}
