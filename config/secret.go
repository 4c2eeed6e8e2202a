package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"writersync/connectors"
)

// maxSecret is the longest secret that is taken, in bytes. Keys of service
// accounts in JSON have 3 KiB; a wrong path may lead to something much larger.
const maxSecret = 64 << 10

// commandTimeout is how long a command may take to print a secret.
const commandTimeout = 10 * time.Second

// fileSecret returns a secret that stands in a file. It is read anew each time it
// is revealed, so that it can be replaced while the daemon runs.
func fileSecret(path string) connectors.Secret {
	return connectors.NewSecret("file:"+path, func(context.Context) (string, error) { return readSecret(path) })
}

func readSecret(path string) (string, error) {
	// Without O_NONBLOCK, opening a pipe would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", withoutPath(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", withoutPath(err)
	}
	if err := private(info, os.Geteuid()); err != nil {
		return "", err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", withoutPath(err)
	}
	return trimmed(b)
}

// withoutPath drops the path that the os package puts into its errors: the
// reference names it already.
func withoutPath(err error) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: create the file, readable by this user alone, or correct the path", p.Err)
	}
	return p.Err
}

// private refuses a file that others can read. One that belongs to root may be
// readable by its group, since that is how a container's secrets are handed to a
// process that is not root; the same rule as PostgreSQL has for its keys.
func private(info fs.FileInfo, self int) error {
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	allowed, hint := fs.FileMode(0o600), "chmod 600"
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid == 0 && self != 0 {
		allowed, hint = 0o640, "chmod 640"
	}
	if readable := info.Mode().Perm() & 0o066 &^ allowed; readable != 0 {
		return fmt.Errorf("is open to others (mode %#o): %s it, and replace the secret if somebody may have read it", info.Mode().Perm(), hint)
	}
	return nil
}

// trimmed returns a secret without the one newline that editors and echo put at
// the end. Nothing else is taken off: space can be part of a password.
func trimmed(b []byte) (string, error) {
	if len(b) > maxSecret {
		return "", errors.New("is longer than 64 KiB: that is no secret")
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	return string(bytes.TrimSuffix(b, []byte("\r"))), nil
}

// envSecret returns a secret that stands in an environment variable.
func envSecret(name string) connectors.Secret {
	return connectors.NewSecret("env:"+name, func(context.Context) (string, error) {
		v, ok := os.LookupEnv(name)
		if !ok {
			return "", errors.New("the environment variable is not set")
		}
		return v, nil
	})
}

// commandSecret returns a secret that a program prints. The program is started as
// it is named, without a shell. Its arguments are not part of the reference.
func commandSecret(argv []string, timeout time.Duration) connectors.Secret {
	return connectors.NewSecret("command:"+argv[0], func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return runCommand(ctx, argv)
	})
}

// runCommand returns what a program prints. What it prints on standard error is
// left out of the error: it may hold what it looked up.
func runCommand(ctx context.Context, argv []string) (string, error) {
	var out limitedBuffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the configuration's owner names the program
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second // for a grandchild that keeps the pipe open
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("run the command: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("run the command: %w", withoutPath(err))
	}
	return trimmed(out.b)
}

// A limitedBuffer keeps what is written to it up to one byte more than a secret
// may have, and drops the rest.
type limitedBuffer struct{ b []byte }

var _ io.Writer = (*limitedBuffer)(nil)

// Write never fails, so that the program can end by itself.
func (l *limitedBuffer) Write(p []byte) (int, error) {
	l.b = append(l.b, p[:min(len(p), maxSecret+1-len(l.b))]...)
	return len(p), nil
}

// validEnv reports whether s can be the name of an environment variable.
func validEnv(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) && (s[0] < '0' || s[0] > '9')
}
