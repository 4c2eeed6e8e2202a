package connectortest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// failures runs do with a TB whose failures are kept, and returns them.
func failures(t *testing.T, do func(testing.TB)) string {
	t.Helper()
	tb := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(tb)
	}()
	<-done
	return strings.Join(tb.failed, "\n")
}

// A recorder is a TB that keeps failures for itself.
type recorder struct {
	testing.TB

	failed []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Log(...any)                {}
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Error(args ...any)         { r.failed = append(r.failed, fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = append(r.failed, fmt.Sprintf(f, a...)) }

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	runtime.Goexit()
}
