package file

import (
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
)

// TestTexts: a text has one number, and a number its text, whatever block it is in.
func TestTexts(t *testing.T) {
	all := []string{"", "a", strings.Repeat("x", 3*blockBytes+7), "b", strings.Repeat("y", blockBytes), "c", strings.Repeat("z", blockBytes-1)}
	for i := range 20_000 {
		all = append(all, fmt.Sprintf("%036d", i))
	}
	kept := newTexts()
	for i, text := range all {
		if n := kept.number(text); n != uint32(i) {
			t.Fatalf("text %d has the number %d", i, n)
		}
	}
	for i, text := range all {
		if n := kept.number(text); n != uint32(i) || kept.text(n) != text {
			t.Fatalf("text %d has the number %d and is %d bytes long, of %d", i, n, len(kept.text(n)), len(text))
		}
	}
}

// TestTextsOfOneHash: of two texts with one hash each keeps its number.
func TestTextsOfOneHash(t *testing.T) {
	kept := newTexts()
	a := kept.number("a")
	kept.numbers[maphash.String(kept.seed, "b")] = a
	b := kept.number("b")
	if kept.text(a) != "a" || kept.text(b) != "b" || kept.number("b") != b {
		t.Errorf("numbers %d and %d are of %q and %q", a, b, kept.text(a), kept.text(b))
	}
}
