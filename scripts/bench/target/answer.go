package target

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what a request is answered with.
type answer struct {
	status int
	body   []byte // JSON; nil: none
	retry  int    // seconds, of Retry-After; 0: none
	done   change // what was done
}

// change is a kind of request, by what it does.
type change int

// The kinds of request.
const (
	other change = iota
	read
	create
	update
	deactivate
	reactivate
	remove
	edit
)

// failure is a SCIM error (RFC 7644, section 3.12).
func failure(status int, scimType, detail string) answer {
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"` + strconv.Itoa(status) + `","detail":`)
	body = appendString(body, detail)
	if scimType != "" {
		body = appendString(append(body, `,"scimType":`...), scimType)
	}
	return answer{status: status, body: append(body, '}')}
}

func (a answer) write(w http.ResponseWriter) {
	if a.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retry))
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client has gone: there is nothing to do for it
}

// decode reads a JSON object.
func decode(body []byte) (map[string]any, bool) {
	var out map[string]any
	err := json.Unmarshal(body, &out)
	return out, err == nil && out != nil
}
