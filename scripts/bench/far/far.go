package main

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

// targetVerb is the argument that makes this program a target.
const targetVerb = "target"

// tokenVariable hands the target its token.
const tokenVariable = "BENCH_TOKEN"

// serveTarget is the program as a target: it prints its addresses and serves until its
// input ends, which it does with the process that started it.
func serveTarget(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // any end is the end
		stop()
	}()
	return target.New(os.Getenv(tokenVariable)).Serve(ctx, func(address, control string) { fmt.Fprintln(out, address, control) })
}

// far is a target in a process of its own.
type far struct {
	cmd     *exec.Cmd
	in      io.Closer
	address string // of the SCIM server
	ctl     string // of its controls
	token   string
	done    chan struct{}
	peak    chan Cost
}

// startTarget starts a target that holds teams and no accounts.
func startTarget(ctx context.Context, teams []string) (*far, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	f := &far{cmd: exec.CommandContext(ctx, self, targetVerb), token: rand.Text(), done: make(chan struct{}), peak: make(chan Cost, 1)}
	f.cmd.Env, f.cmd.Stderr = append(os.Environ(), tokenVariable+"="+f.token), os.Stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	if f.in, err = f.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	if err := f.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	go func() { f.peak <- watch(f.cmd.Process.Pid, f.done) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		f.address, f.ctl, _ = strings.Cut(strings.TrimSpace(line), " ")
		err = f.control(ctx, http.MethodPost, "/teams", teams, nil)
	}
	if err != nil {
		_, cerr := f.close()
		return nil, errors.Join(fmt.Errorf("start the target: %w", err), cerr)
	}
	return f, nil
}

// close ends the target, and returns what it took.
func (f *far) close() (Cost, error) {
	err := errors.Join(f.in.Close(), f.cmd.Wait())
	close(f.done)
	cost := <-f.peak
	if err != nil {
		return cost, fmt.Errorf("end the target: %w", err)
	}
	cost.CPU = (f.cmd.ProcessState.UserTime() + f.cmd.ProcessState.SystemTime()).Seconds()
	return cost, nil
}

// url is the SCIM endpoint.
func (f *far) url() string { return f.address + target.BasePath }

// control asks the target's controls for something.
func (f *far) control(ctx context.Context, method, path string, in, out any) error {
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

func (f *far) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
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

func (f *far) set(ctx context.Context, m target.Mode) error {
	return f.control(ctx, http.MethodPut, "/mode", m, nil)
}

func (f *far) reset(ctx context.Context) error {
	return f.control(ctx, http.MethodDelete, "/counts", nil, nil)
}

func (f *far) counts(ctx context.Context) (target.Counts, error) {
	var c target.Counts
	err := f.control(ctx, http.MethodGet, "/counts", nil, &c)
	return c, err
}

// until waits until the counts are as they should be, or over is closed.
func (f *far) until(ctx context.Context, over <-chan struct{}, is func(target.Counts) bool) error {
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		c, err := f.counts(ctx)
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

// each calls do with all that the target holds.
func (f *far) each(ctx context.Context, do func(target.Held) error) error {
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
