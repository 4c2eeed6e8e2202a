package config

import (
	"cmp"
	"maps"
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
	if c.Writer.Role.Attribute != "" {
		lines = append(lines, line("role", append([]string{string(c.Writer.Role.Path())}, slices.Sorted(slices.Values(c.Writer.Role.Admins))...)...))
	}
	lines = append(lines, c.People.identity()...)
	if len(c.Sources) > 1 { // joins that are remembered go by the order too
		for _, s := range c.Sources {
			lines = append(lines, line("precedence", s.Name))
		}
	}
	lines = append(lines, line("drift", string(c.Drift.Attributes), string(c.Drift.Members), string(c.Drift.Deactivated), string(c.Drift.Deleted)))
	var rules, sources []string
	for _, r := range c.Teams {
		rules = append(rules, line("rule", r.identity()...))
	}
	for _, s := range c.Sources {
		sources = append(sources, line("source", s.Name, s.Type, string(cmp.Or(s.Deprovision, c.Deprovision)), s.Config.Identity()))
	}
	slices.Sort(rules)
	slices.Sort(sources)
	return strings.Join(slices.Concat(lines, rules, sources), "\n") + "\n"
}

// identity returns what decides which groups feed which team.
func (r Rule) identity() []string {
	out := []string{r.Group, r.Team}
	for word, value := range map[string]string{"id": r.ID, "source": r.Source} {
		if value != "" {
			out = append(out, word+" "+value)
		}
	}
	for word, on := range map[string]bool{"direct": r.Direct, "exclusive": r.Exclusive} {
		if on {
			out = append(out, word)
		}
	}
	slices.Sort(out[2:])
	return out
}

// identity returns what decides who is wanted and what is sent of them.
func (p People) identity() []string {
	out := []string{
		line("include", p.Include), line("exclude", p.Exclude), line("exclude-groups", slices.Sorted(slices.Values(p.ExcludeGroups))...),
		line("send", slices.Sorted(slices.Values(p.Send))...),
	}
	if p.Join != "" {
		out = append(out, line("join", p.Join, p.Authority))
	}
	for _, word := range slices.Sorted(maps.Keys(p.Attributes)) {
		out = append(out, line("attribute", word, p.Attributes[word]))
	}
	return out
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
