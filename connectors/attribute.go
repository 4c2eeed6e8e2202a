package connectors

import (
	"slices"
	"strings"
)

// An Attribute is a SCIM user attribute path (RFC 7643), as used in a PATCH.
type Attribute string

// enterprise is the schema of RFC 7643, section 4.3.
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"

// The attributes a connector can state. userName, emails, active and externalId
// are not among them: they follow from User.Email, User.Status and User.ID.
const (
	GivenName         Attribute = "name.givenName"
	MiddleName        Attribute = "name.middleName"
	FamilyName        Attribute = "name.familyName"
	HonorificPrefix   Attribute = "name.honorificPrefix"
	HonorificSuffix   Attribute = "name.honorificSuffix"
	DisplayName       Attribute = "displayName"
	Title             Attribute = "title"
	Phone             Attribute = `phoneNumbers[type eq "work"].value`
	Locale            Attribute = "locale"            // a language tag (RFC 5646) with region: "de-AT"
	PreferredLanguage Attribute = "preferredLanguage" // as Accept-Language (RFC 9110)
	Department        Attribute = enterprise + "department"
	CostCenter        Attribute = enterprise + "costCenter"
	EmployeeNumber    Attribute = enterprise + "employeeNumber"
	// Manager is stated as the manager's ID in the same source. Writer is told the
	// id of the manager's account, once there is one.
	Manager Attribute = enterprise + "manager.value"
)

// What expressions look at beside the attributes, by the same kind of name.
const (
	Email     Attribute = "email"     // User.Email
	Container Attribute = "container" // User.Container
)

// States reports whether the source says anything about the attribute. That it is empty is
// something too, but not for the e-mail and the container: where they are empty, nothing is
// said.
func (u User) States(a Attribute) bool {
	switch a {
	case Email:
		return u.Email != ""
	case Container:
		return u.Container != ""
	}
	_, stated := u.Attributes[a]
	return stated
}

// Shows reports whether the source lists a value of an attribute, and not just that there is none.
func (u User) Shows(a Attribute) bool {
	if a == Email || a == Container {
		return u.States(a)
	}
	return u.Attributes[a] != ""
}

// attributeWords are the names of attributes in configurations and expressions.
var attributeWords = map[string]Attribute{ //nolint:gochecknoglobals // a constant table
	"givenName": GivenName, "middleName": MiddleName, "familyName": FamilyName,
	"honorificPrefix": HonorificPrefix, "honorificSuffix": HonorificSuffix,
	"displayName": DisplayName, "title": Title, "phone": Phone, "locale": Locale, "preferredLanguage": PreferredLanguage,
	"department": Department, "costCenter": CostCenter, "employeeNumber": EmployeeNumber, "manager": Manager,
}

// AttributeNamed returns the attribute of a word such as "givenName".
func AttributeNamed(word string) (Attribute, bool) {
	a, ok := attributeWords[word]
	return a, ok
}

// AttributeWords returns the words of all attributes, sorted.
func AttributeWords() []string {
	out := make([]string, 0, len(attributeWords))
	for word := range attributeWords {
		out = append(out, word)
	}
	slices.Sort(out)
	return out
}

// Word returns the word of the attribute, or its path if it has none.
func (a Attribute) Word() string {
	for word, b := range attributeWords {
		if a == b {
			return word
		}
	}
	return string(a)
}

// IsPersonal reports whether an attribute has a value of its own for each person: who is kept out by
// an expression is hardly kept out by that.
func (a Attribute) IsPersonal() bool {
	switch a {
	case GivenName, MiddleName, FamilyName, HonorificPrefix, HonorificSuffix, DisplayName, Phone, EmployeeNumber:
		return true
	}
	return false
}

// extraPrefix marks attributes that only expressions see.
const extraPrefix = "extra."

// Extra returns the attribute under which a connector states something that has no
// SCIM attribute, for expressions. It is never sent.
func Extra(name string) Attribute { return Attribute(extraPrefix + name) }

// IsExtra reports whether only expressions see the attribute, and returns its name.
func (a Attribute) IsExtra() (name string, ok bool) { return strings.CutPrefix(string(a), extraPrefix) }
