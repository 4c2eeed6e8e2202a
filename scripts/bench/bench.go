package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"writersync/scripts/bench/company"
	"writersync/scripts/bench/far"
	"writersync/scripts/bench/target"
)

// stdio is where results and progress go.
type stdio struct {
	out, err io.Writer
}

// bench is what all phases share.
type bench struct {
	program string // path
	dir     string // for worlds
	seed    uint64
	phases  []string // the selected ones; empty: all
	cores   int      // that the program uses at a time; 0: all there are
	latency time.Duration
	paced   bool // the program sends requests at its own pace, but for storms
	log     io.Writer
}

func (b *bench) progress(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }

// options are what the command line says.
type options struct {
	bench
	sizes  string
	output string
	doc    string // file to write the page into
	from   string // file of a report to show, in place of a measurement
}

func parse(args []string, errs io.Writer) (options, error) {
	var o options
	var phases string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.program, "program", "", "path of the writersync `binary`")
	f.StringVar(&o.sizes, "sizes", "1k", "numbers of `users`, such as \"1k 10k 100k\"")
	f.StringVar(&phases, "phases", "", "`names` of phases, separated by commas; all by default: "+strings.Join(phaseNames(), ", "))
	f.StringVar(&o.output, "o", "table", "`table` or json")
	f.StringVar(&o.doc, "doc", "", "also write docs/benchmarks.md to this `file`")
	f.StringVar(&o.from, "from", "", "measure nothing, and show the report in this `file` (made by -o json)")
	f.StringVar(&o.dir, "dir", "", "`folder` on a disk for companies and states; a temporary one by default")
	f.IntVar(&o.cores, "cores", 0, "`number` of cores that the program uses at a time; all by default")
	f.BoolVar(&o.paced, "paced", false, "let the program send requests at its default pace; as fast as it can by default")
	f.DurationVar(&o.latency, "latency", 0, "`time` that the target takes for each request, such as 20ms")
	f.Uint64Var(&o.seed, "seed", 1, "`number` that the companies follow from")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	for name := range strings.SplitSeq(phases, ",") {
		if name = strings.TrimSpace(name); name != "" {
			o.phases = append(o.phases, name)
		}
	}
	for _, name := range o.phases {
		if !slices.Contains(phaseNames(), name) {
			return o, fmt.Errorf("there is no phase %q: there are %s", name, strings.Join(phaseNames(), ", "))
		}
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is one argument too many", f.Arg(0))
	case o.output != "table" && o.output != "json":
		return o, fmt.Errorf("-o is table or json, not %q", o.output)
	case o.program == "" && o.from == "":
		return o, errors.New("say which -program to measure; `make bench` builds it")
	}
	return o, nil
}

// phaseNames are those that -phases knows.
func phaseNames() []string {
	var out []string
	for _, s := range life() {
		out = append(out, s.name)
	}
	return append(out, phaseResume, phaseOutage, phaseJoinedPush, phaseLarge, phaseStorm)
}

// run is the program: as the bench, or as one of the processes that the bench starts.
func run(ctx context.Context, args []string, io stdio) error {
	switch {
	case len(args) == 1 && args[0] == far.Verb:
		return far.Serve(ctx, os.Stdin, io.out)
	case len(args) == 2 && args[0] == decodeVerb:
		return decodeHere(ctx, args[1], io.out)
	}
	o, err := parse(args, io.err)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	report, err := o.report(ctx, io.err)
	if err != nil {
		return err
	}
	if o.doc != "" {
		if err := writePage(o.doc, report); err != nil {
			return err
		}
	}
	if o.output == "json" {
		enc := json.NewEncoder(io.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return writeTables(io.out, report)
}

// report measures, or reads what was measured.
func (o options) report(ctx context.Context, log io.Writer) (Report, error) {
	if o.from != "" {
		return readReport(o.from)
	}
	o.log = log
	var sizes []int
	for word := range strings.FieldsSeq(o.sizes) {
		users, err := company.ParseUsers(word)
		if err != nil {
			return Report{}, err
		}
		sizes = append(sizes, users)
	}
	program, err := filepath.Abs(o.program)
	if err != nil {
		return Report{}, fmt.Errorf("find the program: %w", err)
	}
	o.program = program
	var r Report
	if r.Program, err = programAt(ctx, o.program); err != nil {
		return Report{}, err
	}
	if r.Machine, err = thisMachine(); err != nil {
		return Report{}, err
	}
	for _, users := range sizes {
		result, err := o.measureSize(ctx, users)
		if err != nil {
			return Report{}, fmt.Errorf("%d users: %w", users, err)
		}
		r.Sizes = append(r.Sizes, result)
	}
	return r, nil
}

func readReport(path string) (Report, error) {
	var r Report
	data, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("read the report: %w", err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("read the report %s: %w", path, err)
	}
	return r, nil
}

// selected reports whether a phase is to be measured.
func (b *bench) selected(name string) bool {
	return len(b.phases) == 0 || slices.Contains(b.phases, name)
}

// measureSize takes one company through the selected phases.
func (b *bench) measureSize(ctx context.Context, users int) (result Result, err error) {
	dir, err := os.MkdirTemp(b.dir, "writersync-bench-")
	if err != nil {
		return result, fmt.Errorf("make room for companies: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	here := *b
	here.dir = dir
	if err := here.live(ctx, users, &result); err != nil {
		return result, err
	}
	for _, e := range here.extras(users) {
		if !b.selected(e.name) {
			continue
		}
		figures, err := e.do(ctx)
		if err != nil {
			return result, err
		}
		result.Phases = append(result.Phases, figures...)
	}
	return result, nil
}

// An extra is a phase that has a company of its own.
type extra struct {
	name string
	do   func(context.Context) ([]Figure, error)
}

// extras are those for a company of that size.
func (b *bench) extras(users int) []extra {
	out := []extra{{phaseResume, func(ctx context.Context) ([]Figure, error) { return b.resume(ctx, users) }}}
	if users <= maxOutage {
		out = append(out, extra{phaseOutage, func(ctx context.Context) ([]Figure, error) { return b.outage(ctx, users) }})
	}
	out = append(out, extra{phaseJoinedPush, func(ctx context.Context) ([]Figure, error) { return b.joined(ctx, users) }})
	out = append(out, extra{phaseLarge, func(ctx context.Context) ([]Figure, error) { return b.large(ctx, users) }})
	if users <= maxStorm {
		for _, kind := range []target.LimitKind{target.Fixed, target.Sliding, target.Bucket} {
			out = append(out, extra{phaseStorm, func(ctx context.Context) ([]Figure, error) { return b.storm(ctx, users, kind) }})
		}
	}
	return out
}

// live takes one company through its life, up to the last selected phase of it.
func (b *bench) live(ctx context.Context, users int, result *Result) (err error) {
	w, err := b.newWorld(ctx, users, b.usual())
	if err != nil {
		return err
	}
	defer func() {
		cost, cerr := w.close()
		result.Target, err = cost, errors.Join(err, cerr)
	}()
	result.Users, result.Groups = users, len(w.company.Groups)
	for _, t := range w.wanted.Teams {
		result.Memberships += len(t.Members)
	}
	if result.Decoding, err = decode(ctx, w.dir); err != nil {
		return err
	}
	steps := life()
	for len(steps) > 0 && !b.selected(steps[len(steps)-1].name) {
		steps = steps[:len(steps)-1]
	}
	for _, s := range steps {
		figures, err := s.do(w, ctx)
		if err != nil {
			return err
		}
		if b.selected(s.name) {
			result.Phases = append(result.Phases, figures...)
		}
	}
	return nil
}
