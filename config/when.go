package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// When is a repeated moment: either a time between two, or fields of cron.
type When struct {
	Every time.Duration // 0 if Cron is set
	Cron  string        // five fields; empty if Every is set
}

// String returns it as it is written in the file.
func (w When) String() string {
	if w.Cron != "" {
		return w.Cron
	}
	return span(w.Every)
}

// UnmarshalText reads five fields of cron, or a duration.
func (w *When) UnmarshalText(text []byte) error {
	s := string(text)
	if strings.ContainsAny(s, " \t") {
		*w = When{Cron: s}
		return nil
	}
	every, err := parseDuration(s)
	if err != nil {
		return errors.New(`is neither a duration such as "24h" nor five fields of cron such as "0 3 * * *"`)
	}
	*w = When{Every: every}
	return nil
}

// day is what the unit d stands for, in a duration.
const day = 24 * time.Hour

// maxDays keeps a duration within what an int64 of nanoseconds can hold.
const maxDays = 36500

// parseDuration reads a duration: a sequence of whole or decimal numbers with the
// units of time.ParseDuration, and whole days ("1d", "1d12h") before them.
func parseDuration(s string) (time.Duration, error) {
	whole := s
	var total time.Duration
	if days, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n > maxDays {
			return 0, fmt.Errorf("%q is not a duration", whole)
		}
		total, s = time.Duration(n)*day, rest
		if s == "" {
			return total, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDays*day || strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("%q is not a duration", whole)
	}
	return total + d, nil
}

// span writes a duration as people do: "1d", "1m30s".
func span(d time.Duration) string {
	var days string
	if n := d / day; n > 0 {
		days, d = fmt.Sprintf("%dd", n), d%day
		if d == 0 {
			return days
		}
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return days + s
}

// durationPattern is what parseDuration takes, as a regular expression (ECMA 262)
// for the JSON schema.
const durationPattern = `^([0-9]+d|([0-9]+d)?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+|([0-9]+d)?0)$`

// parseCron checks five fields of cron, as the scheduler will read them.
func parseCron(s string) error {
	if n := len(strings.Fields(s)); n != 5 || strings.ContainsAny(s, "@=") {
		return errors.New("must have five fields: minute, hour, day of month, month, day of week")
	}
	schedule, err := cron.ParseStandard(s)
	if err != nil {
		return fmt.Errorf("is not one that cron understands: %w", err)
	}
	// The year 2023 begins five years that hold a leap day; a schedule without a
	// date in them has none at all.
	if schedule.Next(time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return errors.New("never comes: no month has such a day")
	}
	return nil
}
