package file

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// csvRows calls do with each row of a CSV file (RFC 4180). Every row has as many
// fields as the header, and the last one ends in a line break.
func (c *Config) csvRows(f *opened, columns []column, do func(*row) error) error {
	r := csv.NewReader(withoutMark(c.CSV.Encoding.decode(f)))
	r.Comma, _ = utf8.DecodeRuneInString(c.CSV.Delimiter)
	r.ReuseRecord = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return corrupt(f.path, errors.New("it is empty"), "Run the export again.")
	}
	if err != nil {
		return broken(f.path, err)
	}
	at, err := find(f.path, header, columns)
	if err != nil {
		return err
	}
	into := newRow(columns, "")
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return broken(f.path, err)
		}
		into.line, _ = r.FieldPos(0)
		for column, i := range at {
			if i >= 0 {
				into.set(column, record[i])
			}
		}
		if err := do(into); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
	}
	if f.last != '\n' && f.last != '\r' && f.last != 0 { // 0: the second byte of a UTF-16 line break
		return corrupt(f.path, errors.New("its last line has no end"), "It broke off, or the export leaves the last line break out: let it write one.")
	}
	return nil
}

// find returns the place of each column in a header, -1 of one that it lacks.
func find(path string, header []string, columns []column) ([]int, error) {
	at := make([]int, len(columns))
	for column, want := range columns {
		at[column] = -1
		is := func(name string) bool { return strings.EqualFold(strings.TrimSpace(name), want.name) }
		i := slices.IndexFunc(header, is)
		switch {
		case i < 0 && want.required != "":
			return nil, missing(path, want, header)
		case i < 0 || want.name == "":
			continue
		case slices.ContainsFunc(header[i+1:], is):
			return nil, rejected(path, fmt.Errorf("two columns are called %q", want.name), "Rename one of them, or name another under columns.")
		}
		at[column] = i
	}
	return at, nil
}

// broken explains an error of the CSV reader, without what stands in the row.
func broken(path string, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return unreadable(path, err)
	}
	return corrupt(path, errLine(p.StartLine, p.Err), "Correct the row, or the export; nothing of the file is used.")
}

func (e Encoding) decode(r io.Reader) io.Reader {
	switch e {
	case UTF16:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case Windows1252:
		return transform.NewReader(r, charmap.Windows1252.NewDecoder())
	}
	return r
}

// withoutMark drops a byte order mark, which some programs write before UTF-8.
func withoutMark(r io.Reader) io.Reader {
	b := bufio.NewReaderSize(r, 64<<10)
	if first, _, err := b.ReadRune(); err == nil && first != '\ufeff' {
		_ = b.UnreadRune() // the rune just read
	}
	return b
}
