package connectors

import "net/http"

// A Receiver is a Watcher whose directory can tell it over HTTP that something changed. It
// is optional. A request that says so makes the Watch that runs call changed; where none
// runs, nothing follows.
type Receiver interface {
	// Hook returns the handler of such requests, or nil if the configuration has none. The
	// handler itself makes sure who sent a request, and takes nothing from it but that
	// something changed. It answers soon, whatever it is sent. Hook and the handler may be
	// called from several goroutines at once, and beside every other method.
	Hook() http.Handler
}
