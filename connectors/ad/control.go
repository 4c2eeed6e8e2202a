package ad

import goldap "github.com/go-ldap/ldap/v3"

// Controls of Active Directory (MS-ADTS section 3.1.1.3.4.1).
const (
	oidExtendedNames = "1.2.840.113556.1.4.529"
	oidShowDeleted   = "1.2.840.113556.1.4.417"
	oidDomainScope   = "1.2.840.113556.1.4.1339"
)

// extendedNames asks for names with their GUIDs, as text: SEQUENCE { INTEGER 1 }.
func extendedNames() goldap.Control {
	return goldap.NewControlString(oidExtendedNames, true, "\x30\x03\x02\x01\x01")
}

// domainScope asks not to be referred to other domains and partitions.
func domainScope() goldap.Control { return goldap.NewControlString(oidDomainScope, true, "") }

// showDeleted asks for deleted objects too.
func showDeleted() goldap.Control { return goldap.NewControlString(oidShowDeleted, true, "") }

func searchControls() []goldap.Control { return []goldap.Control{extendedNames(), domainScope()} }
