package config

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"
)

// The shortest and the longest time between two passes.
const (
	minEvery = 10 * time.Second
	maxEvery = 24 * time.Hour
)

func (v *validator) schedule(s Schedule) {
	byCron := v.given("schedule.cron")
	switch {
	case byCron && v.given("schedule.every"):
		v.add("schedule.cron", "cannot stand beside every", "keep one of them")
	case byCron:
		v.cron("schedule.cron", s.Cron)
	default:
		v.duration("schedule.every", s.Every, minEvery, maxEvery)
	}
	if s.Verify.Cron != "" {
		v.cron("schedule.verify", s.Verify.Cron)
	} else {
		v.duration("schedule.verify", s.Verify.Every, time.Hour, 31*day)
	}
	if _, err := s.Location(); err != nil || s.Timezone == "" || s.Timezone == "Local" {
		v.add("schedule.timezone", "is not the name of a time zone", "write one such as UTC or Europe/Berlin")
	}
	most := time.Hour
	if !byCron {
		most = min(most, s.Every)
	}
	if s.Splay < 0 || s.Splay > most {
		v.add("schedule.splay", fmt.Sprintf("must be at most %s, is %s", span(most), span(s.Splay)), "a pass would be delayed past the next one")
	}
}

func (v *validator) cron(path, text string) {
	if err := parseCron(text); err != nil {
		v.add(path, err.Error(), `write one such as "*/10 * * * *" (every ten minutes) or "0 3 * * *" (at three each night)`)
	}
}

// maxSocket is the longest path of a unix socket, in bytes (sun_path of
// sockaddr_un has 104 on BSD and macOS, its end included).
const maxSocket = 103

// places checks the files and addresses of the daemon, and its log.
func (v *validator) places() {
	c := v.config
	v.duration("slice", c.Slice, 10*time.Second, time.Hour)
	v.absolute("state.path", c.State.Path)
	if v.given("listen.socket") {
		v.absolute("listen.socket", c.Listen.Socket)
	}
	if len(c.Listen.Socket) > maxSocket {
		v.add("listen.socket", fmt.Sprintf("is longer than the %d bytes that a unix socket's path can have", maxSocket), "write a shorter path")
	}
	if filepath.Clean(c.Listen.Socket) == filepath.Clean(c.State.Path) {
		v.add("listen.socket", "is the state file", "give the socket a path of its own")
	}
	if !validAddress(c.Listen.Metrics) {
		v.add("listen.metrics", "is not a host and a port", "write one such as "+DefaultMetrics)
	}
	if c.Listen.Hooks != "" && !validAddress(c.Listen.Hooks) {
		v.add("listen.hooks", "is not a host and a port", "write one such as 127.0.0.1:9465, or leave it out")
	}
	oneOf(v, "log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf(v, "log.format", c.Log.Format, "text", "json")
}

func validAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
