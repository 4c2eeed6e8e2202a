package main

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/match"
)

// TestCSVHoldsNoFormula holds that no cell of a CSV is taken for a formula, wherever
// its text comes from, and that nothing else is changed.
func TestCSVHoldsNoFormula(t *testing.T) {
	tests := map[string]string{
		"=1+1": "'=1+1", "+49 30 1": "'+49 30 1", "-x": "'-x", "@sum": "'@sum", "\tx": "'\tx", "\rx": "'\rx",
		"": "", "a=b": "a=b", "'": "'", "ada@example.com": "ada@example.com", " =x": " =x", "x\n=y": "x\n=y",
	}
	for text, want := range tests {
		var out bytes.Buffer
		r := match.Report{
			People: []match.Row{{Kind: match.Case, Login: text, Email: text, Name: text, Note: text, Person: connectors.Ref{Source: "corp", ID: "1"}}},
			Teams:  []match.TeamRow{{Kind: match.SameName, Team: "1", Name: text, Groups: []match.Group{{Ref: connectors.Ref{Source: "corp", ID: "g"}, Name: text}}}},
		}
		if err := writeReportCSV(&out, r); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if text == "\rx" {
			continue // a carriage return is quoted; the reader drops what it takes for a line's end
		}
		wantRows := [][]string{{"user", "case", "", want, "corp/1", want, want, "", want}, {"team", "same-name", "1", want, "corp/g", want, "", "?", ""}}
		if diff := cmp.Diff(wantRows, rows[1:]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	if got := unformulated("\rx"); got != "'\rx" {
		t.Errorf("carriage return: %q", got)
	}
}

// TestReportIsCut shows the first of many, and says how many there are.
func TestReportIsCut(t *testing.T) {
	var r match.Report
	for range longList + 3 {
		r.People = append(r.People, match.Row{Kind: match.Linked, Login: "ada@example.com", Name: "A\x1b[31m"})
	}
	var out bytes.Buffer
	writeReport(&out, r)
	for text, times := range map[string]int{"ada@example.com": longList, "... and 3 more of linked": 1, "\x1b": 0, "Teams: none": 1} {
		if got := bytes.Count(out.Bytes(), []byte(text)); got != times {
			t.Errorf("%q stands there %d times, want %d", text, got, times)
		}
	}
}
