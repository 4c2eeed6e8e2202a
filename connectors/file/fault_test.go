package file_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"writersync/connectors/file"
)

// TestOtherFaultsOfALargeFile: what is wrong with a file, or with what takes its rows,
// is reported as it is, and not as a file that changed; also if much of the file was not
// read by then.
func TestOtherFaultsOfALargeFile(t *testing.T) {
	var rows strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&rows, "u%d,p%d@example.com\n", i, i)
	}
	for head, says := range map[string]string{
		"id,mail of them\n":              `no column is called "email"`,
		"id,email\nu1,one@example.com\n": "the same ID twice",
	} {
		for _, whole := range []file.Whole{file.Rename, file.Checksum} {
			text := head + rows.String()
			c := source(t, "people.csv", text)
			c.Whole = whole
			write(t, c.People+".sha256", fmt.Sprintf("%x\n", sha256.Sum256([]byte(text))))
			if _, err := read(t, c, nil); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v: wanted %q, and the error is: %v", whole, says, err)
			}
		}
	}
}
