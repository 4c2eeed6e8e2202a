package trigger_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/trigger"
)

// ringer is a Bell at work, with what it asked for.
type ringer struct {
	bell *trigger.Bell

	mu     sync.Mutex
	asked  []syncer.Request
	at     []time.Time
	result func() (syncer.Outcome, error)
}

func startRinger(ctx context.Context) *ringer {
	r := &ringer{result: func() (syncer.Outcome, error) { return syncer.Outcome{}, nil }}
	r.bell = trigger.NewBell(func(_ context.Context, q syncer.Request) (syncer.Outcome, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked, r.at = append(r.asked, q), append(r.at, time.Now())
		return r.result()
	})
	go r.bell.Work(ctx)
	return r
}

// withRinger runs a test on a fake clock with a Bell at work.
func withRinger(t *testing.T, test func(*testing.T, *ringer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); after(time.Minute) }() // what waits meanwhile ends too
		test(t, startRinger(ctx))
	})
}

// passes returns what was asked for so far, and when.
func (r *ringer) passes() ([]syncer.Request, []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked), slices.Clone(r.at)
}

// answer makes passes end so from now on.
func (r *ringer) answer(result func() (syncer.Outcome, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = result
}

// after lets so much time pass.
func after(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // on a fake clock
	synctest.Wait()
}

// TestBellAnswersAtOnce: a ring that comes alone is answered within a moment, and two
// that belong together by one pass.
func TestBellAnswersAtOnce(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		r.bell.Ring("hr")
		r.bell.Ring("corp")
		after(time.Second)
		if asked, _ := r.passes(); len(asked) != 1 || !slices.Equal(asked[0].Rings, []string{"corp", "hr"}) || asked[0].Trigger != "ring" {
			t.Fatalf("asked for %+v, want one pass for both", asked)
		}
		after(time.Minute)
		began := time.Now()
		r.bell.Ring("corp")
		after(time.Minute)
		if _, at := r.passes(); len(at) != 2 || at[1].Sub(began) > time.Second {
			t.Errorf("%d passes, the last after %s", len(at), at[len(at)-1].Sub(began))
		}
	})
}

// TestBellHoldsBack: a thousand rings in a minute cause at most twelve passes, and the
// last one is answered.
func TestBellHoldsBack(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		began := time.Now()
		for range 1000 {
			r.bell.Ring("corp")
			after(60 * time.Millisecond)
		}
		if asked, _ := r.passes(); len(asked) > 12 || len(asked) < 10 {
			t.Errorf("%d passes in %s", len(asked), time.Since(began))
		}
		after(time.Minute)
		_, at := r.passes()
		if at[len(at)-1].Before(began.Add(59 * time.Second)) {
			t.Error("the last ring was not answered")
		}
		for i := range at {
			if i >= 12 && at[i].Sub(at[i-12]) < time.Minute {
				t.Errorf("thirteen passes in %s", at[i].Sub(at[i-12]))
			}
			if i > 0 && at[i].Sub(at[i-1]) > 6*time.Second {
				t.Errorf("passes %s apart", at[i].Sub(at[i-1]))
			}
		}
	})
}

// TestBellAnswersTwice: what is written right after a pass has read, a second pass reads
// soon, and again so after a quiet time. That one waits a little for what still comes.
func TestBellAnswersTwice(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		for round := range 3 {
			for range 3 {
				r.bell.Ring("corp")
				after(time.Second)
			}
			if asked, _ := r.passes(); len(asked) != 2*round+2 {
				t.Errorf("round %d: %d passes, want two for each round", round, len(asked))
			}
			after(10 * time.Second)
		}
	})
}

// TestBellRingsAgain: a source that could not be read is asked again by itself.
func TestBellRingsAgain(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Sources: []syncer.SourceRun{{Name: "corp", Error: "no"}, {Name: "hr", Followed: true}}}}, nil
		})
		r.bell.Ring("corp")
		r.bell.Ring("hr")
		after(time.Second)
		r.answer(func() (syncer.Outcome, error) { return syncer.Outcome{}, errors.New("Writer is away") })
		after(35 * time.Second)
		r.answer(func() (syncer.Outcome, error) { return syncer.Outcome{}, nil })
		after(5 * time.Minute)
		if asked, _ := r.passes(); len(asked) != 3 || !slices.Equal(asked[1].Rings, []string{"corp"}) || !slices.Equal(asked[2].Rings, []string{"corp"}) {
			t.Errorf("asked for %+v, want corp twice more", asked)
		}
	})
}

// TestBellIsPatient: a source that is down is asked less and less often, however often
// its watch is begun again.
func TestBellIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); after(10 * time.Minute) }()
		r := startRinger(ctx)
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Sources: []syncer.SourceRun{{Name: "corp", Error: "down"}}}}, nil
		})
		for _, wait := range []int{1, 2, 4, 8, 16, 32, 60} { // as a watch rings that is begun again
			after(time.Duration(wait) * time.Second)
			r.bell.Ring("corp")
		}
		after(10 * time.Minute)
		before, _ := r.passes()
		after(16 * time.Minute)
		if asked, _ := r.passes(); len(asked)-len(before) < 1 || len(asked)-len(before) > 3 {
			t.Errorf("%d passes in sixteen minutes, want one or two", len(asked)-len(before))
		}
	})
}

// TestBellAsksForEverything: what a pass could not do is tried again by passes that read
// every source whole, a few times.
func TestBellAsksForEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); after(10 * time.Minute) }()
		r := startRinger(ctx)
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Counts: []syncer.Count{{Kind: plan.Deactivate, Planned: 1, Skipped: 1}}}}, nil
		})
		r.bell.Ring("corp")
		after(2 * time.Hour)
		asked, _ := r.passes()
		if len(asked) != 5 {
			t.Errorf("%d passes, want 5: %+v", len(asked), asked)
		}
		for i, request := range asked {
			if whole := i > 0; whole != (request.Rings == nil) {
				t.Errorf("pass %d is %+v", i, request)
			}
		}
	})
}

// TestBellRepeatsWhatWasRead: what a pass that ended early had read is not told a second
// time, and so everything is read whole.
func TestBellRepeatsWhatWasRead(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Sources: []syncer.SourceRun{{Name: "corp", Followed: true}}}}, errors.New("Writer is away")
		})
		r.bell.Ring("corp")
		after(time.Second)
		r.answer(func() (syncer.Outcome, error) { return syncer.Outcome{}, nil })
		after(5 * time.Minute)
		if asked, _ := r.passes(); len(asked) != 2 || asked[1].Rings != nil {
			t.Errorf("asked for %+v, want a second pass that reads all", asked)
		}
	})
}

// TestBellKeepsInMind: that another source was read meanwhile, and all of that done, is
// no reason to forget what an earlier pass could not do.
func TestBellKeepsInMind(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Counts: []syncer.Count{{Kind: plan.Deactivate, Planned: 1, Failed: 1}}}}, nil
		})
		r.bell.Ring("corp")
		after(time.Second)
		r.answer(func() (syncer.Outcome, error) { return syncer.Outcome{}, nil })
		r.bell.Ring("hr")
		after(5 * time.Minute)
		if asked, _ := r.passes(); len(asked) != 3 || asked[2].Rings != nil {
			t.Errorf("asked for %+v, want a third pass that reads all", asked)
		}
	})
}

// TestBellGoesOnAsking: a pass that was to read everything again, and could not read a
// source, has not done what it was made for.
func TestBellGoesOnAsking(t *testing.T) {
	withRinger(t, func(t *testing.T, r *ringer) {
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Counts: []syncer.Count{{Kind: plan.Deactivate, Planned: 1, Failed: 1}}}}, nil
		})
		r.bell.Ring("corp")
		after(time.Second)
		r.answer(func() (syncer.Outcome, error) {
			return syncer.Outcome{Run: syncer.Run{Sources: []syncer.SourceRun{{Name: "corp", Error: "no"}, {Name: "hr", Complete: true}}}}, nil
		})
		after(35 * time.Second)
		r.answer(func() (syncer.Outcome, error) { return syncer.Outcome{}, nil })
		after(5 * time.Minute)
		if asked, _ := r.passes(); len(asked) != 3 || asked[2].Rings != nil {
			t.Errorf("asked for %+v, want a third pass that reads all", asked)
		}
	})
}
