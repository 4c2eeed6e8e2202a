package syncertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/syncer/writer/sandbox"
)

// A Directory is a company as a test knows it.
type Directory struct {
	People map[string]Person // by the directory's ID
	Groups map[string]Group  // by name
}

// A Person is somebody of a Directory.
type Person struct {
	Email, DisplayName string
	Disabled           bool
}

// A Group is a group of a Directory.
type Group struct {
	Members []string // IDs of people
	Nested  []string // names of groups
}

// Clone returns a copy whose maps can be changed.
func (d Directory) Clone() Directory {
	return Directory{maps.Clone(d.People), maps.Clone(d.Groups)}
}

// members walks nesting by brute force, as often as there are groups.
func (d Directory) members(group string) map[string]bool {
	in := map[string]bool{group: true}
	for range d.Groups {
		for name := range maps.Clone(in) {
			for _, n := range d.Groups[name].Nested {
				in[n] = true
			}
		}
	}
	out := map[string]bool{}
	for name := range in {
		for _, id := range d.Groups[name].Members {
			if p, ok := d.People[id]; ok && !p.Disabled {
				out[id] = true
			}
		}
	}
	return out
}

// Differences returns how Writer differs from what the directory and the rules
// (group name to team name) make of it, one line each: active accounts by e-mail
// and name, and active members of the mapped teams.
func Differences(d Directory, rules map[string]string, s sandbox.State) []string {
	want, teams := map[string]string{}, map[string]map[string]bool{}
	for group, team := range rules {
		if teams[team] == nil {
			teams[team] = map[string]bool{}
		}
		for id := range d.members(group) {
			mail := strings.ToLower(d.People[id].Email)
			want[mail] = d.People[id].DisplayName
			teams[team][mail] = true
		}
	}
	have, active := map[string]string{}, map[string]bool{}
	var out []string
	for _, a := range s.Accounts {
		if !a.Active {
			continue
		}
		if active[a.Email] {
			out = append(out, "two active accounts with e-mail "+a.Email)
		}
		have[a.Email], active[a.Email] = a.DisplayName, true
	}
	out = append(out, compare("account", want, have)...)
	for _, t := range s.Teams {
		members, mapped := teams[t.Name]
		if !mapped {
			continue
		}
		got := map[string]string{}
		for _, mail := range t.Members {
			if active[mail] {
				got[mail] = ""
			}
		}
		wanted := map[string]string{}
		for mail := range members {
			wanted[mail] = ""
		}
		out = append(out, compare("team "+t.Name, wanted, got)...)
	}
	return out
}

func compare(what string, want, got map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		switch name, ok := got[key]; {
		case !ok:
			out = append(out, fmt.Sprintf("%s: %s is missing", what, key))
		case name != want[key]:
			out = append(out, fmt.Sprintf("%s: %s is called %q, not %q", what, key, name, want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			out = append(out, fmt.Sprintf("%s: %s should not be there", what, key))
		}
	}
	return out
}

// Wrongs counts, in the ledger of the far end, what must never happen: an e-mail
// created twice without having been deleted between, and people taken from who are
// not in left.
func Wrongs(ledger []sandbox.Entry, left map[string]bool) (duplicates, removals []string) {
	exists := map[string]bool{}
	for _, e := range ledger {
		switch e.Change {
		case sandbox.Created:
			if exists[e.Email] {
				duplicates = append(duplicates, e.Email)
			}
			exists[e.Email] = true
		case sandbox.Removed:
			exists[e.Email] = false
			fallthrough
		case sandbox.Deactivated:
			if !left[e.Email] {
				removals = append(removals, e.Email)
			}
		}
	}
	return duplicates, removals
}
