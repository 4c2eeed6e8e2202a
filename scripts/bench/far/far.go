// Package far runs a target in a process of its own, steers it, and compares what it
// holds with what it must hold.
package far

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"writersync/scripts/bench/target"
)

// Verb is the argument that makes a program a target: its main calls Serve.
const Verb = "target"

// tokenVariable hands the target its token.
const tokenVariable = "BENCH_TOKEN"

// every is how often Until looks.
const every = 5 * time.Millisecond

// Serve is the program as a target: it prints its addresses and serves until its input
// ends, which it does with the process that started it.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // any end is the end
		stop()
	}()
	return target.New(os.Getenv(tokenVariable)).Serve(ctx, func(address, control string) { fmt.Fprintln(out, address, control) })
}

// A Target is a target in a process of its own.
type Target struct {
	Cmd   *exec.Cmd
	Token string // that requests must carry

	in      io.Closer
	address string // of the SCIM server
	ctl     string // of its controls
}

// Start starts a program as a target that holds teams and no accounts.
func Start(ctx context.Context, program string, teams []string) (*Target, error) {
	f := &Target{Cmd: exec.CommandContext(ctx, program, Verb), Token: rand.Text()}
	f.Cmd.Env, f.Cmd.Stderr = append(os.Environ(), tokenVariable+"="+f.Token), os.Stderr
	out, err := f.Cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	if f.in, err = f.Cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	if err := f.Cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		f.address, f.ctl, _ = strings.Cut(strings.TrimSpace(line), " ")
		err = f.control(ctx, http.MethodPost, "/teams", teams, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the target: %w", err), f.Close())
	}
	return f, nil
}

// Close ends the target, and waits for its end.
func (f *Target) Close() error {
	if err := errors.Join(f.in.Close(), f.Cmd.Wait()); err != nil {
		return fmt.Errorf("end the target: %w", err)
	}
	return nil
}

// URL is the SCIM endpoint.
func (f *Target) URL() string { return f.address + target.BasePath }

// control asks the target's controls for something.
func (f *Target) control(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("control the target: %w", err)
	}
	resp, err := f.ask(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if out != nil {
		err = json.NewDecoder(resp.Body).Decode(out)
	}
	return errors.Join(err, resp.Body.Close())
}

func (f *Target) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, f.ctl+path, body)
	if err != nil {
		return nil, fmt.Errorf("control the target: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("control the target: %w", err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		text, rerr := io.ReadAll(resp.Body)
		return nil, errors.Join(fmt.Errorf("control the target: %s: %s", resp.Status, text), rerr, resp.Body.Close())
	}
	return resp, nil
}

// Set changes how the target treats requests.
func (f *Target) Set(ctx context.Context, m target.Mode) error {
	return f.control(ctx, http.MethodPut, "/mode", m, nil)
}

// Reset begins a new count.
func (f *Target) Reset(ctx context.Context) error {
	return f.control(ctx, http.MethodDelete, "/counts", nil, nil)
}

// Counts returns what was counted since the last Reset.
func (f *Target) Counts(ctx context.Context) (target.Counts, error) {
	var c target.Counts
	err := f.control(ctx, http.MethodGet, "/counts", nil, &c)
	return c, err
}

// Until waits until the counts are as they should be, or over is closed.
func (f *Target) Until(ctx context.Context, over <-chan struct{}, is func(target.Counts) bool) error {
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		c, err := f.Counts(ctx)
		if err != nil {
			return err
		}
		if is(c) {
			return nil
		}
		select {
		case <-over:
			return errors.New("the program ended before")
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// Each calls do with all that the target holds.
func (f *Target) Each(ctx context.Context, do func(target.Held) error) error {
	resp, err := f.ask(ctx, http.MethodGet, "/state", http.NoBody)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // what matters was read
	for dec := json.NewDecoder(bufio.NewReaderSize(resp.Body, 1<<20)); ; {
		var h target.Held
		if err := dec.Decode(&h); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read what the target holds: %w", err)
		}
		if err := do(h); err != nil {
			return err
		}
	}
}
