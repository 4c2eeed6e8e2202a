package oktatest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// A listing is how one kind of record is listed.
type listing[T any] struct {
	most  int         // on one page
	order func(T) int // the record's place for good, from 1
	view  func(T) map[string]any
}

// answer lists the part of all that a request asks for.
func (l listing[T]) answer(o *Org, r *http.Request, all []T) *Answer {
	some, links, bad := page(o, r, all, l.most, l.order)
	if bad != nil {
		return bad
	}
	var items []any
	for _, one := range some {
		items = append(items, l.view(one))
	}
	return list(items, links)
}

// page returns the part of all that a request asks for, with its links. The order of
// an item is its place for good: a deletion shifts nothing.
func page[T any](o *Org, r *http.Request, all []T, most int, order func(T) int) ([]T, []string, *Answer) {
	q := r.URL.Query()
	limit := most
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, nil, invalid("limit: The limit must be a positive integer")
		}
		limit = min(n, most)
	}
	if o.PageSize > 0 {
		limit = min(limit, o.PageSize)
	}
	after := 0
	if text := q.Get("after"); text != "" {
		if _, err := fmt.Sscanf(text, "c%x", &after); err != nil {
			return nil, nil, invalid("after: The cursor is not valid")
		}
	}
	var out []T
	more, last := false, after
	for _, item := range all {
		if order(item) <= after {
			continue
		}
		if len(out) == limit {
			more = true
			break
		}
		out, last = append(out, item), order(item)
	}
	links := []string{o.link(r, q.Get("after"), "self")}
	if more {
		links = append(links, o.link(r, fmt.Sprintf("c%x", last), "next"))
	}
	return out, links, nil
}

func (o *Org) link(r *http.Request, after, rel string) string {
	q := r.URL.Query()
	if after != "" {
		q.Set("after", after)
	}
	to := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	return fmt.Sprintf("<%s%s>; rel=%q", o.URL, to.String(), rel)
}

func list(items []any, links []string) *Answer {
	if items == nil {
		items = []any{}
	}
	a := answer(http.StatusOK, items)
	a.Header["Link"] = links
	return a
}
