// Package trigger decides when passes run: a Queue runs one at a time, Watch hears what
// sources tell, and a Bell turns that into passes, not too many of them.
//
// It knows nothing of what a pass does, and nothing of schedules: whoever has one submits
// to the Queue.
package trigger
