package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Identity returns the text of everything that decides who is provisioned where:
// the endpoint, the default team, the scope, what becomes of leavers, the rules and
// each source's name, type and own identity. Files that decide the same have the
// same text: order, comments, defaults typed out, paces and paths do not matter.
// When it changes, the next pass is plan-only until it is approved.
func (c *Config) Identity() string {
	lines := []string{
		line("writer", identityOfURL(c.Writer.URL)),
		line("default-team", c.Writer.DefaultTeam),
		line("scope", string(c.People.Scope)),
		line("deprovision", string(c.Deprovision)),
	}
	var rules, sources []string
	for _, r := range c.Teams {
		rules = append(rules, line("rule", r.Group, r.Team))
	}
	for _, s := range c.Sources {
		sources = append(sources, line("source", s.Name, s.Type, s.Config.Identity()))
	}
	slices.Sort(rules)
	slices.Sort(sources)
	return strings.Join(slices.Concat(lines, rules, sources), "\n") + "\n"
}

// line joins a word and values so that no value can be taken for two.
func line(word string, values ...string) string {
	var b strings.Builder
	b.WriteString(word)
	for _, v := range values {
		b.WriteString(" " + strconv.Quote(v))
	}
	return b.String()
}

// identityOfURL returns a URL in the one form that names its endpoint: a host has
// no case (RFC 3986, section 6.2.2.1).
func identityOfURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Host = strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/")
}
