package ldap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// Attributes with a fixed meaning.
const (
	attrLock       = "nsAccountLock"        // 389 Directory Server, FreeIPA: TRUE is disabled
	attrLockedTime = "pwdAccountLockedTime" // OpenLDAP ppolicy
	attrCN         = "cn"
	attrUID        = "uid"
	attrMember     = "member"       // groupOfNames: DNs
	attrMemberOf   = "memberOf"     // overlay memberof: the groups of a person, DNs
	attrUnique     = "uniqueMember" // groupOfUniqueNames: DNs, each with an optional UID
	attrMemberUID  = "memberUid"    // posixGroup: uids
	attrMemberURL  = "memberURL"    // groupOfURLs: a search that stands for the members
	attrEntryUUID  = "entryUUID"    // RFC 4530
	attrModified   = "modifyTimestamp"
)

// lockedForGood is the pwdAccountLockedTime of an account that an administrator
// locked; any other value is a lock after wrong passwords, which passes
// (draft-behera-ldap-password-policy section 5.3.3).
const lockedForGood = "000001010000Z"

// idCandidates are the immutable IDs that servers keep by themselves, the one
// that says most about the server first: FreeIPA's entries have nsUniqueId too,
// and 389 Directory Server can be told later to add entryUUID.
func idCandidates() []string { return []string{"ipaUniqueID", "nsUniqueId", attrEntryUUID} }

// A translator makes users and groups of entries. It is for one reading: the ID
// attribute that it found on the first entry holds for all others.
type translator struct {
	attributes Attributes
	plain      map[connectors.Attribute]string
	idName     string // "" until found
	stamped    bool   // ask for modifyTimestamp too
	people     string // below which people are read, as names are compared; "" is everything
}

func newTranslator(a Attributes) *translator {
	plain := a.Plain()
	t := &translator{attributes: a, plain: plain}
	if a.ID != autoID {
		t.idName = a.ID
	}
	return t
}

// idAttributes returns the attributes to ask for to learn an ID.
func (t *translator) idAttributes() []string {
	if t.idName != "" {
		return []string{t.idName}
	}
	return idCandidates()
}

// attributesOf returns the attributes to ask for of objects of a kind.
func (t *translator) attributesOf(kind connectors.ObjectKind) []string {
	if kind == connectors.GroupObject {
		return t.groupAttributes()
	}
	return t.userAttributes()
}

func (t *translator) userAttributes() []string {
	a := t.attributes
	names := append(t.idAttributes(), a.Email, a.Manager, attrCN, attrUID, attrLock, attrLockedTime, a.Disabled.Attribute)
	names = slices.AppendSeq(names, maps.Values(a.Plain()))
	if t.stamped {
		names = append(names, attrModified)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
}

func (t *translator) groupAttributes() []string {
	names := append(t.idAttributes(), attrCN, attrMember, attrUnique, attrMemberUID, attrMemberURL)
	if t.stamped {
		names = append(names, attrModified)
	}
	return names
}

// id returns the immutable ID of an entry.
func (t *translator) id(e *goldap.Entry) (string, error) {
	if t.idName == "" {
		for _, name := range idCandidates() {
			if len(values(e, name)) == 1 {
				t.idName = name
				break
			}
		}
	}
	const op = "identify an entry"
	if t.idName == "" {
		return "", rejected(op, fmt.Errorf("it shows none of %s", strings.Join(idCandidates(), ", ")),
			"Set attributes.id to an attribute that every person and group has and that never changes, or let the bind DN read one of these.")
	}
	vs := values(e, t.idName)
	if len(vs) != 1 || vs[0] == "" {
		return "", rejected(op, fmt.Errorf("it has %d values of %s, not one", len(vs), t.idName),
			"Set attributes.id to an attribute that every person and group has once, or narrow the base: on FreeIPA, cn=compat repeats every entry without it.")
	}
	return encodeID(vs[0]), nil
}

// anyOf returns the filter of the objects with one of the IDs.
func (t *translator) anyOf(ids []string) (Filter, error) {
	var some []Filter
	for _, id := range ids {
		value, err := decodeID(id)
		if err != nil {
			return Filter{}, err
		}
		f, err := Equal(t.idName, value)
		if err != nil {
			return Filter{}, err
		}
		some = append(some, f)
	}
	return Any(some...), nil
}

// user translates a person's entry.
func (t *translator) user(e *goldap.Entry) (connectors.User, Name, error) {
	name, err := ParseName(e.DN)
	if err != nil {
		return connectors.User{}, Name{}, corrupt("read the name of an entry", err, "Check the entries directly below the base for odd names.")
	}
	id, err := t.id(e)
	if err != nil {
		return connectors.User{}, Name{}, fmt.Errorf("below %s: %w", name.Parent(), err)
	}
	u := connectors.User{ID: id, Names: userNames(name, values(e, attrUID)), Container: name.Parent(), Attributes: map[connectors.Attribute]string{}}
	u.Status, u.StatusBy = t.status(e)
	var fault string
	if u.Email, fault = t.email(e); fault != "" {
		u.Unusable = map[connectors.Attribute]string{connectors.Email: fault}
	}
	for key, attribute := range t.plain {
		vs := values(e, attribute)
		if key == connectors.DisplayName && len(vs) == 0 && strings.EqualFold(attribute, "displayName") {
			vs = values(e, attrCN)
		}
		// LDAP has no empty value: an attribute that is not there may as well be
		// unreadable, so nothing is said about it.
		if v := least(vs); v != "" {
			u.Attributes[key] = v
		}
	}
	return u, name, nil
}

// least returns the least of several values: they have no order, and the one that
// comes first may be another one tomorrow.
func least(vs []string) string {
	if len(vs) == 0 {
		return ""
	}
	return slices.Min(vs)
}

// email returns a person's address, or why none can be told. LDAP values have no
// order, so that the first of several may be another one tomorrow.
func (t *translator) email(e *goldap.Entry) (email, fault string) {
	vs := values(e, t.attributes.Email)
	if t.attributes.FirstEmail {
		return first(vs), ""
	}
	for _, v := range vs {
		if connectors.CanonicalEmail(v) != connectors.CanonicalEmail(vs[0]) {
			return "", fmt.Sprintf("%s has %d values; set attributes.email to an attribute with one, or first_email: true",
				t.attributes.Email, len(vs))
		}
	}
	return first(vs), ""
}

// status judges the attributes that can say that a person is disabled. One that
// says so is enough.
//
//	nsAccountLock         TRUE disabled, FALSE or none active, else unknown
//	pwdAccountLockedTime  000001010000Z disabled, else active
//	attributes.disabled   one of values disabled; with a list of active values, what is in neither list is unknown
//
// by names the first of them that says so, with the value where that is configured; of an
// active user all that do.
func (t *translator) status(e *goldap.Entry) (s connectors.Status, by string) {
	said := []stated{lockStatus(values(e, attrLock)), lockedStatus(values(e, attrLockedTime)), t.configuredStatus(e)}
	for _, s := range []connectors.Status{connectors.StatusDisabled, connectors.StatusUnknown} {
		if i := slices.IndexFunc(said, func(f stated) bool { return f.status == s }); i >= 0 {
			return s, said[i].by
		}
	}
	var all []string
	for _, f := range said {
		if f.by != "" {
			all = append(all, f.by)
		}
	}
	return connectors.StatusActive, strings.Join(all, " ")
}

// stated is what one attribute says; by is empty where it is not listed.
type stated struct {
	status connectors.Status
	by     string
}

func lockStatus(vs []string) stated {
	switch strings.ToUpper(first(vs)) {
	case "TRUE":
		return stated{connectors.StatusDisabled, attrLock}
	case "FALSE":
		return stated{connectors.StatusActive, attrLock}
	case "":
		return stated{connectors.StatusActive, ""}
	}
	return stated{connectors.StatusUnknown, ""}
}

// lockedStatus judges the times at which a user was locked. That of a lock that ends by itself
// says nothing of another one.
func lockedStatus(vs []string) stated {
	if slices.Contains(vs, lockedForGood) {
		return stated{connectors.StatusDisabled, attrLockedTime}
	}
	return stated{connectors.StatusActive, ""}
}

func (t *translator) configuredStatus(e *goldap.Entry) stated {
	d := t.attributes.Disabled
	listed := func(list []string) (value string, ok bool) {
		for _, v := range values(e, d.Attribute) {
			i := slices.IndexFunc(list, func(l string) bool { return strings.EqualFold(strings.TrimSpace(v), l) })
			if i >= 0 {
				return list[i], true
			}
		}
		return "", false
	}
	if value, ok := listed(d.Values); ok {
		return stated{connectors.StatusDisabled, d.Attribute + "=" + value}
	}
	value, active := listed(d.Active)
	switch {
	case active:
		return stated{connectors.StatusActive, d.Attribute + "=" + value}
	case len(d.Active) > 0:
		return stated{connectors.StatusUnknown, ""}
	case len(values(e, d.Attribute)) > 0:
		return stated{connectors.StatusActive, d.Attribute}
	}
	return stated{connectors.StatusActive, ""}
}
