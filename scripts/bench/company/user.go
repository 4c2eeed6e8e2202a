package company

import (
	"fmt"
	"strings"
)

// spread turns a number into another one, each into one of its own: identifiers
// are then in no order, as those of real directories are.
func spread(n int32) uint32 { return uint32(n) * 2654435761 } //nolint:gosec // wraps around on purpose

// ID is what the directory knows the user by for life.
func (u User) ID() string { return fmt.Sprintf("%08x-%07d", spread(u.Number), u.Number) }

// EmployeeNumber is the user's number at HR.
func (u User) EmployeeNumber() string { return fmt.Sprintf("%07d", u.Number) }

// HRID is what the export of HR knows the user by.
func (u User) HRID() string { return fmt.Sprintf("hr-%08x", spread(u.Number)) }

// Email is the user's address, which never changes here.
func (u User) Email() string {
	return fmt.Sprintf("%s.%07d@example.com", strings.ToLower(pick(asciiNames(), u.Number)), u.Number)
}

// GivenName is the user's given name.
func (u User) GivenName() string { return pick(givenNames(), u.Number) }

// FamilyName is the user's family name, which changes with each renaming.
func (u User) FamilyName() string {
	name := pick(familyNames(), u.Number/16)
	if u.Renamed > 0 {
		return fmt.Sprintf("%s-%s", name, pick(familyNames(), u.Number+u.Renamed))
	}
	return name
}

// DisplayName is both names.
func (u User) DisplayName() string { return u.GivenName() + " " + u.FamilyName() }

// Title is what the user does.
func (u User) Title() string { return pick(titles(), u.Number/3) }

// Status is what an export says: active or disabled.
func (u User) Status() string {
	if u.Disabled {
		return "disabled"
	}
	return "active"
}

func pick(names []string, n int32) string { return names[int(n)%len(names)] }

func asciiNames() []string {
	return []string{"ada", "bela", "chidi", "dolores", "erik", "fatima", "goran", "hana", "ines", "jurgen", "kofi", "lea", "mateo", "noor", "otto", "zoe"}
}

func givenNames() []string {
	return []string{"Ada", "Béla", "Chidi", "Dolores", "Erik", "Fatima", "Goran", "Hana", "Inés", "Jürgen", "Kofi", "Léa", "Mateo", "Noor", "Otto", "Zoë"}
}

func familyNames() []string {
	return []string{"Almeida", "Brandt", "Çelik", "Dubois", "Eriksen", "Ferrari", "García", "Haddad", "Ito", "Jansen", "Kowalski", "Lindqvist", "Müller", "Nakamura", "Okafor", "Petrov", "Quispe"}
}

func titles() []string {
	return []string{"Engineer", "Account Manager", "Nurse", "Controller", "Head of Logistics", "Clerk", "Technical Writer", "Analyst"}
}
