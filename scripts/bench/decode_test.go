package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"writersync/scripts/bench/company"
)

// TestDecoding measures how long an export takes to read.
func TestDecoding(t *testing.T) {
	seconds := func(users int) float64 {
		size, err := company.SizeOf(users)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := company.New(size, 1).Export(dir); err != nil {
			t.Fatal(err)
		}
		took, err := decode(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return took
	}
	small, large := seconds(100), seconds(10_000)
	if large < 10*small || large > 10 {
		t.Errorf("100 users take %.4f s, 10,000 take %.4f s", small, large)
	}
	for _, missing := range []string{company.UsersFile, company.GroupsFile} {
		size, err := company.SizeOf(100)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := errors.Join(company.New(size, 1).Export(dir), os.Remove(filepath.Join(dir, missing))); err != nil {
			t.Fatal(err)
		}
		if _, err := decode(t.Context(), dir); err == nil {
			t.Errorf("an export without %s was read", missing)
		}
	}
}
