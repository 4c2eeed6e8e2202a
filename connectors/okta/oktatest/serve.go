package oktatest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// RoundTrip serves o without a network, for tests that turn the clock.
func (o *Org) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	in := req.Clone(req.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	o.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

// ServeHTTP answers one request.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	o.mu.Lock()
	a := o.answer(r, body)
	a.Header.Set("Date", o.Now().Format(http.TimeFormat))
	a.Header.Set("X-Okta-Request-Id", "standin")
	if o.tamper != nil {
		o.tamper(r, a)
	}
	o.mu.Unlock()
	a.write(w)
}

func (o *Org) answer(r *http.Request, body []byte) *Answer {
	kept := r.Header.Clone()
	kept.Del("Authorization")
	o.requests = append(o.requests, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: kept, Body: string(body)})
	limits, ok := o.spend(r)
	var a *Answer
	switch {
	case !ok:
		a = failure(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
	case r.URL.Path == "/oauth2/v1/token":
		a = o.token(r, body)
	case r.URL.Path == "/.well-known/okta-organization":
		a = answer(http.StatusOK, map[string]any{"id": o.ID, "pipeline": "idx"})
	default:
		if a = o.refuse(r); a == nil {
			a = o.route(r, body)
		}
	}
	for name, values := range limits {
		a.Header[name] = values
	}
	return a
}

// route finds what is asked for. Methods and paths are those of the description.
func (o *Org) route(r *http.Request, body []byte) *Answer {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")
	pattern := r.Method + " " + parts[0]
	if len(parts) > 1 {
		pattern += "/{}"
	}
	if len(parts) > 2 {
		pattern += "/" + strings.Join(parts[2:min(3, len(parts))], "/")
	}
	if len(parts) > 3 {
		pattern += "/{}"
	}
	switch pattern {
	case "GET users":
		return o.listUsers(r)
	case "POST users":
		return o.createUser(r, body)
	case "GET users/{}":
		return o.getUser(parts[1])
	case "GET users/{}/groups", "GET users/{}/roles":
		return o.ofUser(r, parts[1], parts[2])
	case "GET groups":
		return o.listGroups(r)
	case "POST groups":
		return o.createGroup(body)
	case "GET groups/{}":
		return o.getGroup(parts[1])
	case "GET groups/{}/users":
		return o.listMembers(r, parts[1])
	case "PUT groups/{}/users/{}":
		return o.addMember(parts[1], parts[3])
	case "GET logs":
		return o.listLogs(r)
	}
	return failure(http.StatusNotFound, "E0000022", "The endpoint does not support the provided HTTP method")
}

// Replace is a Tamper that replaces text in the bodies of answers to a path.
func Replace(path, from, to string) func(*http.Request, *Answer) {
	return func(r *http.Request, a *Answer) {
		if r.URL.Path == path {
			a.Body = bytes.ReplaceAll(a.Body, []byte(from), []byte(to))
		}
	}
}
