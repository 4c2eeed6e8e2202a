package main

import (
	"fmt"
	"io"
	"slices"
)

// A tally counts verdicts and keeps the survivors.
type tally struct {
	counts    [3]int // by verdict
	survivors []string
}

// add takes over the verdicts on the mutants of one package.
func (t *tally) add(root string, mutants []mutant, verdicts []verdict) {
	var alive []mutant
	for i, v := range verdicts {
		t.counts[v]++
		if v == survived {
			alive = append(alive, mutants[i])
		}
	}
	slices.SortFunc(alive, mutant.compare)
	for _, m := range alive {
		t.survivors = append(t.survivors, m.describe(root))
	}
}

// write lists the survivors and closes with the counts.
func (t *tally) write(w io.Writer) error {
	for _, s := range t.survivors {
		if _, err := fmt.Fprintln(w, s); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "planted %d, caught %d, survived %d, did not compile %d\n",
		t.counts[survived]+t.counts[caught]+t.counts[broken], t.counts[caught], t.counts[survived], t.counts[broken])
	return err
}
