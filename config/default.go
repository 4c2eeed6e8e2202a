package config

import "time"

// The defaults that a file without the key gets.
const (
	DefaultURL     = "https://app.writer.com/api/scim/v2"
	DefaultState   = "/var/lib/writersync/state.db"
	DefaultSocket  = "/run/writersync/writersync.sock"
	DefaultMetrics = "127.0.0.1:9464"
)

// socketName is the socket's name where it stands beside the state file.
const socketName = "writersync.sock"

// Default returns a configuration with every default set. It has no token and no
// source, and so is not one that Load would return.
func Default() *Config {
	return &Config{
		Writer: Writer{
			URL: DefaultURL, Role: Role{Schema: RoleSchema}, Update: UpdateAuto, PageSize: 100,
			Pace: Pace{Start: 120, Max: 1200}, Concurrency: 8, Timeout: 30 * time.Second,
		},
		People:      People{Scope: MappedGroups, Grace: time.Hour, Send: []string{"givenName", "familyName", "displayName", "title"}},
		Deprovision: Deactivate,
		Drift:       Drift{Attributes: Repair, Members: Repair, Deactivated: Report, Deleted: Report},
		Schedule:    Schedule{Every: 5 * time.Minute, Verify: When{Cron: "0 3 * * *"}, Timezone: "UTC"},
		Slice:       2 * time.Minute,
		State:       State{Path: DefaultState},
		Listen:      Listen{Metrics: DefaultMetrics, Socket: DefaultSocket},
		Log:         Log{Level: "info", Format: "text"},
	}
}
