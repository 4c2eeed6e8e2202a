package connectortest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
)

// checkBeside: Watch and Prove run beside Read and Changes, and neither waits for the
// other or is misled by it.
func checkBeside(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	read, _ := s.mustRead(t)
	ctx, cancel := context.WithCancel(t.Context())
	var others sync.WaitGroup
	failed := make(chan error, 2)
	defer func() {
		cancel()
		others.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
	}()
	s.watchBeside(t, ctx, &others, failed)
	s.proveBeside(t, ctx, &others, failed, connectors.Claim{Kind: connectors.UserObject, ID: read.Users[0].ID, Container: read.Users[0].Container})
	for range 3 {
		_, complete := s.mustState(t, w)
		if changer, ok := s.connector.(connectors.Changer); ok {
			s.mustFollow(t, changer, complete.Evidence().Cursor, &Collect{World: read.clone()})
		}
	}
}

// watchBeside watches until ctx ends, if the connector can. It returns once that began.
func (s *subject) watchBeside(t testing.TB, ctx context.Context, others *sync.WaitGroup, failed chan<- error) {
	t.Helper()
	watcher, ok := s.connector.(connectors.Watcher)
	if !ok {
		return
	}
	beside(t, "a watch", others, func(begin func()) {
		if err := watcher.Watch(ctx, begin); ctx.Err() == nil {
			failed <- fmt.Errorf("the watch ended: %w", err)
		}
	})
}

// proveBeside proves again and again until ctx ends that somebody is there, if the
// connector can. It returns once it has done so.
func (s *subject) proveBeside(t testing.TB, ctx context.Context, others *sync.WaitGroup, failed chan<- error, c connectors.Claim) {
	t.Helper()
	prover, ok := s.connector.(connectors.Prover)
	if !ok {
		return
	}
	beside(t, "a proof", others, func(begin func()) {
		for ctx.Err() == nil {
			p, err := prover.Prove(ctx, c)
			if err == nil && p != connectors.Present {
				err = errors.New("of somebody who is there it says " + string(p))
			}
			if err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("prove: %w", err)
				return
			}
			begin()
		}
	})
}

// beside starts do among the others, and returns once it says that it has begun, or ended.
func beside(t testing.TB, what string, others *sync.WaitGroup, do func(begin func())) {
	t.Helper()
	began := make(chan struct{})
	begin := sync.OnceFunc(func() { close(began) })
	others.Go(func() {
		defer begin()
		do(begin)
	})
	select {
	case <-began:
	case <-time.After(soon):
		t.Errorf("%s did not begin within %s", what, soon)
	}
}
