package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"writersync/scripts/bench/company"
	"writersync/scripts/bench/far"
	"writersync/scripts/bench/target"
	"writersync/state"
)

// The exit codes of the program that phases expect.
const (
	exitDone  = 0
	exitUsage = 2
	exitWaits = 4 // for an approval
)

// A world is one company with its own target, configuration and state.
type world struct {
	*bench
	company *company.Company
	wanted  company.Wanted // by now
	dir     string
	config  string
	group   string // the only one that feeds a team; empty: each group does
	far     *far.Target
	watch   *watch // of far
}

// newWorld makes a company that nothing was read of yet, and a Writer without anybody.
func (b *bench) newWorld(ctx context.Context, users int, settings company.Config) (*world, error) {
	size, err := company.SizeOf(users)
	if err != nil {
		return nil, err
	}
	w := &world{bench: b, company: company.New(size, b.seed), group: settings.Group}
	if w.dir, err = os.MkdirTemp(b.dir, "world-"); err != nil {
		return nil, fmt.Errorf("make room for a company: %w", err)
	}
	if err = w.export(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.dir))
	}
	var teams []string
	for _, t := range w.wanted.Teams {
		teams = append(teams, t.Name)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find this program: %w", err), os.RemoveAll(w.dir))
	}
	if w.far, err = far.Start(ctx, self, teams); err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.dir))
	}
	w.watch = watchOf(w.far.Cmd.Process.Pid)
	settings.URL, settings.Token = w.far.URL(), w.far.Token
	err = w.mode(ctx, target.Mode{})
	if err == nil {
		w.config, err = settings.Configure(w.dir)
	}
	if err != nil {
		_, cerr := w.close()
		return nil, errors.Join(err, cerr)
	}
	return w, nil
}

// mode sets how the target treats requests, beside the latency that it always has.
func (w *world) mode(ctx context.Context, m target.Mode) error {
	m.Latency = target.Duration(w.latency)
	return w.far.Set(ctx, m)
}

// close ends the target and removes the world's files. It returns what the target took.
func (w *world) close() (Cost, error) {
	err := w.far.Close()
	cost := w.watch.end()
	cost.CPU, cost.User = processor(w.far.Cmd)
	return cost, errors.Join(err, os.RemoveAll(w.dir))
}

// export writes the company as it is by now.
func (w *world) export() error {
	w.wanted = w.company.Wanted()
	if w.group != "" {
		w.wanted = w.wanted.Only(w.group)
	}
	return w.company.Export(w.dir)
}

// listing is how many requests list everybody and all teams, at the program's usual page
// size, where Writer has so many accounts.
func (w *world) listing(accounts int) int {
	const page = 100
	pages := func(n int) int { return max(1, (n+page-1)/page) }
	return pages(accounts) + pages(len(w.wanted.Teams))
}

// command is the program with a verb, about to be started.
func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.program, append([]string{"--config", w.config}, args...)...)
	if w.cores > 0 {
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", w.cores))
	}
	return cmd
}

// verb runs a verb of the program, which must end with one of the codes; any but a usage
// error, if there are none.
func (w *world) verb(ctx context.Context, codes []int, args ...string) (ended, error) {
	p, err := start(w.command(ctx, args...))
	if err != nil {
		return ended{}, err
	}
	e, err := p.wait()
	if err != nil {
		return e, err
	}
	if e.code < 0 || (len(codes) > 0 && !slices.Contains(codes, e.code)) || (len(codes) == 0 && e.code == exitUsage) {
		return e, fmt.Errorf("`writersync %s` ended with code %d, not %v:\n%s%s", strings.Join(args, " "), e.code, codes, tail(e.out), tail(e.err))
	}
	return e, ctx.Err()
}

// tail returns the last lines of a text.
func tail(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "")
}

// sync makes one run, which must end with one of the codes.
func (w *world) sync(ctx context.Context, codes ...int) (Cost, error) {
	e, err := w.verb(ctx, codes, "sync")
	return e.Cost, err
}

// maxRuns is how many runs it may take until Writer is as it should be.
const maxRuns = 100

// converge makes runs until the target is what the company makes of it.
func (w *world) converge(ctx context.Context) (Cost, error) {
	var total Cost
	var wrong error
	for range maxRuns {
		cost, err := w.sync(ctx)
		if err != nil {
			return total, err
		}
		total = total.plus(cost)
		if wrong = far.Differences(ctx, w.far, w.wanted); wrong == nil {
			return total, nil
		}
	}
	return total, fmt.Errorf("after %d runs %w", maxRuns, wrong)
}

// holdNamed finds how the program says to approve a hold.
var holdNamed = regexp.MustCompile(`writersync approve ([0-9A-Za-z@-]+)`)

// plan plans the first run, and returns what to approve.
func (w *world) plan(ctx context.Context) (hold string, cost Cost, err error) {
	e, err := w.verb(ctx, []int{exitWaits}, "plan")
	if err != nil {
		return "", e.Cost, err
	}
	found := holdNamed.FindStringSubmatch(e.out)
	if found == nil {
		return "", e.Cost, fmt.Errorf("the first plan names nothing to approve:\n%s", tail(e.out))
	}
	return found[1], e.Cost, nil
}

func (w *world) approve(ctx context.Context, hold string) (Cost, error) {
	e, err := w.verb(ctx, []int{exitDone}, "approve", hold)
	return e.Cost, err
}

// planAndApprove does both, unmeasured.
func (w *world) planAndApprove(ctx context.Context) error {
	hold, _, err := w.plan(ctx)
	if err == nil {
		_, err = w.approve(ctx, hold)
	}
	return err
}

// size measures the state; it is zero where there is none yet.
func (w *world) size() (state.Content, error) {
	s, err := state.ContentOf(company.StatePath(w.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return state.Content{}, nil
	}
	return s, err
}

// measure makes the figures of a phase of what do costs.
func (w *world) measure(ctx context.Context, phase string, bound Requests, do func() (Cost, error)) (Figure, error) {
	f := Figure{Phase: phase, Least: bound}
	before, err := w.size()
	if err == nil {
		err = w.far.Reset(ctx)
	}
	if err == nil {
		f.Cost, err = do()
	}
	if err != nil {
		return f, fmt.Errorf("%s: %w", phase, err)
	}
	counts, err := w.far.Counts(ctx)
	if err != nil {
		return f, err
	}
	after, err := w.size()
	if err != nil {
		return f, err
	}
	f.Requests, f.Refused, f.Unanswered, f.Answers = requestsOf(counts), counts.Refused, counts.Unanswered, counts.Sent
	f.Written -= counts.Received
	f.State, f.Live, f.Commits = after.File, after.Records, -1
	if after.Commits >= before.Commits {
		f.Commits = int(after.Commits - before.Commits) //nolint:gosec // a difference that is small
	}
	w.progress("%d users: %s took %.1f s", w.company.Size.Users, phase, f.Wall)
	return f, nil
}
