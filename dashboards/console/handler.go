package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"writersync/connectors"
	"writersync/syncer"
)

// maxBody is the longest request body taken, in bytes.
const maxBody = 64 << 10

// Handler serves e. Requests that change something are POSTs with a JSON body;
// errors are JSON too: {"error": "..."}.
func Handler(e Engine) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(r *http.Request) (any, error) { return e.Status(r.Context()) })
	})
	mux.HandleFunc("GET /v1/snapshot", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(r *http.Request) (any, error) { return e.Snapshot(r.Context()) })
	})
	mux.HandleFunc("POST /v1/passes", post(func(r *http.Request, in syncer.Request) (any, error) { return e.Pass(r.Context(), in) }))
	mux.HandleFunc("POST /v1/explanations", post(func(r *http.Request, in explainRequest) (any, error) { return e.Explain(r.Context(), in.Text) }))
	mux.HandleFunc("POST /v1/approvals", post(func(r *http.Request, in approveRequest) (any, error) {
		return e.Approve(r.Context(), in.Hash, in.By)
	}))
	mux.HandleFunc("POST /v1/partings", post(func(r *http.Request, in connectors.Ref) (any, error) { return e.Part(r.Context(), in) }))
	mux.HandleFunc("POST /v1/pause", post(func(r *http.Request, in pauseRequest) (any, error) {
		return struct{}{}, e.Pause(r.Context(), in.On, in.By)
	}))
	mux.HandleFunc("POST /v1/backup", post(func(r *http.Request, in backupRequest) (any, error) {
		return struct{}{}, e.Backup(r.Context(), in.Path, in.Force)
	}))
	mux.HandleFunc("POST /v1/compactions", post(func(r *http.Request, _ struct{}) (any, error) { return e.Compact(r.Context()) }))
	return mux
}

// explainRequest is a POST although it changes nothing: it names a person, and URLs
// are written down.
type explainRequest struct {
	Text string `json:"text"`
}

type approveRequest struct {
	Hash string `json:"hash"`
	By   string `json:"by"`
}

type pauseRequest struct {
	On bool   `json:"on"`
	By string `json:"by"`
}

type backupRequest struct {
	Path  string `json:"path"`
	Force bool   `json:"force,omitempty"`
}

type errorBody struct {
	Error string `json:"error"`
}

// errBadRequest marks what is wrong with a request itself.
var errBadRequest = errors.New("bad request")

// post decodes the body strictly. The JSON content type is required: a browser
// cannot send it across sites without asking first.
func post[T any](do func(*http.Request, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(r *http.Request) (any, error) {
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
				return nil, fmt.Errorf("%w: the content type must be application/json", errBadRequest)
			}
			var in T
			dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%w: %w", errBadRequest, err)
			}
			return do(r, in)
		})
	}
}

func answer(w http.ResponseWriter, r *http.Request, do func(*http.Request) (any, error)) {
	out, err := do(r)
	code := http.StatusOK
	switch {
	case errors.Is(err, errBadRequest):
		code = http.StatusBadRequest
	case err != nil:
		code = http.StatusUnprocessableEntity
	}
	if err != nil {
		out = errorBody{Error: err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(out) // the reader has gone; nobody is left to tell
}
