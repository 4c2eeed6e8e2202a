package oktatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// An Answer is what a request gets. A tamperer may change all of it.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Cut    int  // send only so many bytes of the body, and hang up
	Drop   bool // hang up without an answer
}

func (a *Answer) write(w http.ResponseWriter) {
	if a.Drop {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler hangs up
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.Cut > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body[:min(a.Cut, len(a.Body))])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler hangs up
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func answer(status int, body any) *Answer {
	b, err := json.Marshal(body)
	if err != nil {
		b = []byte(strconv.Quote(err.Error()))
	}
	return &Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: b}
}

// failure is an error as Okta words it.
func failure(status int, code, summary string, causes ...string) *Answer {
	list := []map[string]string{}
	for _, c := range causes {
		list = append(list, map[string]string{"errorSummary": c})
	}
	return answer(status, map[string]any{
		"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae-standin", "errorCauses": list,
	})
}

func notFound(kind, id string) *Answer {
	return failure(http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind))
}

func denied() *Answer {
	return failure(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
}

func invalid(causes ...string) *Answer {
	return failure(http.StatusBadRequest, "E0000001", "Api validation failed", causes...)
}
