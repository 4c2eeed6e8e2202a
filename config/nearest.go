package config

import "strings"

// nearest returns the word of words that a typing error most likely turned into
// typed, or "": one that begins like it, or has at most a third of its letters
// wrong.
func nearest(typed string, words []string) string {
	fold := strings.NewReplacer("-", "_", " ", "_")
	typed = fold.Replace(strings.ToLower(typed))
	if len(typed) > 64 {
		return "" // no key is that long
	}
	best, least := "", len(typed)
	for _, w := range words {
		folded := fold.Replace(strings.ToLower(w))
		d := distance(typed, folded)
		begins := min(len(typed), len(folded)) >= 3 && (strings.HasPrefix(typed, folded) || strings.HasPrefix(folded, typed))
		if d < least && (begins || d*3 <= max(len(typed), len(w), 3)) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with the next
// to turn a into b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
