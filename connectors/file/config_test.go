package file_test

import (
	"strings"
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/file"
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*file.Config)
		want   string // of the error; empty: none
	}{
		{"the least", func(*file.Config) {}, ""},
		{"groups too", func(c *file.Config) { c.Groups = "/var/lib/export/groups.json" }, ""},
		{"nothing", func(c *file.Config) { c.People = "" }, "people: is required"},
		{"a relative path", func(c *file.Config) { c.Groups = "groups.csv" }, "groups: must be an absolute path"},
		{"an ending that says nothing", func(c *file.Config) { c.People = "/export/people.txt" }, "format: is required"},
		{"one file for both", func(c *file.Config) { c.Groups = c.People }, "groups: is the file of people"},
		{"a format that is none", func(c *file.Config) { c.Format = "xml" }, `format: must be csv or json, is "xml"`},
		{"no voucher", func(c *file.Config) { c.Whole = "never" }, "whole: must be checksum or rename"},
		{"an ID that is none", func(c *file.Config) { c.ID = "name" }, "id: must be column or email"},
		{"an encoding that is none", func(c *file.Config) { c.CSV.Encoding = "ebcdic" }, "csv.encoding: must be"},
		{"two delimiters", func(c *file.Config) { c.CSV.Delimiter = ",," }, "csv.delimiter: must be one character"},
		{"a quote as delimiter", func(c *file.Config) { c.CSV.Delimiter = `"` }, "csv.delimiter"},
		{"a status in both lists", func(c *file.Config) { c.Status.Active = []string{"NO"} }, `status: has "NO" in both lists`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := file.NewConfig()
			c.People = "/var/lib/export/people.csv"
			tt.change(c)
			err := c.Validate()
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestIdentity holds that a configuration under which other people are known by
// other IDs has another identity, and one that is tuned has not.
func TestIdentity(t *testing.T) {
	connectortest.WantIdentity(t, file.NewConfig, map[string]func(*file.Config){
		"people":  func(c *file.Config) { c.People = "/x.csv" },
		"by what": func(c *file.Config) { c.ID = file.ByEmail },
		"column":  func(c *file.Config) { c.Columns.ID = "nr" },
	}, map[string]func(*file.Config){
		"how a file is vouched for": func(c *file.Config) { c.Whole = file.Rename },
	})
}
