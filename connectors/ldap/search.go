package ldap

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	goldap "github.com/go-ldap/ldap/v3"
)

// A Query is one search.
type Query struct {
	Base       string
	Scope      Scope
	Filter     Filter
	Attributes []string
	PageSize   int              // 0: the server's setting
	Controls   []goldap.Control // beside the one that asks for pages
}

// baseObject is the scope of a search for the base entry itself.
const baseObject Scope = "base"

// noAttributes asks for names only (RFC 4511 section 4.5.1.8).
const noAttributes = "1.1"

// maxPages ends a listing that has no end. A million entries in pages of one are
// still within it.
const maxPages = 1 << 21

// maxEmptyPages is how many pages without an entry may follow one another. A
// server that filters after it has cut its pages sends some (RFC 2696 section 3).
const maxEmptyPages = 1000

// Search hands every entry that q finds to each, page by page. If it returns nil,
// each has had them all: the last page came with result code success and an empty
// cookie. An error of each ends the search and is returned as it is.
func (c *Conn) Search(ctx context.Context, q Query, each func(*goldap.Entry) error) error {
	cur := pageCursor{op: "search below " + q.Base, pages: map[[sha256.Size]byte]struct{}{}}
	for {
		page, err := c.page(ctx, q, &cur)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := each(e); err != nil {
				return err
			}
		}
		if cur.closed() {
			return nil
		}
	}
}

// Count returns how many entries q finds, from a search of its own that asks for
// no attributes.
func (c *Conn) Count(ctx context.Context, q Query) (int, error) {
	n := 0
	q.Attributes = []string{noAttributes}
	err := c.Search(ctx, q, func(*goldap.Entry) error { n++; return nil })
	return n, err
}

// Exists returns nil if the entry at base can be read. That a search below it
// finds nothing means something only then.
func (c *Conn) Exists(ctx context.Context, base string) error {
	n, err := c.Count(ctx, Query{Base: base, Scope: baseObject})
	if err != nil {
		return err
	}
	if n != 1 {
		return rejected("read the entry "+base, errors.New("the server shows no such entry"),
			"Check the spelling of the base, and that the bind DN may read it.")
	}
	return nil
}

// page requests the next page. The request is new each time: the library writes
// the cookie into the one it is given.
func (c *Conn) page(ctx context.Context, q Query, cur *pageCursor) (*goldap.SearchResult, error) {
	size := q.PageSize
	if size == 0 {
		size = c.server.PageSize
	}
	paging := goldap.NewControlPaging(uint32(size))
	paging.SetCookie(cur.cookie)
	request := goldap.NewSearchRequest(q.Base, goScope(q.Scope), goldap.NeverDerefAliases, 0, 0, false,
		q.Filter.String(), q.Attributes, append([]goldap.Control{paging}, q.Controls...))
	var page *goldap.SearchResult
	err := c.exchange(ctx, cur.op, func() (err error) {
		page, err = c.ldap.Search(request)
		return err
	})
	if err != nil {
		return nil, err // and not the entries that came before it
	}
	if err := cur.advance(page); err != nil {
		return nil, err
	}
	return page, nil
}

func goScope(s Scope) int {
	switch s {
	case baseObject:
		return goldap.ScopeBaseObject
	case One:
		return goldap.ScopeSingleLevel
	}
	return goldap.ScopeWholeSubtree
}

// A pageCursor is the place of a paged search (RFC 2696).
type pageCursor struct {
	op     string
	cookie []byte
	pages  map[[sha256.Size]byte]struct{} // the pages that came
	empty  int                            // of them, the last ones without an entry
}

func (cur *pageCursor) closed() bool { return len(cur.cookie) == 0 }

// advance checks that page continues the search and moves behind it.
func (cur *pageCursor) advance(page *goldap.SearchResult) error {
	if len(page.Referrals) > 0 {
		v := verdictOf(goldap.LDAPResultReferral)
		return rejected(cur.op, errors.New("the server refers to another one for a part of the entries"), v.hint)
	}
	control, ok := goldap.FindControl(page.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
	if !ok {
		return corrupt(cur.op, errors.New("the server ignores the request for pages"),
			"Without paged results (RFC 2696) a list that was cut short looks whole: enable them on the server.")
	}
	cur.cookie = control.Cookie
	if cur.closed() {
		return nil
	}
	// The cookie alone proves no repetition: 389 Directory Server sends the number
	// of the search as the cookie of each of its pages.
	id := pageID(page, cur.cookie)
	if cur.empty++; len(page.Entries) > 0 {
		cur.empty = 0
	}
	if _, again := cur.pages[id]; again || len(cur.pages) >= maxPages || cur.empty > maxEmptyPages {
		return corrupt(cur.op, errors.New("the server sends pages that lead nowhere"),
			"The listing has no end: this is a fault of the server or of a proxy before it.")
	}
	cur.pages[id] = struct{}{}
	return nil
}

// pageID returns what tells one page of a search from the others: the cookie and
// the names of its entries.
func pageID(page *goldap.SearchResult, cookie []byte) [sha256.Size]byte {
	h := sha256.New()
	write := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	write(string(cookie))
	for _, e := range page.Entries {
		write(e.DN)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
