package file_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/file"
)

// folder is a Directory of two files, written as an export would.
type folder struct {
	dir    string
	ending string
	whole  file.Whole
	world  connectortest.World
}

func newFolder(ending string, whole file.Whole) func(testing.TB) connectortest.Directory {
	return func(t testing.TB) connectortest.Directory {
		return &folder{dir: t.TempDir(), ending: ending, whole: whole}
	}
}

func (f *folder) people() string { return filepath.Join(f.dir, "people"+f.ending) }
func (f *folder) groups() string { return filepath.Join(f.dir, "groups"+f.ending) }

func (f *folder) Config(testing.TB) connectors.Config {
	c := file.NewConfig()
	c.People, c.Groups, c.Whole = f.people(), f.groups(), f.whole
	return c
}

func (f *folder) Load(t testing.TB, w connectortest.World) map[string]string {
	f.world = w
	if f.ending == ".json" {
		f.put(t, f.people(), peopleJSON(t, w))
		f.put(t, f.groups(), groupsJSON(t, w))
		return nil
	}
	f.put(t, f.people(), peopleCSV(t, w))
	f.put(t, f.groups(), groupsCSV(t, w))
	return nil
}

// Deselect takes a user from the export.
func (f *folder) Deselect(t testing.TB, user string) {
	w := f.world
	w.Users = slices.DeleteFunc(slices.Clone(w.Users), func(u connectors.User) bool { return u.ID == user })
	f.Load(t, w)
}

// HideStatus leaves the status of users empty in CSV, and out of JSON.
func (f *folder) HideStatus(t testing.TB, users ...string) {
	w := f.world
	w.Users = slices.Clone(w.Users)
	for i, u := range w.Users {
		if slices.Contains(users, u.ID) {
			w.Users[i].Status = notShown
		}
	}
	f.Load(t, w)
}

// notShown is the status of a user where an export has none.
const notShown connectors.Status = "not shown"

// put writes a file aside and renames it, and states its digest.
func (f *folder) put(t testing.TB, path, text string) {
	t.Helper()
	if f.whole == file.Checksum {
		sum := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), filepath.Base(path))
		write(t, path+".sha256", sum)
	}
	write(t, path+".new", text)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *folder) Lie(t testing.TB, l connectortest.Lie) {
	text, err := os.ReadFile(f.people())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	switch l {
	case connectortest.ShortPage: // half-written, between two rows
		write(t, f.people(), strings.Join(lines[:10], ""))
	case connectortest.CutOff:
		write(t, f.people(), string(text[:len(text)/2]))
	case connectortest.ErrorInside:
		f.put(t, f.people(), "ERROR 500: the export failed\n")
	case connectortest.FailsMidway:
		f.put(t, f.people(), strings.Join(lines[:8], "")+"{\"broken\": \"row\n"+strings.Join(lines[8:], ""))
	case connectortest.DuplicateID:
		w := f.world
		w.Users = append(w.Users, w.Users[3])
		f.Load(t, w)
	case connectortest.EmptyAnswer:
		f.Load(t, connectortest.World{Groups: f.world.Groups})
	}
}

func status(s connectors.Status) string {
	return map[connectors.Status]string{connectors.StatusActive: "Active", connectors.StatusDisabled: "terminated", connectors.StatusUnknown: "sabbatical"}[s]
}

func peopleCSV(t testing.TB, w connectortest.World) string {
	rows := [][]string{{"ID", "e-mail", "Email", "status", "given_name", "family_name", "display_name", "title", "department", "phone"}}
	for _, u := range w.Users {
		a := u.Attributes
		rows = append(rows, []string{
			u.ID, "not asked for", u.Email, status(u.Status),
			a[connectors.GivenName], a[connectors.FamilyName], a[connectors.DisplayName], a[connectors.Title],
			a[connectors.Department], a[connectors.Phone],
		})
	}
	return table(t, rows)
}

func groupsCSV(t testing.TB, w connectortest.World) string {
	rows := [][]string{{"group_id", "group", "member", "member_group"}}
	for _, g := range w.Groups {
		rows = append(rows, []string{g.ID, g.Name, "", ""})
		for _, m := range g.Members {
			rows = append(rows, []string{g.ID, g.Name, m, ""})
		}
		for _, m := range g.Groups {
			rows = append(rows, []string{g.ID, g.Name, "", m})
		}
	}
	return table(t, rows)
}

func table(t testing.TB, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func peopleJSON(t testing.TB, w connectortest.World) string {
	objects := []map[string]any{}
	for _, u := range w.Users {
		o := map[string]any{"id": u.ID, "email": u.Email, "status": status(u.Status), "badge": []int{1}}
		for name, attribute := range map[string]connectors.Attribute{
			"given_name": connectors.GivenName, "family_name": connectors.FamilyName, "display_name": connectors.DisplayName, "title": connectors.Title,
			"department": connectors.Department, "phone": connectors.Phone,
		} {
			if value, ok := u.Attributes[attribute]; ok {
				o[name] = value
			}
		}
		if u.Status == notShown {
			delete(o, "status")
		}
		objects = append(objects, o)
	}
	return indented(t, objects)
}

func groupsJSON(t testing.TB, w connectortest.World) string {
	objects := []map[string]any{}
	for _, g := range w.Groups {
		objects = append(objects, map[string]any{"group_id": g.ID, "group": g.Name, "member": append([]string{}, g.Members...), "member_group": append([]string{}, g.Groups...)})
	}
	return indented(t, objects)
}

func indented(t testing.TB, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}
