package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedExpectations runs the example of docs/testing-configurations.md: its
// files against each other must give what the page says they give.
func TestDocumentedExpectations(t *testing.T) {
	text := page(t, "docs/testing-configurations.md")
	t.Chdir(t.TempDir())
	var printed string
	for _, m := range regexp.MustCompile("(?ms)^```(yaml)?\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		name := ""
		switch begin, _, _ := strings.Cut(m[2], ":"); begin {
		case "expectations":
			name = "writersync.test.yml"
		case "sources":
			name = "fixture.yml"
		case "writer":
			name = "writersync.yml"
		default:
			if m[1] == "" {
				printed = m[2]
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(".", name), []byte(m[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"test", "-c", "writersync.yml", "--fixture", "fixture.yml"}, stdio{out: &out, err: &errs})
	if code != exitFailed || errs.Len() > 0 {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if out.String() != printed {
		t.Errorf("the page shows\n%s\nand it prints\n%s", printed, out.String())
	}
}
