package company

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of an export, in its folder. HRFile is that of a second source, which
// knows the same users by other IDs and has no groups.
const (
	UsersFile  = "people.csv"
	GroupsFile = "groups.csv"
	HRFile     = "hr.csv"
)

// Export writes the company into a folder, as three files of the file source, each
// with the manifest that vouches for it. A file that is there is replaced in one step.
func (c *Company) Export(dir string) error {
	return errors.Join(
		export(filepath.Join(dir, UsersFile), c.users),
		export(filepath.Join(dir, GroupsFile), c.groups),
		export(filepath.Join(dir, HRFile), c.hr),
	)
}

// rows writes the rows of a CSV file.
type rows func(row func(fields ...string) error) error

func (c *Company) users(row func(...string) error) error {
	err := row("id", "email", "status", "given_name", "family_name", "display_name", "title", "employee_number")
	for _, u := range c.Users {
		if err != nil {
			return err
		}
		if u.Deleted {
			continue
		}
		err = row(u.ID(), u.Email(), u.Status(), u.GivenName(), u.FamilyName(), u.DisplayName(), u.Title(), u.EmployeeNumber())
	}
	return err
}

func (c *Company) hr(row func(...string) error) error {
	err := row("id", "email", "status", "employee_number", "title")
	for _, u := range c.Users {
		if err != nil {
			return err
		}
		if u.Deleted {
			continue
		}
		err = row(u.HRID(), u.Email(), u.Status(), u.EmployeeNumber(), u.Title())
	}
	return err
}

func (c *Company) groups(row func(...string) error) error {
	if err := row("group_id", "group", "member", "member_group"); err != nil {
		return err
	}
	for i, g := range c.Groups {
		for _, n := range g.Members {
			if err := row(groupID(i), g.Name, c.Users[n].ID(), ""); err != nil {
				return err
			}
		}
		for _, n := range g.Nested {
			if err := row(groupID(i), g.Name, "", groupID(n)); err != nil {
				return err
			}
		}
		if len(g.Members)+len(g.Nested) == 0 {
			if err := row(groupID(i), g.Name, "", ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func groupID(i int) string { return fmt.Sprintf("g-%08x", spread(int32(i))) } //nolint:gosec // a small index

// export writes a file and its manifest.
func export(path string, write rows) error {
	sum := sha256.New()
	err := replace(path, func(w io.Writer) error {
		out := csv.NewWriter(io.MultiWriter(w, sum))
		if err := write(func(fields ...string) error { return out.Write(fields) }); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	})
	if err == nil {
		err = replace(path+".sha256", func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%x  %s\n", sum.Sum(nil), filepath.Base(path))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return nil
}

// replace writes a file aside and puts it in place.
func replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(write(w), w.Flush(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
