package file

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// missing explains that a header lacks a column. What stands in the first line is
// shown only if it can be a header: in a file without one it is about a person.
func missing(path string, want column, header []string) error {
	if likeRow(header) {
		return rejected(path, errors.New("the first line does not look like a header"),
			headerHint(header, "Let the export write the names of its columns as the first line."))
	}
	return rejected(path, fmt.Errorf("no column is called %q among %s", want.name, columnsFound(header)), headerHint(header, want.required))
}

// likeRow reports whether a line is more likely a row than a header: it has an
// address in it, a date or a number, or a gap. It errs on the side of the row, since
// nothing of one may be shown.
func likeRow(line []string) bool {
	last := len(line)
	for last > 0 && strings.TrimSpace(line[last-1]) == "" {
		last-- // spreadsheets write empty columns behind the last one
	}
	return slices.ContainsFunc(line[:last], func(cell string) bool {
		digits, letters := 0, 0
		for _, r := range cell {
			switch {
			case unicode.IsDigit(r):
				digits++
			case unicode.IsLetter(r):
				letters++
			}
		}
		return strings.Contains(cell, "@") || letters == 0 || digits > 3
	})
}

// columnsFound names the columns of a header, the first few of them.
func columnsFound(header []string) string {
	const most = 12
	names := make([]string, 0, most)
	for _, name := range header[:min(len(header), most)] {
		names = append(names, fmt.Sprintf("%q", visible(name)))
	}
	if len(header) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

// headerHint says what a header that lacks a column most likely suffers from.
func headerHint(header []string, otherwise string) string {
	switch {
	case len(header) == 1 && strings.ContainsAny(header[0], ";\t|"):
		return "The file separates columns by another character: set csv.delimiter."
	case slices.ContainsFunc(header, func(s string) bool { return strings.ContainsAny(s, "\x00\ufffd") || strings.HasPrefix(s, "ï»¿") }):
		return "The file is in another encoding: set csv.encoding."
	}
	return otherwise
}
