package transport

import "sync"

// A Budget is what was spent of the limits of servers, by every client that was made
// with it: one share for each origin, whoever asks and with whichever credential. Two
// clients with a budget each would take two shares from one company.
type Budget struct {
	mu      sync.Mutex
	windows map[string]*window // by origin and bucket
}

// NewBudget returns a budget of which nothing is spent.
func NewBudget() *Budget { return &Budget{windows: map[string]*window{}} }

// window returns what is known of one limit. The caller holds the lock.
func (b *Budget) window(key string) *window {
	w := b.windows[key]
	if w == nil {
		w = &window{}
		b.windows[key] = w
	}
	return w
}
