package config

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"writersync/connectors"
)

const hidden = "hunter2-canary"

func write(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileSecret(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want, fault string }{
		{"plain", write(t, hidden, 0o600), hidden, ""},
		{"read-only", write(t, hidden, 0o400), hidden, ""},
		{"newline", write(t, hidden+"\n", 0o600), hidden, ""},
		{"windows newline", write(t, hidden+"\r\n", 0o600), hidden, ""},
		{"one newline of two", write(t, hidden+"\n\n", 0o600), hidden + "\n", ""},
		{"space is kept", write(t, " "+hidden+" ", 0o600), " " + hidden + " ", ""},
		{"empty", write(t, "\n", 0o600), "", "is empty"},
		{"world-readable", write(t, hidden, 0o604), "", "is open to others (mode 0604): chmod 600 it"},
		{"group-readable", write(t, hidden, 0o640), "", "is open to others (mode 0640)"},
		{"world-writable", write(t, hidden, 0o602), "", "is open to others"},
		{"missing", filepath.Join(t.TempDir(), "none"), "", "no such file or directory: create the file"},
		{"directory", t.TempDir(), "", "is not a regular file"},
		{"pipe", pipe, "", "is not a regular file"},
		{"large", write(t, strings.Repeat("x", maxSecret+1), 0o600), "", "is longer than 64 KiB"},
	} {
		t.Run(c.name, func(t *testing.T) { checkSecret(t, fileSecret(c.path), c.want, c.fault) })
	}
}

// checkSecret reveals a secret, and holds its errors and every way to print it
// against the rule that none shows the secret.
func checkSecret(t *testing.T, s connectors.Secret, want, fault string) {
	t.Helper()
	got, err := s.Reveal(t.Context())
	if got != want {
		t.Errorf("secret is %q, want %q", got, want)
	}
	if (err == nil) != (fault == "") || (err != nil && !strings.Contains(err.Error(), fault)) {
		t.Errorf("error is %v, want %q", err, fault)
	}
	text, jerr := json.Marshal(s)
	if jerr != nil {
		t.Error(jerr)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("a line", "secret", s, "error", err)
	if all := fmt.Sprintf("%v %+v %#v %s %s %s %v", s, s, s, s, text, log.String(), err); strings.Contains(all, hidden) {
		t.Errorf("printing shows the secret: %s", all)
	}
}

// fileInfo is a file of a given owner.
type fileInfo struct {
	fs.FileInfo
	mode  fs.FileMode
	owner uint32
}

func (f fileInfo) Mode() fs.FileMode { return f.mode }

func (f fileInfo) Sys() any { return &syscall.Stat_t{Uid: f.owner} }

// TestPrivate draws who may read a secret's file:
//
//	owner is   we are      group may read   others may read
//	us         us          no               no
//	root       not root    yes              no
//	another    not root    no               no
func TestPrivate(t *testing.T) {
	for _, c := range []struct {
		owner uint32
		self  int
		mode  fs.FileMode
		ok    bool
	}{
		{1000, 1000, 0o600, true},
		{1000, 1000, 0o400, true},
		{1000, 1000, 0o700, true},
		{1000, 1000, 0o640, false},
		{0, 0, 0o600, true},
		{0, 0, 0o640, false},
		{0, 1000, 0o640, true},
		{0, 1000, 0o440, true},
		{0, 1000, 0o660, false},
		{0, 1000, 0o644, false},
		{2000, 1000, 0o640, false},
		{1000, 1000, 0o600 | fs.ModeDir, false},
	} {
		if err := private(fileInfo{mode: c.mode, owner: c.owner}, c.self); (err == nil) != c.ok {
			t.Errorf("mode %v of owner %d, read by %d: %v", c.mode, c.owner, c.self, err)
		}
	}
}

// TestRotation shows that a secret is read anew each time.
func TestRotation(t *testing.T) {
	path := write(t, "first", 0o600)
	s := fileSecret(path)
	checkSecret(t, s, "first", "")
	if err := os.WriteFile(path, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	checkSecret(t, s, "second", "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	checkSecret(t, s, "", "no such file")
}

func TestEnvSecret(t *testing.T) {
	t.Setenv("WRITERSYNC_TEST", hidden)
	t.Setenv("WRITERSYNC_EMPTY", "")
	checkSecret(t, envSecret("WRITERSYNC_TEST"), hidden, "")
	checkSecret(t, envSecret("WRITERSYNC_EMPTY"), "", "is empty")
	checkSecret(t, envSecret("WRITERSYNC_NONE"), "", "env:WRITERSYNC_NONE: the environment variable is not set")
}

func TestCommandSecret(t *testing.T) {
	script := write(t, "#!/bin/sh\n"+`case $1 in
	print) echo `+hidden+` ;;
	args) printf %s "$2" ;;
	fail) echo `+hidden+`; echo `+hidden+` >&2; exit 3 ;;
	hang) exec sleep 60 ;;
	large) head -c 200000 /dev/zero ;;
	esac
	`, 0o700)
	for _, c := range []struct {
		name        string
		argv        []string
		want, fault string
	}{
		{"prints", []string{script, "print"}, hidden, ""},
		{"no shell", []string{script, "args", "$HOME; `id`"}, "$HOME; `id`", ""},
		{"fails", []string{script, "fail", hidden}, "", "run the command: exit status 3"},
		{"prints nothing", []string{script, "none"}, "", "is empty"},
		{"prints too much", []string{script, "large"}, "", "is longer than 64 KiB"},
		{"is missing", []string{"/nonexistent/program", hidden}, "", "run the command: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) { checkSecret(t, commandSecret(c.argv, commandTimeout), c.want, c.fault) })
	}
	t.Run("hangs", func(t *testing.T) {
		checkSecret(t, commandSecret([]string{script, "hang"}, 50*time.Millisecond), "", "run the command: context deadline exceeded")
	})
	t.Run("is told to stop", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := commandSecret([]string{script, "print"}, commandTimeout).Reveal(ctx); err == nil {
			t.Error("the command ran")
		}
	})
}

// TestSecretForms holds every way to write a reference against what it becomes.
func TestSecretForms(t *testing.T) {
	for _, c := range []struct{ yaml, ref string }{
		{"{file: /run/secrets/writer}", "file:/run/secrets/writer"},
		{"{file: /run/../run/secrets/writer}", "file:/run/secrets/writer"},
		{"file:/run/secrets/writer", "file:/run/secrets/writer"},
		{`"file:/with space"`, "file:/with space"},
		{"{env: WRITER_TOKEN}", "env:WRITER_TOKEN"},
		{"env:WRITER_TOKEN", "env:WRITER_TOKEN"},
		{"{command: [/usr/bin/vault, read, token]}", "command:/usr/bin/vault"},
		{"{file: relative}", ""},
		{"{file: [/a]}", ""},
		{"{file: }", ""},
		{"{env: 9LIVES}", ""},
		{"{env: }", ""},
		{`{env: ""}`, ""},
		{"{command: []}", ""},
		{"{command: [vault]}", ""},
		{"{command: [/usr/bin/vault, 5]}", ""},
		{"{command: /usr/bin/vault}", ""},
		{"command:/usr/bin/vault", ""},
		{"{vault: /x}", ""},
		{"{}", ""},
		{"[]", ""},
		{"true", ""},
		{hidden, ""},
		{`"` + hidden + ` file:/x"`, ""},
	} {
		text := "writer:\n  token: " + c.yaml + "\npeople: {scope: everyone}\nsources: [{name: a, type: none}]\n"
		var reg connectors.Registry
		reg.Register(connectors.Type{Name: "none", New: func() connectors.Config { return &none{} }})
		got, err := Parse("test.yml", []byte(text), &reg)
		switch {
		case c.ref == "" && (err == nil || !strings.Contains(err.Error(), "writer.token") || strings.Contains(err.Error(), hidden)):
			t.Errorf("%s: error is %v", c.yaml, err)
		case c.ref != "" && (err != nil || got.Writer.Token.String() != c.ref):
			t.Errorf("%s: %v, want %s", c.yaml, err, c.ref)
		}
	}
}

// none is the configuration of a connector without fields.
type none struct{}

func (*none) Validate() error { return nil }

func (*none) Identity() string { return "none" }

func (*none) Open(connectors.Env) (connectors.Connector, error) { return nil, fs.ErrInvalid }
