package adtest

import "slices"

const schema = "CN=Schema," + configuration

// schemaNames are the attributes that the domain's schema has: those of people and groups
// in the schema that a forest begins with. What Exchange adds, extensionAttribute1 to 15,
// is not among them.
func schemaNames() []string {
	return []string{
		"objectClass", "objectCategory", "objectGUID", "objectSid", "cn", "uSNChanged", "isDeleted",
		"userAccountControl", "accountExpires", "primaryGroupID", "member", "memberOf", "sAMAccountName", "userPrincipalName",
		"mail", "givenName", "middleName", "sn", "displayName", "title", "department", "employeeID", "employeeNumber", "employeeType",
		"telephoneNumber", "preferredLanguage", "manager", "company", "division", "physicalDeliveryOfficeName", "personalTitle", "generationQualifier",
	}
}

// addSchema enters the schema: one object for each attribute, which has the name that
// LDAP knows it by (MS-ADTS section 3.1.1.2.3).
func (d *Domain) addSchema() {
	d.add(schema, &object{attributes: class("dMD")})
	for _, name := range schemaNames() {
		d.add("CN="+name+","+schema, &object{attributes: map[string][]string{"objectClass": {"top", "attributeSchema"}, "lDAPDisplayName": {name}}})
	}
}

// inSchema reports whether a name is that of the schema or of something in it.
func inSchema(o *object) bool { return slices.Contains([]string{o.dn(), o.parent}, schema) }
