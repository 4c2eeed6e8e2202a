package ldap

import (
	"context"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"
)

// errEnough ends a search that has seen enough.
var errEnough = errors.New("no more entries are wanted")

// First hands the first entries that q finds to each, most of them at most, in one page,
// and returns how many those were: fewer, if there are no more. An error of each ends
// the search and is returned as it is.
func (c *Conn) First(ctx context.Context, q Query, most int, each func(*goldap.Entry) error) (int, error) {
	n := 0
	q.PageSize = most
	err := c.Search(ctx, q, func(e *goldap.Entry) error {
		if err := each(e); err != nil {
			return err
		}
		if n++; n == most {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return n, err
}

// Finds reports whether q finds anything.
func (c *Conn) Finds(ctx context.Context, q Query) (bool, error) {
	n, err := c.First(ctx, q, 1, func(*goldap.Entry) error { return nil })
	return n > 0, err
}
