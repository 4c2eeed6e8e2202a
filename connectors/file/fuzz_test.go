package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/file"
)

// FuzzRead reads bytes that claim to be an export: never a panic, and whatever is
// taken for whole states people with IDs, each once.
func FuzzRead(f *testing.F) {
	for _, text := range []string{three, "id,email\n1,\"a\n", `[{"id":1,"email":"a"}]`, "\ufeffid,email\r\n1,a\r\n", "[]", "id,email,status\n1,a,\"no\"\"\"\n"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, asJSON bool) {
		c := file.NewConfig()
		c.Whole, c.Format, c.People = file.Rename, file.FormatCSV, filepath.Join(dir, "people")
		if asJSON {
			c.Format = file.FormatJSON
		}
		if err := os.WriteFile(c.People, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		connector, _ := connectortest.Open[connectors.Connector](t, c)
		kept, _, err := connectortest.Read(t, connector)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, u := range kept.Users {
			if strings.TrimSpace(u.ID) == "" || seen[u.ID] {
				t.Errorf("the ID %q is empty or comes twice", u.ID)
			}
			seen[u.ID] = true
		}
		if !asJSON && !strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\r") && !strings.HasSuffix(text, "\x00") {
			t.Error("a file whose last line has no end was taken for whole")
		}
	})
}
