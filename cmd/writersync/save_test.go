package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestSaveIsWholeOrNothing: what was there stays if the new one cannot be written whole,
// and nothing is left beside it.
func TestSaveIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	file := output{path: filepath.Join(dir, "plan.json"), what: "plan", isOne: func(b []byte) bool { return string(b) == "earlier" }}
	if err := os.WriteFile(file.path, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := file.save(func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	holds(t, file.path, "earlier")
	if err := file.save(func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	}); err != nil {
		t.Error(err)
	}
	holds(t, file.path, "new")
	// It is no earlier one now.
	var usage usageError
	if err := file.save(func(io.Writer) error { return nil }); !errors.As(err, &usage) {
		t.Errorf("error is %v", err)
	}
	holds(t, file.path, "new")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("beside it: %v, %v", entries, err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}
