package company

import (
	"fmt"
	"strconv"
	"strings"
)

// A Size says how large a company is.
type Size struct {
	Users       int
	Groups      int
	Memberships int // direct and through nesting, about
}

// The smallest and the largest company, in users.
const (
	minUsers = 50
	maxUsers = 2_000_000
)

// SizeOf returns the usual size of a company with so many users: 5 memberships a
// user, and 10 from a million on; a group for 20 users, with fewer groups around a
// hundred thousand.
func SizeOf(users int) (Size, error) {
	if users < minUsers || users > maxUsers {
		return Size{}, fmt.Errorf("a company has %d to %d users, not %d", minUsers, maxUsers, users)
	}
	s := Size{Users: users, Groups: max(10, users/20), Memberships: 5 * users}
	switch {
	case users >= 1_000_000:
		s.Memberships = 10 * users
	case users > 10_000:
		s.Groups = max(500, users/50)
	}
	return s, nil
}

// ParseUsers reads a number of users such as 500, 10k or 1M.
func ParseUsers(text string) (int, error) {
	factor, digits := 1, text
	for suffix, f := range map[string]int{"k": 1000, "M": 1_000_000} {
		if d, ok := strings.CutSuffix(text, suffix); ok {
			factor, digits = f, d
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxUsers {
		return 0, fmt.Errorf("%q is no number of users: write 500, 10k or 1M", text)
	}
	return n * factor, nil
}

// shape is how many groups there are of each kind.
type shape struct {
	units, departments, projects int
}

// perDepartment is how many units a department nests.
const perDepartment = 2

// shape cuts the groups into one that holds half of the company, units, departments
// that nest units, and projects.
func (s Size) shape() shape {
	units := max(4, s.Groups/4)
	departments := (units + perDepartment - 1) / perDepartment
	return shape{units, departments, s.Groups - 1 - units - departments}
}

// deep reports whether every other department is part of the one before: where there
// are few, such a one would hold most of the company.
func (s shape) deep() bool { return s.departments > perDepartment }
