package target

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// store is what the target holds. The caller holds the lock.
type store struct {
	accounts []account // by index; see userKind
	byName   map[string]uint32
	gone     int // accounts that were deleted
	teams    []team
}

// account is one user. An account that was deleted has no resource.
type account struct {
	userName string // lower case
	active   bool
	resource []byte // JSON without id and meta
}

// team is one group. Members are the indexes of accounts, sorted.
type team struct {
	name    string
	members []uint32
}

// kind is a kind of resource. It is a part of the resource's id, which has the form of
// a UUID and ends with the index.
type kind struct {
	name   string // "User"
	middle string
}

func userKind() kind  { return kind{"User", "-0000-4000-8000-"} }
func groupKind() kind { return kind{"Group", "-0000-4000-9000-"} }

const (
	idLength = 36
	hexes    = "0123456789abcdef"
)

// appendID appends the id of an index.
func (k kind) appendID(to []byte, index uint32) []byte {
	to = appendHex(to, index*2654435761, 8) // in no order, as those of real servers
	to = append(to, k.middle...)
	return appendHex(to, index, 12)
}

func appendHex(to []byte, n uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		if shift >= 32 {
			to = append(to, '0')
			continue
		}
		to = append(to, hexes[n>>shift&15])
	}
	return to
}

// index returns the index that an id ends with.
func (k kind) index(id string) (uint32, bool) {
	if len(id) != idLength {
		return 0, false
	}
	var n uint32
	for i := idLength - 8; i < idLength; i++ {
		digit := strings.IndexByte(hexes, id[i])
		if digit < 0 {
			return 0, false
		}
		n = n<<4 | uint32(digit) //nolint:gosec // one hexadecimal digit
	}
	return n, string(k.appendID(nil, n)) == id
}

// user returns the account with an id.
func (s *store) user(id string) (uint32, bool) {
	i, ok := userKind().index(id)
	return i, ok && int(i) < len(s.accounts) && s.accounts[i].resource != nil
}

// group returns the team with an id.
func (s *store) group(id string) (uint32, bool) {
	i, ok := groupKind().index(id)
	return i, ok && int(i) < len(s.teams)
}

// put stores a resource as the account with an index, or as a new one.
func (s *store) put(index uint32, resource map[string]any) error {
	delete(resource, "id")
	delete(resource, "meta")
	if _, said := resource["active"].(bool); !said {
		resource["active"] = true
	}
	name, _ := resource["userName"].(string)
	data, err := json.Marshal(resource)
	if err != nil {
		return fmt.Errorf("store account: %w", err)
	}
	if int(index) == len(s.accounts) {
		s.accounts = append(s.accounts, account{})
	}
	a := &s.accounts[index]
	delete(s.byName, a.userName)
	*a = account{strings.ToLower(name), resource["active"] == true, data}
	s.byName[a.userName] = index
	return nil
}

// remove deletes an account, which leaves every team.
func (s *store) remove(index uint32) {
	delete(s.byName, s.accounts[index].userName)
	s.accounts[index] = account{}
	s.gone++
	for i := range s.teams {
		t := &s.teams[i]
		if at, is := slices.BinarySearch(t.members, index); is {
			t.members = slices.Delete(t.members, at, at+1)
		}
	}
}

// appendUser appends the resource of an account.
func (s *store) appendUser(to []byte, index uint32) []byte {
	to = append(to, `{"id":"`...)
	to = userKind().appendID(to, index)
	to = append(to, `","meta":{"resourceType":"User"},`...)
	return append(to, s.accounts[index].resource[1:]...)
}

// appendGroup appends the resource of a team, with all its members.
func (s *store) appendGroup(to []byte, index uint32) []byte {
	t := &s.teams[index]
	to = slices.Grow(to, 200+len(t.members)*(idLength+len(`{"value":""},`)))
	to = append(to, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"`...)
	to = groupKind().appendID(to, index)
	to = append(to, `","meta":{"resourceType":"Group"},"displayName":`...)
	to = appendString(to, t.name)
	to = append(to, `,"members":[`...)
	for i, m := range t.members {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, `{"value":"`...)
		to = userKind().appendID(to, m)
		to = append(to, `"}`...)
	}
	return append(to, `]}`...)
}

// appendString appends a JSON string.
func appendString(to []byte, s string) []byte {
	data, _ := json.Marshal(s) // a string can always be encoded
	return append(to, data...)
}
