package main

import (
	"net/http"
	"time"

	"writersync/connectors"
	"writersync/syncer"
)

// hookTime is how long a directory may take to say something, headers aside: a stranger
// who says it byte by byte is not listened to.
const hookTime = 10 * time.Second

// hooksHandler hands what directories say to the source it is meant for, at /hooks/NAME.
// Of a source that takes nothing it says no more than of one that is not there.
func (d *daemon) hooksHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/hooks/{source}", func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(hookTime)); err != nil {
			d.log.Warn("a request to a hook has no deadline", "error", err)
		}
		if hooks := d.hooked.Load(); hooks != nil && (*hooks)[r.PathValue("source")] != nil {
			(*hooks)[r.PathValue("source")].ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
	return mux
}

// hear makes the hooks of these sources the ones that are served.
func (d *daemon) hear(sources []syncer.Source) {
	hooks := map[string]http.Handler{}
	for _, s := range sources {
		if receiver, ok := s.Connector.(connectors.Receiver); ok {
			hooks[s.Name] = receiver.Hook()
		}
	}
	d.hooked.Store(&hooks)
}
