package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
)

// A validator holds a decoded configuration against the rules that types cannot
// state.
type validator struct {
	*decoder
	config *Config
	found  Faults
}

// validate returns every fault that does not follow from one the decoder found.
func (v *validator) validate() Faults {
	v.writer(v.config.Writer)
	v.sources(v.config.Sources)
	v.teams(v.config.Teams)
	v.people()
	v.limits(v.config.Limits)
	v.schedule(v.config.Schedule)
	v.places()
	v.hooks()
	return v.found
}

// add notes a fault of the value at path, unless something is known to be wrong
// there already.
func (v *validator) add(path, msg, fix string) {
	if len(v.found) < maxFaults && !v.covered(path) {
		v.found = append(v.found, v.at(v.nearestMark(path), path, msg, fix))
	}
}

// nearestMark returns the place of path, or of the section that lacks it.
func (v *validator) nearestMark(path string) mark {
	for {
		if m, ok := v.marks[path]; ok {
			return m
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return mark{}
		}
		path = path[:cut]
	}
}

func (v *validator) given(path string) bool {
	_, ok := v.marks[path]
	return ok
}

// oneOf checks a value against the words that are known.
func oneOf[T ~string](v *validator, path string, value T, words ...T) {
	if slices.Contains(words, value) {
		return
	}
	known := make([]string, len(words))
	for i, w := range words {
		known[i] = string(w)
	}
	fix := ""
	if near := nearest(string(value), known); near != "" {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	v.add(path, "must be one of "+strings.Join(known, ", "), fix)
}

// upTo checks a number that is at least 1.
func (v *validator) upTo(most float64, path string, value float64) {
	if value < 1 || value > most {
		v.add(path, fmt.Sprintf("must be from 1 to %g, is %g", most, value), "")
	}
}

func (v *validator) duration(path string, value, least, most time.Duration) {
	if value < least || value > most {
		v.add(path, fmt.Sprintf("must be from %s to %s, is %s", span(least), span(most), span(value)), "")
	}
}

// sourceName is what a source can be called: it is part of every Ref, of metrics
// and of commands.
var sourceName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

func (v *validator) sources(sources []Source) {
	if len(sources) == 0 {
		v.add("sources", "names no directory to read", "add one: - {name: corp, type: …}")
	}
	lines := map[string]int{}
	for i, s := range sources {
		path := fmt.Sprintf("sources[%d]", i)
		at := path + ".name"
		switch {
		case !v.given(at):
			v.add(at, "is required", "give the source a short name that never changes, such as corp")
		case !sourceName.MatchString(s.Name):
			v.add(at, "must be 1 to 32 of a-z, 0-9 and -, with no - at either end", "")
		case lines[s.Name] > 0:
			v.add(at, fmt.Sprintf("is the name of the source on line %d too", lines[s.Name]), "give each source a name of its own")
		default:
			lines[s.Name] = v.marks[at].line
		}
		if v.given(path + ".deprovision") {
			oneOf(v, path+".deprovision", s.Deprovision, Deactivate, Delete, None)
		}
		v.source(path, s.Config)
	}
}

// source asks a connector for the faults of its own configuration.
func (v *validator) source(path string, c connectors.Config) {
	if c == nil {
		return // the type is unknown, which was said
	}
	err := c.Validate()
	if err == nil {
		return
	}
	for _, e := range fieldErrors(err) {
		field, msg := asField(e)
		at := path
		if field != "" {
			at += "." + field
		}
		v.add(at, msg, "")
	}
}

func (v *validator) people() {
	c := v.config
	oneOf(v, "people.scope", c.People.Scope, MappedGroups, Everyone)
	oneOf(v, "deprovision", c.Deprovision, Deactivate, Delete, None)
	for key, remedy := range map[string]Remedy{
		"attributes": c.Drift.Attributes, "members": c.Drift.Members, "deactivated": c.Drift.Deactivated, "deleted": c.Drift.Deleted,
	} {
		oneOf(v, "drift."+key, remedy, Repair, Report)
	}
	v.duration("people.grace", c.People.Grace, 0, 30*day)
	v.expressions(c.People)
	if c.People.Scope == MappedGroups && len(c.Teams) == 0 {
		v.add("teams", "maps no group to a team, so that nobody would be provisioned",
			"add one: - {group: engineering, team: Engineering}; or write people: {scope: everyone}")
	}
	lines := map[string]int{}
	for i, email := range c.Protected {
		path := fmt.Sprintf("protected[%d]", i)
		switch {
		case !connectors.ValidEmail(email):
			v.add(path, "is not an e-mail address", "write the address that the account has in Writer")
		case lines[email] > 0:
			v.add(path, fmt.Sprintf("stands on line %d too", lines[email]), "keep one of them")
		default:
			lines[email] = v.marks[path].line
		}
	}
}

// The built-in limits, which a file can only tighten: 50 is the limit of people a
// day for organizations of 1,000 to 20,000, and 30 percent that of a team.
const (
	builtinRun         = 50
	builtinTeamPercent = 30
)

func (v *validator) limits(l Limits) {
	v.tighten("limits.run", l.Run, builtinRun, "")
	v.tighten("limits.team_percent", l.TeamPercent, builtinTeamPercent, " percent")
}

// tighten checks one limit, if it is given.
func (v *validator) tighten(path string, value, builtin int, unit string) {
	switch {
	case !v.given(path):
	case value < 1:
		v.add(path, "must be at least 1",
			"to remove nobody, write deprovision: none; to stop everything for a while, use `writersync pause`")
	case value > builtin:
		v.add(path, fmt.Sprintf("is looser than the built-in limit of %d%s: an error in a directory could then remove more people than anyone would notice in time", builtin, unit),
			fmt.Sprintf("write %d or less, or remove the key; a larger set waits for `writersync approve`", builtin))
	}
}
