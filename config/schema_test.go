package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write schema.json and the expected messages anew")

// TestEmbeddedSchema holds schema.json against the types and their comments.
func TestEmbeddedSchema(t *testing.T) {
	r := newReflector()
	if err := r.AddGoComments("writersync/config", "."); err != nil {
		t.Fatal(err)
	}
	for key, comment := range r.CommentMap {
		r.CommentMap[key] = strings.ReplaceAll(comment, "\n", " ")
	}
	s := r.Reflect(&Config{})
	s.Title = "writersync configuration"
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("schema.json is out of date; run `go test ./config -run Schema -update`:\n%s", cmp.Diff(string(got), string(want)))
	}
}
