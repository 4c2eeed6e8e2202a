package config_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"writersync/config"
)

// canary is the secret that some of the files hold where none belongs.
const canary = "hunter2-canary"

func glob(t *testing.T, pattern string, least int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) < least {
		t.Fatalf("%d files %s, want %d (%v)", len(files), pattern, least, err)
	}
	return files
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBad holds each mistake against the message that people get. No message may
// show a secret.
func TestBad(t *testing.T) {
	for _, path := range glob(t, "*.bad.yml", 90) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := config.Parse(filepath.Base(path), read(t, path), registry())
			if err == nil {
				t.Fatal("no fault was found")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the message shows the secret:\n%v", err)
			}
			golden := strings.TrimSuffix(path, ".yml") + ".txt"
			got := err.Error() + "\n"
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, golden)), got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGood loads each file that has no mistake.
func TestGood(t *testing.T) {
	for _, path := range append(glob(t, "*.good.yml", 6), "example.yml") {
		if _, err := config.Load(path, registry()); err != nil {
			t.Errorf("load: %v", err)
		}
	}
}

// TestSchemaAgrees holds the schema against the decoder: it takes every good
// file, and refuses every one that is bad by its shape.
func TestSchemaAgrees(t *testing.T) {
	text, err := config.Schema(registry())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(glob(t, "*.good.yml", 6), "example.yml") {
		if err := schema.Validate(instance(t, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range glob(t, "shape-*.bad.yml", 40) {
		if err := schema.Validate(instance(t, path)); err == nil {
			t.Errorf("%s: the schema takes it", path)
		}
	}
}

// instance reads a file with the library's own decoder.
func instance(t *testing.T, path string) any {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(strings.TrimPrefix(string(read(t, path)), "\ufeff")), &tree); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
