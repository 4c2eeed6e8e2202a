package config

import (
	"regexp"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	schema := regexp.MustCompile(durationPattern)
	for _, c := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"5m", 5 * time.Minute, true},
		{"1d", 24 * time.Hour, true},
		{"1d12h", 36 * time.Hour, true},
		{"1h30m", 90 * time.Minute, true},
		{"1.5h", 90 * time.Minute, true},
		{"250ms", 250 * time.Millisecond, true},
		{"0", 0, true},
		{"0s", 0, true},
		{"", 0, false},
		{"d", 0, false},
		{"5", 0, false},
		{"-5m", 0, false},
		{"+5m", 0, false},
		{"1.5d", 0, false},
		{"1d2d", 0, false},
		{"1h1d", 0, false},
		{"five minutes", 0, false},
		{"1w", 0, false},
		{" 5m", 0, false},
	} {
		got, err := parseDuration(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q is %v, %v; want %v", c.text, got, err, c.want)
		}
		if schema.MatchString(c.text) != c.ok {
			t.Errorf("%q: the schema says otherwise", c.text)
		}
	}
	for _, huge := range []string{"99999d", "36501d", "9999999h", "99999999999999999999d"} {
		if got, err := parseDuration(huge); err == nil {
			t.Errorf("%q is %v", huge, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "10s": 10 * time.Second, "5m": 5 * time.Minute, "1h": time.Hour, "1h30m": 90 * time.Minute,
		"1h0m5s": time.Hour + 5*time.Second, "10m": 10 * time.Minute, "1d": day, "2d12h": 60 * time.Hour,
	} {
		if got := span(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	for _, text := range []string{"0 3 * * *", "1d", "12h"} {
		var w When
		if err := w.UnmarshalText([]byte(text)); err != nil || w.String() != text {
			t.Errorf("%q is read as %q (%v)", text, w, err)
		}
	}
}

func TestParseCron(t *testing.T) {
	for text, ok := range map[string]bool{
		"* * * * *": true, "*/5 0-6,22 1 jan mon-fri": true, "0 0 29 2 *": true,
		"": false, "* * * *": false, "* * * * * *": false, "@daily": false, "@every 5m": false,
		"TZ=UTC * * * *": false, "CRON_TZ=UTC * * * * *": false, "60 * * * *": false, "0 0 31 2 *": false,
		"a b c d e": false, "*/0 * * * *": false,
	} {
		if err := parseCron(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"1d", "5m", "1d2h", "0", ".5s", "1e9s"} {
		f.Add(s)
	}
	schema := regexp.MustCompile(durationPattern)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		switch {
		case d < 0:
			t.Fatalf("%q is %v", s, d)
		case err == nil && !schema.MatchString(s):
			t.Fatalf("%q is taken, but not by the schema", s)
		case err == nil:
			if again, err := parseDuration(span(d)); err != nil || again != d {
				t.Fatalf("%q is %v, which is written %s and read as %v (%v)", s, d, span(d), again, err)
			}
		}
	})
}
