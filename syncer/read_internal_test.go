package syncer

import (
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/store"
)

// TestOlderFiles: which files are not read, since they were written before those that were
// read last.
func TestOlderFiles(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	file := func(path string, written time.Time) connectors.File {
		return connectors.File{Path: path, Written: written}
	}
	read := func(f connectors.File, at time.Time) store.File { return store.File{File: f, Read: at} }
	const hour, day = time.Hour, 24 * time.Hour
	tests := []struct {
		name  string
		last  [2]store.File
		files [2]connectors.File
		want  []string // what the error says; none: it is read
	}{
		{name: "the first read", files: [2]connectors.File{file("/p.csv", ago(30*day)), file("/g.csv", ago(30*day))}},
		{name: "newer", last: [2]store.File{read(file("/p.csv", ago(hour)), ago(hour))}, files: [2]connectors.File{file("/p.csv", ago(0))}},
		{name: "of the same time", last: [2]store.File{read(file("/p.csv", ago(hour)), ago(hour))}, files: [2]connectors.File{file("/p.csv", ago(hour))}},
		{
			name: "older", last: [2]store.File{read(file("/p.csv", ago(hour)), ago(hour))}, files: [2]connectors.File{file("/p.csv", ago(30*day))},
			want: []string{"read /p.csv", "2026-01-31 12:00:00 UTC", "2026-03-02 11:00:00 UTC", "touch"},
		},
		{
			name: "older groups", last: [2]store.File{{}, read(file("/g.csv", ago(hour)), ago(hour))},
			files: [2]connectors.File{file("/p.csv", ago(0)), file("/g.csv", ago(hour+1))}, want: []string{"read /g.csv"},
		},
		{name: "older, and another file", last: [2]store.File{read(file("/p.csv", ago(hour)), ago(hour))}, files: [2]connectors.File{file("/q.csv", ago(day))}},
		{name: "the last one was of the future when it was read", last: [2]store.File{read(file("/p.csv", ago(-30*day)), ago(hour))}, files: [2]connectors.File{file("/p.csv", ago(hour/2))}},
		{
			name: "older than the read of one of the future", last: [2]store.File{read(file("/p.csv", ago(-30*day)), ago(hour))},
			files: [2]connectors.File{file("/p.csv", ago(2*hour))}, want: []string{"2026-03-02 11:00:00 UTC"},
		},
		{name: "written long before it was read", last: [2]store.File{read(file("/p.csv", ago(day)), ago(hour))}, files: [2]connectors.File{file("/p.csv", ago(2*hour))}},
		{name: "the clock was put back", last: [2]store.File{read(file("/p.csv", ago(-day)), ago(-day))}, files: [2]connectors.File{file("/p.csv", ago(hour))}},
		{name: "no file", last: [2]store.File{read(connectors.File{}, ago(hour))}, files: [2]connectors.File{{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := notOlder(tt.last, tt.files, now)
			if (err != nil) != (len(tt.want) > 0) {
				t.Fatalf("the error is: %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
		})
	}
}
