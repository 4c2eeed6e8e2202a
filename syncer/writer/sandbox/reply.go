package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// reply is an answer before the quirks dress it.
type reply struct {
	status   int
	body     map[string]any // nil: none
	html     string         // in place of a body
	header   map[string]string
	lost     bool // applied, and the connection dropped
	resource bool // body is one resource, not a listing or an error
}

const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error"

// failure is a SCIM error (RFC 7644, section 3.12).
func failure(status int, scimType, detail string) reply {
	body := map[string]any{"schemas": []any{errorSchema}, "status": strconv.Itoa(status), "detail": detail}
	if scimType != "" {
		body["scimType"] = scimType
	}
	return reply{status: status, body: body}
}

func resourceReply(status int, resource map[string]any) reply {
	return reply{status: status, body: resource, resource: true}
}

// maxBody is the longest request body that is read, in bytes.
const maxBody = 8 << 20

func readBody(r *http.Request) (map[string]any, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	var body map[string]any
	err = json.Unmarshal(data, &body)
	return body, err
}

// dress gives an answer the forms that the quirks ask for. The caller holds the
// lock.
func (s *Sandbox) dress(out reply, write bool) reply {
	if out.status >= 400 && out.html == "" {
		out = s.dressError(out)
	}
	if out.resource && write && out.status < 300 {
		switch {
		case out.status == http.StatusCreated && s.quirks.EmptyCreated:
			out.body = nil
		case out.status != http.StatusCreated && s.quirks.Write204:
			out.status, out.body = http.StatusNoContent, nil
		case out.status != http.StatusCreated && s.quirks.WriteEmpty200:
			out.body = nil
		}
	}
	if s.quirks.NumericIDs {
		out.body, _ = numeric(out.body).(map[string]any)
	}
	if s.quirks.StringBooleans {
		out.body, _ = stringly(out.body).(map[string]any)
	}
	return out
}

func (s *Sandbox) dressError(out reply) reply {
	switch {
	case s.quirks.HTMLErrors:
		out.html = "<html><body><h1>Error</h1></body></html>"
	case s.quirks.LegacyErrors:
		detail, _ := out.body["detail"].(string)
		out.body = map[string]any{"tpe": "error", "errors": []any{map[string]any{"description": detail, "key": "error", "extras": map[string]any{}}}, "extras": map[string]any{}}
	}
	return out
}

// numeric turns ids that are numbers into JSON numbers.
func numeric(v any) any {
	return rewrite(v, func(key string, v any) any {
		if s, ok := v.(string); ok && (key == "id" || key == "value") {
			if n, err := strconv.Atoi(s); err == nil {
				return n
			}
		}
		return v
	})
}

// stringly turns booleans into strings.
func stringly(v any) any {
	return rewrite(v, func(_ string, v any) any {
		if b, ok := v.(bool); ok {
			return map[bool]string{true: "True", false: "False"}[b]
		}
		return v
	})
}

func rewrite(v any, f func(key string, v any) any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = f(key, rewrite(inner, f))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = rewrite(inner, f)
		}
		return out
	}
	return v
}

func (out reply) write(w http.ResponseWriter) {
	for name, value := range out.header {
		w.Header().Set(name, value)
	}
	if out.html != "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(out.status)
		_, _ = io.WriteString(w, out.html) // the client has gone; nobody is left to tell
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(out.status)
	if out.body != nil {
		_ = json.NewEncoder(w).Encode(out.body) // as above
	}
}
