package transport_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors/transport"
)

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := transport.Sleep(t.Context(), time.Minute); err != nil || time.Since(start) != time.Minute {
			t.Errorf("a minute took %s and ended with %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if err := transport.Sleep(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("a minute that was cut short took %s and ended with %v", time.Since(start), err)
		}
	})
}
