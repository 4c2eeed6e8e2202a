package adtest

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// An ID is an objectGUID in its text form.
type ID string

// ids returns the GUID that the n-th object gets.
func idOf(n int) ID {
	h := sha256.Sum256(fmt.Appendf(nil, "object %d", n))
	return ID(fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16]))
}

// value returns the GUID as the directory keeps it: the first three parts with the
// lowest byte first.
func (id ID) value() string {
	var b []byte
	for i, part := range strings.Split(string(id), "-") {
		var bytes []byte
		if _, err := fmt.Sscanf(part, "%x", &bytes); err != nil {
			return ""
		}
		if i < 3 {
			for l, r := 0, len(bytes)-1; l < r; l, r = l+1, r-1 {
				bytes[l], bytes[r] = bytes[r], bytes[l]
			}
		}
		b = append(b, bytes...)
	}
	return string(b)
}

// An object is an entry of the domain. What names other objects does so by ID.
type object struct {
	id         ID
	rdn        string // "CN=Ada"
	parent     string // a DN
	rid        int    // 0: no security principal
	sid        string // of another forest
	attributes map[string][]string
	members    []ID
	manager    ID
	changed    int64
	deleted    bool
}

func (o *object) dn() string {
	if o.parent == "" {
		return o.rdn
	}
	return o.rdn + "," + o.parent
}

// name returns the DN as the control for extended names gives it, or without it.
func (o *object) name(extended bool) string {
	if !extended {
		return o.dn()
	}
	sid := o.sid
	if o.rid != 0 {
		sid = fmt.Sprintf("%s-%d", DomainSID, o.rid)
	}
	out := "<GUID=" + string(o.id) + ">;"
	if sid != "" {
		out += "<SID=" + sid + ">;"
	}
	return out + o.dn()
}
