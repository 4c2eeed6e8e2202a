package main

import (
	"net/http"

	"writersync/connectors"
)

// hooksHandler hands what directories say on to the source it is meant for: POST
// /hooks/NAME. Of a source that takes nothing it says no more than of one that is not
// there.
func (d *daemon) hooksHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/hooks/{source}", func(w http.ResponseWriter, r *http.Request) {
		if hook := d.hookOf(r.PathValue("source")); hook != nil {
			hook.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
	return mux
}

// hookOf returns the hook of a source of the present configuration, or nil.
func (d *daemon) hookOf(name string) http.Handler {
	if d.watched == nil {
		return nil
	}
	sources, err := d.watched()
	if err != nil {
		return nil // each pass says so
	}
	for _, s := range sources {
		if receiver, ok := s.Connector.(connectors.Receiver); ok && s.Name == name {
			return receiver.Hook()
		}
	}
	return nil
}
