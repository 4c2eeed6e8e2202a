package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A Machine is where something was measured. It has no name.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	System string `json:"system"` // and its kernel
}

func thisMachine() (Machine, error) {
	m := Machine{CPU: "unknown", Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH}
	files := map[string][]byte{"/proc/cpuinfo": nil, "/proc/meminfo": nil, "/proc/sys/kernel/osrelease": nil, "/etc/os-release": nil}
	for path := range files {
		data, err := os.ReadFile(path)
		if err != nil && path != "/etc/os-release" { // which not every system has
			return m, fmt.Errorf("the bench needs Linux: %w", err)
		}
		files[path] = data
	}
	for line := range strings.Lines(string(files["/proc/cpuinfo"])) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	m.Memory = kilobytes(files["/proc/meminfo"], "MemTotal:")
	kernel := string(bytes.TrimSpace(files["/proc/sys/kernel/osrelease"]))
	system := "Linux"
	for line := range strings.Lines(string(files["/etc/os-release"])) {
		if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			system = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	m.System = fmt.Sprintf("%s, kernel %s, %s", system, kernel, runtime.GOARCH)
	return m, nil
}

// A Program is what was measured.
type Program struct {
	Commit string `json:"commit"` // as git describes what is checked out: "-dirty" if it was changed; or "unknown"
	Go     string `json:"go"`
}

// programAt looks at a binary, which was built of what is checked out here.
func programAt(ctx context.Context, path string) (Program, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return Program{}, fmt.Errorf("look at the program: %w", err)
	}
	p := Program{Commit: "unknown", Go: info.GoVersion}
	// Not every build has the commit in it; the checkout that the program lies in has it then.
	commit, err := exec.CommandContext(ctx, "git", "-C", filepath.Dir(path), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*").Output()
	if err == nil { // else there is no git, or these are sources without a history
		p.Commit = strings.TrimSpace(string(commit))
	}
	return p, nil
}
