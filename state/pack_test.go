package state

import (
	"bytes"
	"compress/flate"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPacked: long bodies that repeat themselves are packed, others are not, and all
// come back.
func TestPacked(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(rand.IntN(256)) //nolint:gosec // no secret
	}
	key := []byte("key")
	for name, tt := range map[string]struct {
		body   []byte
		packed bool
	}{
		"nothing": {nil, false}, "short": {bytes.Repeat([]byte("a"), packFrom-1), false}, "long": {bytes.Repeat([]byte("op "), 1000), true},
		"noise": {noise, false}, "as long as can be": {make([]byte, packTo), true}, "longer": {make([]byte, packTo+1), false},
	} {
		record, err := c.sealPacked(key, tt.body)
		if err != nil {
			t.Fatal(err)
		}
		if packed := record[4] == recordPacked; packed != tt.packed || packed && len(record) > len(tt.body)/5 {
			t.Errorf("%s: packed: %t, %d bytes of %d", name, packed, len(record), len(tt.body))
		}
		if body, err := unseal(key, record); err != nil || !bytes.Equal(body, tt.body) {
			t.Errorf("%s: %d bytes came back of %d, %v", name, len(body), len(tt.body), err)
		}
	}
}

// TestBrokenPacked: what was not packed by us, or is cut short, is a broken record.
func TestBrokenPacked(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for range packTo>>20 + 1 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	packed, ok, err := c.packers.pack([]byte(strings.Repeat("op ", 1000)))
	if err != nil || !ok {
		t.Fatal(err)
	}
	key := []byte("key")
	for name, body := range map[string][]byte{"a bomb": bomb.Bytes(), "cut short": packed[:len(packed)-3], "no deflate": {0xff, 0xff}, "nothing": nil} {
		if _, err := unseal(key, sealAs(recordPacked, key, body)); !errors.Is(err, errRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := unseal(key, sealAs(3, key, packed)); !errors.Is(err, errLater) {
		t.Errorf("a layout that is to come: %v", err)
	}
}
