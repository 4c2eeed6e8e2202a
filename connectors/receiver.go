package connectors

import "net/http"

// A Receiver can be told by its directory over HTTP that something changed, beside or in
// place of what Watch finds by itself. It is optional; Watch must run for it to ring.
type Receiver interface {
	// Hook returns what answers the directory, or nil if the configuration has no such
	// way. It knows by itself who may speak to it, believes nothing that it is told but
	// that something changed, and answers soon, whatever it is sent.
	Hook() http.Handler
}
