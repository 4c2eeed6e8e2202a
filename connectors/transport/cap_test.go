package transport_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// zeros writes n zero bytes to w.
func zeros(w io.Writer, n int64) { _, _ = io.CopyN(w, zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func zip(t *testing.T, n int64) []byte {
	t.Helper()
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros(z, n)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// bomb returns 1 GiB of zeros in about 1 MiB: gzip members may follow each other.
func bomb(t *testing.T) []byte {
	t.Helper()
	return bytes.Repeat(zip(t, 64<<20), 16)
}

func TestSizeCaps(t *testing.T) {
	big := bomb(t)
	good := zip(t, 64<<20)
	cut := zip(t, 1<<20)
	cut = cut[:len(cut)/2]
	flipped := zip(t, 1<<10)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	small := zip(t, 10)
	tests := map[string]struct {
		encoding string
		write    func(http.ResponseWriter)
		size     int64
		want     string // "" is success
	}{
		"plain, at the cap":       {"", func(w http.ResponseWriter) { zeros(w, 32<<20) }, 32 << 20, ""},
		"plain, one byte more":    {"", func(w http.ResponseWriter) { zeros(w, 32<<20+1) }, 0, "larger than 32 MiB as sent"},
		"plain, announced":        {"", func(w http.ResponseWriter) { w.Header().Set("Content-Length", "99999999999") }, 0, "larger than 32 MiB as sent"},
		"gzip, at the cap":        {"gzip", func(w http.ResponseWriter) { _, _ = w.Write(good) }, 64 << 20, ""},
		"gzip bomb":               {"gzip", func(w http.ResponseWriter) { _, _ = w.Write(big) }, 0, "larger than 64 MiB when decompressed"},
		"gzip, in two members":    {"x-gzip", func(w http.ResponseWriter) { _, _ = w.Write(small); _, _ = w.Write(small) }, 20, ""},
		"gzip, without a byte":    {"gzip", func(http.ResponseWriter) {}, 0, ""},
		"gzip, cut":               {"gzip", func(w http.ResponseWriter) { _, _ = w.Write(cut) }, 0, "cut short"},
		"gzip, wrong checksum":    {"gzip", func(w http.ResponseWriter) { _, _ = w.Write(flipped) }, 0, "not the gzip"},
		"gzip that is none":       {"gzip", func(w http.ResponseWriter) { _, _ = w.Write([]byte(canaryBody)) }, 0, "not the gzip"},
		"encoding not asked for":  {"br", func(w http.ResponseWriter) { _, _ = w.Write(small) }, 0, "another way than gzip"},
		"twice encoded":           {"gzip, gzip", func(w http.ResponseWriter) { _, _ = w.Write(small) }, 0, "another way than gzip"},
		"no content, but encoded": {"gzip", func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Accept-Encoding"); got != "gzip" {
					t.Errorf("Accept-Encoding %q", got)
				}
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				tt.write(w)
			})
			c := open(t, transport.Options{URL: s.URL})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			var n int64
			resp, err := c.Do(req)
			if err == nil {
				n, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			switch {
			case tt.want == "" && (err != nil || n != tt.size):
				t.Errorf("%d bytes, error %v; want %d", n, err, tt.size)
			case tt.want != "" && (check(t, err) == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %q", err, tt.want)
			case tt.want != "" && connectors.ClassOf(err) != connectors.Unknown:
				t.Errorf("class %q of a write whose answer is lost, want unknown", connectors.ClassOf(err))
			}
		})
	}
}

func TestGzipBombStaysSmall(t *testing.T) {
	big := bomb(t)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(big)
	})
	c := open(t, transport.Options{URL: s.URL})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	runtime.ReadMemStats(&after)
	if connectors.ClassOf(err) != connectors.Corrupt || n > 64<<20 {
		t.Errorf("%d bytes, error %v; want corrupt after at most 64 MiB", n, err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("reading the bomb allocated %d KiB", got>>10)
	}
}

func TestAnswerIsDecompressedOpenly(t *testing.T) {
	f := &far{script: []reply{{status: 200, header: map[string]string{"Content-Encoding": "gzip", "Content-Length": "33"}, body: string(zip(t, 3))}}}
	o := &heard{}
	c := open(t, transport.Options{Base: f, Observe: o})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, users, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil || string(b) != "\x00\x00\x00" {
		t.Errorf("body %q, error %v", b, err)
	}
	_ = resp.Body.Close()
	if resp.Header.Get("Content-Encoding")+resp.Header.Get("Content-Length") != "" || resp.ContentLength != -1 || !resp.Uncompressed {
		t.Errorf("header %v, length %d, uncompressed %v", resp.Header, resp.ContentLength, resp.Uncompressed)
	}
	if diff := cmp.Diff([]string{"200"}, o.codes); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}
