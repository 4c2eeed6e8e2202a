package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// run plants mutants in the packages that args name, in the module of dir, and
// writes the survivors to out. Progress goes to log.
func run(ctx context.Context, dir string, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(log)
	seed := flags.Uint64("seed", 1, "chooses the mutants")
	n := flags.Int("n", 100, "mutants of each package at most, 0 for all")
	workers := flags.Int("workers", runtime.NumCPU(), "mutants tested side by side")
	timeout := flags.Duration("timeout", 10*time.Second, "how long the tests of a mutant may take, at least; three times as long as without a mutant, if that is more")
	own := flags.Bool("own", false, "runs the tests of the package alone, and none that hold it elsewhere")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	sources, err := load(ctx, root, flags.Args())
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()

	var all tally
	for _, s := range sources {
		b := &bench{source: s, root: root, scratch: scratch, timeout: *timeout}
		if err := b.prepare(ctx, *own); err != nil {
			return err
		}
		mutants := sample(s.mutants(), *seed, *n)
		verdicts, err := b.tryAll(ctx, mutants, *workers, log)
		if err != nil {
			return err
		}
		all.add(root, mutants, verdicts)
	}
	return all.write(out)
}

// sample returns n of the mutants, or all if n is 0, in an order that the seed
// alone decides.
func sample(mutants []mutant, seed uint64, n int) []mutant {
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
	if n > 0 && n < len(mutants) {
		return mutants[:n]
	}
	return mutants
}

// tryAll returns the verdict on each mutant.
func (b *bench) tryAll(ctx context.Context, mutants []mutant, workers int, log io.Writer) ([]verdict, error) {
	verdicts := make([]verdict, len(mutants))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(workers, 1))
	var (
		mu   sync.Mutex // over done and log
		done int
	)
	for i, m := range mutants {
		group.Go(func() error {
			v, err := b.try(ctx, m)
			verdicts[i] = v
			mu.Lock()
			defer mu.Unlock()
			done++
			fmt.Fprintf(log, "%d/%d %s: %s\n", done, len(mutants), v, m.describe(b.root))
			return err
		})
	}
	return verdicts, group.Wait()
}
