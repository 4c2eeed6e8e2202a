package transport

import (
	"net/http"

	"writersync/connectors"
)

// StatusClass returns the class of an answer to a request with that method, or ""
// for a success. A caller whose protocol knows better (a 403 that is a quota, a
// 400 that is a conflict) decides before it asks here.
//
//	2xx        ""             401, 403   Denied       409        Conflict
//	404, 410   NotFound       429        Throttled    501, 505   Rejected
//	408, 425, other 5xx       Transient for a read, Unknown for a write
//	all others                Rejected
func StatusClass(method string, status int) connectors.Class {
	switch {
	case status/100 == 2:
		return ""
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return connectors.Denied
	case status == http.StatusNotFound, status == http.StatusGone:
		return connectors.NotFound
	case status == http.StatusConflict:
		return connectors.Conflict
	case status == http.StatusTooManyRequests:
		return connectors.Throttled
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return connectors.Rejected
	case status/100 == 5, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		if isRead(&http.Request{Method: method}) {
			return connectors.Transient
		}
		return connectors.Unknown
	}
	return connectors.Rejected
}
