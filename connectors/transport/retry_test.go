package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// steady is a pace that neither grows nor is felt.
var steady = transport.Pace{Start: 60_000, Max: 60_000}

func TestReadsAreRepeated(t *testing.T) {
	reset := reply{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
	tests := []struct {
		name   string
		script []reply
		sent   int
		status int
		class  connectors.Class
	}{
		{"good at once", replies(200), 1, 200, ""},
		{"good at last", replies(503, 502, 504, 200), 4, 200, ""},
		{"never good", replies(503), 4, 503, ""},
		{"500 once more", replies(500, 200), 2, 200, ""},
		{"500 twice is an answer", replies(500), 2, 500, ""},
		{"500 among others", replies(500, 503, 500, 200), 3, 500, ""},
		{"501", replies(501, 200), 1, 501, ""},
		{"404", replies(404, 200), 1, 404, ""},
		{"401", replies(401, 200), 1, 401, ""},
		{"304", replies(304, 200), 1, 304, ""},
		{"429 then good", replies(429, 200), 2, 200, ""},
		{"429 for ever", replies(429), 4, 0, connectors.Throttled},
		{"reset then good", []reply{reset, {status: 200}}, 2, 200, ""},
		{"reset for ever", []reply{reset}, 4, 0, connectors.Transient},
		{"redirect", []reply{{status: 301, header: map[string]string{"Location": "https://evil.example/"}}, {status: 200}}, 1, 0, connectors.Rejected},
		{"name not found", []reply{{err: &net.DNSError{Name: "scim.example.com", IsNotFound: true}}}, 1, 0, connectors.Transient},
		{"DNS out of order", []reply{{err: &net.DNSError{Name: "scim.example.com", IsTemporary: true}}, {status: 200}}, 2, 200, ""},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &far{script: tt.script}
					c := open(t, transport.Options{Base: f, Pace: steady})
					start := time.Now()
					status, _, err := send(t, t.Context(), c, method, search)
					if status != tt.status || connectors.ClassOf(err) != tt.class || len(f.seen()) != tt.sent {
						t.Errorf("status %d, error %v, %d sent; want %d, %q, %d", status, err, len(f.seen()), tt.status, tt.class, tt.sent)
					}
					if took := time.Since(start); took > 8*time.Second {
						t.Errorf("took %s", took)
					}
				})
			})
		}
	}
}

func TestWritesGoOnce(t *testing.T) {
	tests := []struct {
		name   string
		reply  reply
		status int
		class  connectors.Class
	}{
		{"good", reply{status: 201}, 201, ""},
		{"conflict", reply{status: 409}, 409, ""},
		{"500", reply{status: 500}, 500, ""},
		{"503", reply{status: 503}, 503, ""},
		{"429", reply{status: 429}, 0, connectors.Throttled},
		{"moved", reply{status: 308, header: map[string]string{"Location": "/v3"}}, 0, connectors.Rejected},
		{"see other", reply{status: 303, header: map[string]string{"Location": "/v3"}}, 0, connectors.Unknown},
		{"found", reply{status: 302, header: map[string]string{"Location": "/login"}}, 0, connectors.Unknown},
		{"reset", reply{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, 0, connectors.Unknown},
		{"no answer", reply{err: io.ErrUnexpectedEOF}, 0, connectors.Unknown},
		{"slow", reply{status: 200, took: time.Hour}, 0, connectors.Unknown},
		{"other encoding", reply{status: 200, header: map[string]string{"Content-Encoding": "br"}}, 0, connectors.Unknown},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			t.Run(tt.name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &far{script: []reply{tt.reply, {status: 200}}}
					c := open(t, transport.Options{Base: f, Pace: steady})
					status, _, err := send(t, t.Context(), c, method, search)
					if status != tt.status || connectors.ClassOf(err) != tt.class || len(f.seen()) != 1 {
						t.Errorf("status %d, error %v, %d sent; want %d, %q, 1", status, err, len(f.seen()), tt.status, tt.class)
					}
				})
			})
		}
	}
}

func TestRetryHonoursRetryAfter(t *testing.T) {
	tests := []struct {
		name, after string
		status      int
		sent        int
		took        time.Duration // at least, and less than 10 s more
	}{
		{"seconds", "40", 503, 2, 40 * time.Second},
		{"date", "date", 429, 2, 40 * time.Second},
		{"beyond what one request may take", "3600", 429, 1, 0},
		{"overflow", "1e20", 429, 1, 0},
		{"nonsense", "soon", 503, 2, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.after == "date" {
					tt.after = time.Now().Add(40 * time.Second).UTC().Format(http.TimeFormat)
				}
				f := &far{script: []reply{{status: tt.status, header: map[string]string{"Retry-After": tt.after}}, {status: 200}}}
				c := open(t, transport.Options{Base: f, Pace: steady})
				start := time.Now()
				_, _, err := send(t, t.Context(), c, http.MethodGet, users)
				if took := time.Since(start); took < tt.took || took > tt.took+10*time.Second || len(f.seen()) != tt.sent {
					t.Errorf("took %s, %d sent, error %v; want %s, %d", took, len(f.seen()), err, tt.took, tt.sent)
				}
			})
		})
	}
}

func TestThrottledWriteSaysHowLong(t *testing.T) {
	c := open(t, transport.Options{Base: &far{script: []reply{{status: 429, header: map[string]string{"Retry-After": "17"}, body: canaryBody}}}})
	_, _, err := send(t, t.Context(), c, http.MethodPost, users)
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Throttled || e.After != 17*time.Second {
		t.Errorf("error %+v, want throttled for 17s", err)
	}
}

func TestContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(5*time.Second, cancel)
		f := &far{script: []reply{{status: 503, header: map[string]string{"Retry-After": "60"}}}}
		c := open(t, transport.Options{Base: f, Pace: steady})
		start := time.Now()
		_, _, err := send(t, ctx, c, http.MethodGet, users)
		if !errors.Is(err, context.Canceled) || connectors.ClassOf(err) != connectors.Transient || time.Since(start) != 5*time.Second {
			t.Errorf("error %v after %s, want canceled after 5s", err, time.Since(start))
		}
	})
}

func TestDeadlineTooNearForAnotherAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		f := &far{script: []reply{{status: 503, header: map[string]string{"Retry-After": "60"}}}}
		c := open(t, transport.Options{Base: f, Pace: steady})
		start := time.Now()
		status, _, err := send(t, ctx, c, http.MethodGet, users)
		if status != 503 || err != nil || time.Since(start) != 0 {
			t.Errorf("status %d, error %v after %s; want the 503 at once", status, err, time.Since(start))
		}
	})
}

func TestCallBegunTooLateSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &far{script: replies(200)}
	c := open(t, transport.Options{Base: f})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		_, _, err := send(t, ctx, c, method, users)
		if !errors.Is(err, context.Canceled) || connectors.ClassOf(err) != connectors.Transient {
			t.Errorf("%s: error %v", method, err)
		}
	}
	if len(f.seen()) != 0 {
		t.Errorf("%d requests arrived", len(f.seen()))
	}
}

func TestWriteUnderWayIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		f := &far{script: []reply{{status: 201, took: 5 * time.Second}}}
		c := open(t, transport.Options{Base: f, Pace: steady})
		if status, _, err := send(t, ctx, c, http.MethodPost, users); status != 201 || err != nil {
			t.Errorf("write: status %d, error %v; want it finished", status, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		if _, _, err := send(t, ctx, c, http.MethodGet, users); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("read: error %v after %s; want it cut", err, time.Since(start))
		}
	})
}

func TestRedirectIsRefused(t *testing.T) {
	for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
		for location, want := range map[string]string{
			"https://login.example.net/sso?user=" + canaryEmail: " to https://login.example.net)",
			"/v3?filter=" + canaryEmail:                         " to another path of the same host)",
			"http://scim.example.com/v2":                        " to http://scim.example.com:80)",
			"https://" + canaryEmail + "@evil.example/":         " to https://evil.example)",
			"https://e\u00fcil.example/":                        " to an unreadable address)",
			"":                                                  ")",
		} {
			f := &far{script: []reply{{status: status, header: map[string]string{"Location": location}, body: canaryBody}}}
			c := open(t, transport.Options{Base: f, Token: secret(canaryToken)})
			_, _, err := send(t, t.Context(), c, http.MethodGet, search)
			if connectors.ClassOf(err) != connectors.Rejected || !strings.Contains(err.Error(), want) || len(f.seen()) != 1 {
				t.Errorf("%d to %q: error %v, %d sent; want %q", status, location, err, len(f.seen()), want)
			}
		}
	}
}

// TestWaitsGrow waits longer before each attempt, on average: each wait is random.
func TestWaitsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits [3]time.Duration
		for range 200 {
			f := &far{script: replies(503)}
			_, _, _ = send(t, t.Context(), open(t, transport.Options{Base: f, Pace: steady}), http.MethodGet, search)
			for i := range waits {
				waits[i] += f.seen()[i+1].at.Sub(f.seen()[i].at)
			}
		}
		if waits[0] < 50*time.Second || waits[1] < waits[0]*3/2 || waits[2] < waits[1]*3/2 {
			t.Errorf("200 reads waited %s in all", waits)
		}
	})
}

func TestStatusClass(t *testing.T) {
	type classes struct{ Read, Write connectors.Class }
	want := map[int]classes{
		200: {"", ""}, 204: {"", ""},
		400: {connectors.Rejected, connectors.Rejected},
		401: {connectors.Denied, connectors.Denied},
		403: {connectors.Denied, connectors.Denied},
		404: {connectors.NotFound, connectors.NotFound},
		408: {connectors.Transient, connectors.Unknown},
		409: {connectors.Conflict, connectors.Conflict},
		410: {connectors.NotFound, connectors.NotFound},
		412: {connectors.Rejected, connectors.Rejected},
		413: {connectors.Rejected, connectors.Rejected},
		425: {connectors.Transient, connectors.Unknown},
		429: {connectors.Throttled, connectors.Throttled},
		500: {connectors.Transient, connectors.Unknown},
		501: {connectors.Rejected, connectors.Rejected},
		503: {connectors.Transient, connectors.Unknown},
		599: {connectors.Transient, connectors.Unknown},
		301: {connectors.Rejected, connectors.Rejected},
	}
	got := map[int]classes{}
	for status := range want {
		got[status] = classes{transport.StatusClass("GET", status), transport.StatusClass("PATCH", status)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}
