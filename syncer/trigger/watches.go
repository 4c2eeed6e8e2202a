package trigger

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"writersync/syncer"
)

// Watches remember what they hear of sources that are watched, and tell it on. Their
// methods may be called from any goroutine.
type Watches struct {
	next Observer

	mu sync.Mutex
	of map[string]syncer.Watch // by source
}

var _ Observer = (*Watches)(nil)

// NewWatches returns watches that tell next what they hear.
func NewWatches(next Observer) *Watches {
	return &Watches{next: next, of: map[string]syncer.Watch{}}
}

// Watched implements Observer. A source that is not watched stays so since it was first
// said, whatever else goes wrong with it meanwhile.
func (w *Watches) Watched(now syncer.Watch) {
	w.next.Watched(now)
	w.mu.Lock()
	defer w.mu.Unlock()
	if was, known := w.of[now.Source]; known && was.Error != "" && now.Error != "" {
		now.Since = was.Since
	}
	w.of[now.Source] = now
}

// Unwatched implements Observer.
func (w *Watches) Unwatched(source string) {
	w.next.Unwatched(source)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of, source)
}

// Rang implements Observer.
func (w *Watches) Rang(source string) { w.next.Rang(source) }

// All returns the sources that are to be watched, sorted by name.
func (w *Watches) All() []syncer.Watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.of), func(a, b syncer.Watch) int { return strings.Compare(a.Source, b.Source) })
}
