package company

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The files that Configure writes, in its folder.
const (
	ConfigFile = "writersync.yml"
	tokenFile  = "token"
	stateDir   = "state"
)

// A Config is what a configuration for a company says beside its files.
type Config struct {
	URL         string // of the SCIM endpoint
	Token       string
	Pace        int    // requests a minute, from the start and at most; 0: what the program does by default
	MaxPace     int    // requests a minute; 0: Pace
	Concurrency int    // requests at a time
	Joined      bool   // HR is a second source; its users are joined by employee number
	Group       string // name of the only group that feeds a team; empty: each group does
}

// Configure writes a configuration into the folder that holds the export, and
// returns its path. A group feeds a team of its name.
func (c Config) Configure(dir string) (string, error) {
	token := filepath.Join(dir, tokenFile)
	path := filepath.Join(dir, ConfigFile)
	err := errors.Join(
		os.WriteFile(token, []byte(c.Token), 0o600),
		os.WriteFile(path, []byte(c.text(dir, token)), 0o600),
		os.MkdirAll(filepath.Join(dir, stateDir), 0o700),
	)
	if err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	return path, nil
}

// StatePath returns where the program keeps its state, for a configuration in dir.
func StatePath(dir string) string { return filepath.Join(dir, stateDir, "state.db") }

func (c Config) text(dir, token string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "writer:\n  url: %s\n  token: {file: %s}\n  concurrency: %d\n", c.URL, token, c.Concurrency)
	if c.Pace > 0 {
		fmt.Fprintf(&b, "  pace: {start: %d, max: %d}\n", c.Pace, max(c.Pace, c.MaxPace))
	}
	b.WriteString("sources:\n")
	if c.Joined {
		fmt.Fprintf(&b, "  - {name: hr, type: file, people: %s}\n", filepath.Join(dir, HRFile))
	}
	fmt.Fprintf(&b, "  - {name: corp, type: file, people: %s, groups: %s}\n", filepath.Join(dir, UsersFile), filepath.Join(dir, GroupsFile))
	if c.Joined {
		b.WriteString("people: {join: employeeNumber, authority: hr}\n")
	}
	group := c.Group
	if group == "" {
		group = "*"
	}
	fmt.Fprintf(&b, "teams:\n  - {group: %q, team: \"{name}\"}\nprotected: []\nslice: 1h\n", group)
	fmt.Fprintf(&b, "state: {path: %s}\nlisten: {socket: %s}\nlog: {level: warn}\n", StatePath(dir), filepath.Join(dir, "s.sock"))
	return b.String()
}
