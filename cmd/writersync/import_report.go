package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"writersync/connectors"
	"writersync/syncer/match"
)

// writeReport prints a report as tables, up to longList rows of each kind.
func writeReport(w io.Writer, r match.Report) {
	for _, text := range r.Unread {
		fmt.Fprintf(w, "Not read whole, and so perhaps missing here: %s\n", printable(text))
	}
	fmt.Fprintf(w, "People: %s\n", tallied(match.PeopleKinds(), r.Count))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.People) > 0 {
		fmt.Fprintln(tw, "  MATCH\tIN WRITER\tIN THE DIRECTORY\tNAME\tNOTE")
	}
	seen := map[match.Kind]int{}
	for _, row := range r.People {
		if seen[row.Kind]++; seen[row.Kind] <= longList {
			fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\n", row.Kind, cell(row.Login), cell(row.Email), cell(row.Name), cell(row.Note))
		}
	}
	_ = tw.Flush() // an error of w shows on the next write
	writeRest(w, seen, match.PeopleKinds())

	fmt.Fprintf(w, "Teams: %s\n", tallied(match.TeamKinds(), r.CountTeams))
	tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Teams) > 0 {
		fmt.Fprintln(tw, "  MATCH\tIN WRITER\tMEMBERS\tIN THE DIRECTORY\tNOTE")
	}
	seen = map[match.Kind]int{}
	for _, row := range r.Teams {
		if seen[row.Kind]++; seen[row.Kind] <= longList {
			fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\n", row.Kind, cell(row.Name), cell(membersOf(row)), cell(groupNames(row.Groups)), cell(row.Note))
		}
	}
	_ = tw.Flush() // an error of w shows on the next write
	writeRest(w, seen, match.TeamKinds())
}

func writeRest(w io.Writer, seen map[match.Kind]int, kinds []match.Kind) {
	for _, kind := range kinds {
		if more := seen[kind] - longList; more > 0 {
			fmt.Fprintf(w, "  ... and %d more of %s (`writersync import --csv` has all)\n", more, kind)
		}
	}
}

// tallied returns "linked 3, exact 2".
func tallied(kinds []match.Kind, count func(match.Kind) int) string {
	var parts []string
	for _, kind := range kinds {
		if n := count(kind); n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kind, n))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// cell is what a column shows of a text; a dash if there is none.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return printable(s)
}

func membersOf(r match.TeamRow) string {
	switch {
	case r.Team == "":
		return ""
	case !r.Read:
		return "?"
	}
	return strconv.Itoa(len(r.Members))
}

func groupNames(groups []match.Group) string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.Name
	}
	return strings.Join(names, ", ")
}

// writeReportCSV prints all of a report, people first.
func writeReportCSV(w io.Writer, r match.Report) error {
	rows := [][]string{{"of", "match", "writer_id", "writer_name", "directory_id", "directory_name", "name", "members", "note"}}
	for _, p := range r.People {
		rows = append(rows, []string{"user", string(p.Kind), string(p.Account), p.Login, refCell(p.Person), p.Email, p.Name, "", p.Note})
	}
	for _, t := range r.Teams {
		ids := make([]string, len(t.Groups))
		for i, g := range t.Groups {
			ids[i] = g.Ref.String()
		}
		rows = append(rows, []string{"team", string(t.Kind), string(t.Team), t.Name, strings.Join(ids, " "), groupNames(t.Groups), "", membersOf(t), t.Note})
	}
	return writeCSV(w, rows)
}

func refCell(r connectors.Ref) string {
	if r == (connectors.Ref{}) {
		return ""
	}
	return r.String()
}

// writeCSV writes rows in which no cell is taken for a formula.
func writeCSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = unformulated(text)
		}
		_ = out.Write(safe) // Error has the first fault
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// unformulated returns what a spreadsheet shows as the text itself: a cell that
// begins so is a formula to it, and names in Writer can be anybody's.
func unformulated(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
