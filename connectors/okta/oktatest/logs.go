package oktatest

import (
	"fmt"
	"net/http"
)

// listLogs answers as in polling mode: without until there is always a next link, and
// an empty page says that there is no more.
func (o *Org) listLogs(r *http.Request) *Answer {
	q := r.URL.Query()
	f, err := parseFilter(q.Get("filter"), allowed{"eventType": "eq"})
	if err != nil {
		return failure(http.StatusBadRequest, "E0000031", err.Error())
	}
	var all []Event
	for _, e := range o.events {
		if when(e.Published) >= q.Get("since") && f(func(string) string { return e.Type }) {
			all = append(all, e)
		}
	}
	some, links, bad := page(o, r, all, 1000, func(e Event) int { return e.order })
	if bad != nil {
		return bad
	}
	if len(links) == 1 && q.Get("until") == "" {
		after := q.Get("after")
		if len(some) > 0 {
			after = fmt.Sprintf("c%x", some[len(some)-1].order)
		}
		if after == "" {
			after = "c0"
		}
		links = append(links, o.link(r, after, "next"))
	}
	var items []any
	for _, e := range some {
		items = append(items, map[string]any{
			"uuid": e.UUID, "eventType": e.Type, "published": when(e.Published), "version": "0", "severity": "INFO",
			"outcome": map[string]any{"result": "SUCCESS"},
			"target":  []any{map[string]any{"id": e.TargetID, "type": e.TargetType, "displayName": "somebody", "alternateId": "someone"}},
		})
	}
	return list(items, links)
}
