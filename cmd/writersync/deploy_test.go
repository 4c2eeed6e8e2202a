package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestImageIsBare holds the Dockerfile to its promises: built apart, from nothing,
// as nobody, with a health check that needs no shell.
func TestImageIsBare(t *testing.T) {
	text := page(t, "Dockerfile")
	last := text[strings.LastIndex(text, "\nFROM "):]
	for _, line := range []string{"\nFROM scratch\n", "\nUSER 65532:65532\n", "\nENTRYPOINT [\"/writersync\"]\n", "CMD [\"/writersync\", \"health\"]\n", "\nVOLUME /var/lib/writersync\n"} {
		if !strings.Contains(last, line) {
			t.Errorf("the last stage lacks %q", line)
		}
	}
	if strings.Contains(last, "\nRUN ") {
		t.Error("the last stage runs something: it has no shell")
	}
}

// TestBinaryIsStatic builds the program as the Dockerfile and the Makefile do, and
// sees that it needs no library of the system.
func TestBinaryIsStatic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "writersync")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	libraries, err := f.ImportedLibraries()
	if err != nil || len(libraries) > 0 || f.Section(".interp") != nil {
		t.Errorf("it needs %v (%v)", libraries, err)
	}
}

// TestUnitIsHardened holds the systemd unit to what it is there for.
func TestUnitIsHardened(t *testing.T) {
	unit := page(t, "deploy/writersync.service")
	for _, line := range []string{
		"DynamicUser=yes", "StateDirectory=writersync", "StateDirectoryMode=0700", "UMask=0077", "NoNewPrivileges=yes", "CapabilityBoundingSet=",
		"ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes", "MemoryDenyWriteExecute=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallFilter=@system-service", "TimeoutStopSec=15",
	} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
}
