package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/file"
)

// read reads a source and returns what it stated; onUser may be nil.
func read(t *testing.T, c *file.Config, onUser func(connectors.User)) (*connectortest.Collect, error) {
	t.Helper()
	kept := &connectortest.Collect{OnUser: onUser}
	_, err := connectortest.ReadInto(t, open(t, c), kept)
	return kept, err
}

// open opens a source whose configuration has no fault.
func open(t *testing.T, c *file.Config) connectors.Connector {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	connector, _ := connectortest.Open[connectors.Connector](t, c)
	return connector
}

// source is a source by rename, of one file of people.
func source(t *testing.T, name, text string) *file.Config {
	t.Helper()
	c := file.NewConfig()
	c.Whole, c.People = file.Rename, filepath.Join(t.TempDir(), name)
	write(t, c.People, text)
	return c
}

const three = "id,email\n1,ada@example.com\n2,bob@example.com\n3,cid@example.com\n"

// TestHalfWritten looks at files in every state in which an export can leave them.
func TestHalfWritten(t *testing.T) {
	tests := []struct {
		name string
		do   func(*testing.T, *file.Config)
		says string
	}{
		{"no manifest", func(_ *testing.T, c *file.Config) { c.Whole = file.Checksum }, "people.csv.sha256 beside it"},
		{"a manifest of something else", func(t *testing.T, c *file.Config) {
			c.Whole = file.Checksum
			write(t, c.People+".sha256", strings.Repeat("0", 64)+"  people.csv\n")
		}, "run it again"},
		{"a manifest that is none", func(t *testing.T, c *file.Config) {
			c.Whole = file.Checksum
			write(t, c.People+".sha256", "sha1 of it\n")
		}, "no SHA-256 digest"},
		{"without its last line break", func(t *testing.T, c *file.Config) { write(t, c.People, strings.TrimSuffix(three, "\n")) }, "last line has no end"},
		{"cut inside a quoted field", func(t *testing.T, c *file.Config) { write(t, c.People, three+"4,\"dan") }, "line 5"},
		{"a row too short", func(t *testing.T, c *file.Config) { write(t, c.People, three+"4\n") }, "line 5: wrong number of fields"},
		{"empty", func(t *testing.T, c *file.Config) { write(t, c.People, "") }, "it is empty"},
		{"a header alone", func(t *testing.T, c *file.Config) { write(t, c.People, "id,email\n") }, "no users at all"},
		{"gone", func(t *testing.T, c *file.Config) {
			if err := os.Remove(c.People); err != nil {
				t.Fatal(err)
			}
		}, "Check the path"},
		{"a folder", func(_ *testing.T, c *file.Config) { c.People, c.Format = filepath.Dir(c.People), file.FormatCSV }, "not a regular file"},
		{"a named pipe", func(t *testing.T, c *file.Config) {
			c.People, c.Format = c.People+".pipe", file.FormatCSV
			if err := syscall.Mkfifo(c.People, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a regular file"},
		{"another program's", func(t *testing.T, c *file.Config) { write(t, c.People, "<html><body>Sign in</body></html>\n") }, `no column is called "email"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := source(t, "people.csv", three)
			tt.do(t, c)
			if _, err := read(t, c, nil); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

// TestChangedWhileRead writes to a file, or puts another in its place, while it is
// read: neither is a whole reading, even if every row could be read.
func TestChangedWhileRead(t *testing.T) {
	for name, change := range map[string]func(*testing.T, string){
		"written in place": func(t *testing.T, path string) { write(t, path, three+three) },
		"replaced": func(t *testing.T, path string) {
			write(t, path+".new", three)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := source(t, "people.csv", three)
			_, err := read(t, c, func(u connectors.User) {
				if u.ID == "2" {
					change(t, c.People)
				}
			})
			if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestForms reads one company in every form that is understood.
func TestForms(t *testing.T) {
	tests := []struct {
		name, file, text string
		config           func(*file.Config)
	}{
		{"plain", "people.csv", "id,email,title\n07,ada@example.com,Größe\n", nil},
		{"case and order of the header, other columns", "people.csv", "TITLE,x, Email ,ID\nGröße,y,ada@example.com,07\n", nil},
		{"Windows line ends and a byte order mark", "people.csv", "\ufeffid,email,title\r\n07,ada@example.com,Größe\r\n", nil},
		{"semicolons", "people.csv", "id;email;title\n07;ada@example.com;Größe\n", func(c *file.Config) { c.CSV.Delimiter = ";" }},
		{"quotes", "people.csv", "id,email,title\n\"07\",\"ada@example.com\",\"Größe\"\n", nil},
		{"Windows-1252", "people.csv", "id,email,title\n07,ada@example.com,Gr\xf6\xdfe\n", func(c *file.Config) { c.CSV.Encoding = file.Windows1252 }},
		{"UTF-16", "people.csv", utf16(true, "id,email,title\n07,ada@example.com,Größe\n"), func(c *file.Config) { c.CSV.Encoding = file.UTF16 }},
		{"UTF-16, big-endian", "people.csv", utf16(false, "id,email,title\n07,ada@example.com,Größe\n"), func(c *file.Config) { c.CSV.Encoding = file.UTF16 }},
		{"other names", "people.csv", "nr,mail,job\n07,ada@example.com,Größe\n", func(c *file.Config) {
			c.Columns.ID, c.Columns.Email, c.Columns.Title = "nr", "mail", "job"
		}},
		{"JSON", "people.json", `[{"id": "07", "email": "ada@example.com", "title": "Größe", "more": {"x": [1]}}]`, nil},
		{"another ending", "people.txt", "id,email,title\n07,ada@example.com,Größe\n", func(c *file.Config) { c.Format = file.FormatCSV }},
	}
	want := []connectors.User{{
		ID: "07", Email: "ada@example.com", Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{connectors.Title: "Größe"},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := source(t, tt.file, tt.text)
			if tt.config != nil {
				tt.config(c)
			}
			got, err := read(t, c, nil)
			if diff := cmp.Diff(want, got.Users); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func utf16(little bool, s string) string {
	b := []byte{0xfe, 0xff}
	if little {
		b = []byte{0xff, 0xfe}
	}
	for _, r := range s { // none beyond the basic plane
		hi, lo := byte(r>>8), byte(r)
		if little {
			hi, lo = lo, hi
		}
		b = append(b, hi, lo)
	}
	return string(b)
}

// TestNotStated tells a value that is empty from one that is not there, and a
// status that is not there from one that nobody knows.
func TestNotStated(t *testing.T) {
	c := source(t, "people.json", `[
		{"id": 1, "email": "ada@example.com", "title": "", "status": true},
		{"id": 2, "email": "bob@example.com", "title": null, "status": "No"},
		{"id": 3, "email": "cid@example.com", "status": null},
		{"id": 4, "email": "dan@example.com"}]`)
	got, err := read(t, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []connectors.Status{connectors.StatusActive, connectors.StatusDisabled, connectors.StatusUnknown, connectors.StatusActive}
	for i, u := range got.Users {
		if _, title := u.Attributes[connectors.Title]; u.Status != want[i] || title != (i == 0) {
			t.Errorf("user %s: status %q, title stated: %t", u.ID, u.Status, title)
		}
	}
}

// TestByEmail knows people by their e-mail, since somebody chose that.
func TestByEmail(t *testing.T) {
	c := source(t, "people.csv", "email\nAda@Example.com\nbob@example.com\n")
	if _, err := read(t, c, nil); err == nil || !strings.Contains(err.Error(), "id: email") {
		t.Errorf("without an ID, and without having chosen: %v", err)
	}
	c.ID = file.ByEmail
	c.Groups = c.People + ".groups.csv"
	write(t, c.Groups, "group_id,group,member\ng1,writers,ADA@example.com\ng1,writers,nobody@example.com\n")
	got, err := read(t, c, nil)
	want := []connectors.Group{{ID: "g1", Name: "writers", Members: []string{"ada@example.com", "nobody@example.com"}, NestedUnstated: true}}
	if diff := cmp.Diff(want, got.Groups); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestIdentityOfAReading: an export that loses the column of the status, or takes its
// IDs from another one, is not taken for the same people.
func TestIdentityOfAReading(t *testing.T) {
	named := func(c *file.Config) { c.Columns.ID, c.Columns.Status = "nr", "state" }
	tests := []struct {
		name, file, text string
		config           func(*file.Config)
		want             string
	}{
		{"plain", "people.csv", "id,email\n1,ada@example.com\n", nil, "column id, without status"},
		{"status", "people.csv", "id,email,status\n1,ada@example.com,active\n", nil, "column id, with status"},
		{"an empty status", "people.csv", "id,email,Status\n1,ada@example.com,\n", nil, "column id, with status"},
		{"by e-mail", "people.csv", "id,email\n1,ada@example.com\n", func(c *file.Config) { c.ID = file.ByEmail }, "email, without status"},
		{"other names", "people.csv", "nr,email,state,status\n1,ada@example.com,active,x\n", named, "column nr, with status"},
		{"JSON", "people.json", `[{"id": "1", "email": "ada@example.com"}]`, nil, "column id, without status"},
		{"JSON, one with a status", "people.json", `[{"id": 1, "email": "a@example.com", "status": null}, {"id": 2, "email": "b@example.com"}]`, nil, "column id, with status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := source(t, tt.file, tt.text)
			if tt.config != nil {
				tt.config(c)
			}
			if _, complete := connectortest.MustRead(t, open(t, c)); complete.Evidence().Identity != tt.want {
				t.Errorf("the IDs are said to be %q, want %q", complete.Evidence().Identity, tt.want)
			}
		})
	}
}

// TestFilesOfAReading: a read says which files it is of, and when they were written.
func TestFilesOfAReading(t *testing.T) {
	written := [2]time.Time{time.Date(2026, 3, 2, 12, 0, 0, 5000, time.UTC), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	texts := map[string][2]string{
		"csv":  {"id,email\n1,ada@example.com\n", "group_id,group,member\ng1,writers,1\n"},
		"json": {`[{"id": "1", "email": "ada@example.com"}]`, `[{"group_id": "g1", "group": "writers", "member": ["1"]}]`},
	}
	for ending, text := range texts {
		for _, withGroups := range []bool{true, false} {
			c := source(t, "people."+ending, text[0])
			want := [2]string{c.People, c.People}
			times := [2]time.Time{written[0], written[0]}
			if withGroups {
				c.Groups = filepath.Join(filepath.Dir(c.People), "groups."+ending)
				write(t, c.Groups, text[1])
				want[1], times[1] = c.Groups, written[1]
			}
			for i := range want {
				if err := os.Chtimes(want[i], times[i], times[i]); err != nil {
					t.Fatal(err)
				}
			}
			_, complete := connectortest.MustRead(t, open(t, c))
			for i, f := range complete.Evidence().Files {
				if f.Path != want[i] || !f.Written.Equal(times[i]) || f.Version == "" {
					t.Errorf("%s, with groups %v: file %d is %+v, want %s of %s", ending, withGroups, i, f, want[i], times[i])
				}
			}
		}
	}
}

// TestRefused shows what each mistake in a file is called.
func TestRefused(t *testing.T) {
	tests := []struct{ name, file, text, says string }{
		{"no ID column", "people.csv", "email\nada@example.com\n", "personnel number"},
		{"no ID", "people.csv", "id,email\n,ada@example.com\n", "line 2: the ID is empty"},
		{"two columns of one name", "people.csv", "id,email,EMAIL\n1,a,b\n", `two columns are called "email"`},
		{"a quote in the middle", "people.csv", "id,email\n1,ada\"@example.com\n", `line 2: bare " in non-quoted-field`},
		{"the same person twice", "people.csv", three + "1,eve@example.com\n", `line 5: user "1": the source stated the same ID twice`},
		{"no array", "people.json", `{"id": "1"}`, "one array of objects"},
		{"text behind the array", "people.json", `[] {}`, "behind the array"},
		{"an array that does not end", "people.json", `[{"id": "1", "email": "ada@example.com"}`, "ends in the middle"},
		{"no JSON", "people.json", `[{'id': 1}]`, "is not JSON at byte"},
		{"a name twice", "people.json", `[{"id": "1", "id": "2", "email": "ada@example.com"}]`, `object 1: "id" stands in it twice`},
		{"an object for a text", "people.json", `[{"id": {}, "email": "ada@example.com"}]`, "object 1: id is no text"},
		{"an address twice", "people.json", `[{"ada@example.com": "1", "ada@example.com": "2"}]`, "object 1: a name stands in it twice"},
		{"an endless ID", "people.csv", "id,email\n" + strings.Repeat("7", 1025) + ",ada@example.com\n", "line 2: user number 1: the source stated an ID that is longer than"},
		{"no header", "people.csv", "4711,ada@example.com,active,Ada,Brandt\n", "does not look like a header. Let the export write the names"},
		{"no header, and no address in the first row", "people.csv", "p17,,active,Ada,Brandt\n", "does not look like a header"},
		{"no header, numbers alone", "people.csv", "p4711,active,Ada,Brandt\n", "does not look like a header"},
		{"no header, and a date", "people.csv", "Ada,1980-01-02\n", "does not look like a header"},
		{"no header, and another delimiter", "people.csv", "4711;ada@example.com;Ada\n", "does not look like a header. The file separates columns by another character"},
		{"another header", "people.csv", "Nr.,Mail,Cost center 2,,\n1,ada@example.com,x,,\n", `no column is called "email" among "Nr.", "Mail", "Cost center 2", "", ""`},
		{"no e-mail at all", "people.json", `[{"id": "1"}]`, `object 1: has no "email"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(t, source(t, tt.file, tt.text), nil)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), "Ada") {
				t.Errorf("got %v, want %q and nobody's data", err, tt.says)
			}
		})
	}
}

// TestGroups reads what memberships can look like.
func TestGroups(t *testing.T) {
	c := source(t, "people.csv", three)
	c.Groups = c.People + ".groups.csv"
	for _, tt := range []struct{ name, text, says string }{
		{"a group of two names", "group_id,group,member\ng1,writers,1\ng1,poets,2\n", "line 3: the group has another name"},
		{"no ID", "group_id,group,member\n,writers,1\n", "line 2: the group's ID is empty"},
		{"no ID column", "group,member\nwriters,1\n", "columns.group_id"},
	} {
		write(t, c.Groups, tt.text)
		if _, err := read(t, c, nil); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
	c.Columns.GroupID = "group" // a group is known by its name
	write(t, c.Groups, "group,member\nwriters,1\npoets,9\nwriters,2\n")
	got, err := read(t, c, nil)
	want := []connectors.Group{
		{ID: "poets", Name: "poets", Members: []string{"9"}, NestedUnstated: true},
		{ID: "writers", Name: "writers", Members: []string{"1", "2"}, NestedUnstated: true},
	}
	if diff := cmp.Diff(want, got.Groups); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestNestedUnstated: a file without a column of nested groups states none, nor that there are none.
func TestNestedUnstated(t *testing.T) {
	for _, tt := range []struct {
		name, file, text string
		unstated         bool
	}{
		{"no column", "groups.csv", "group_id,group,member\n1,a,1\n", true},
		{"a column", "groups.csv", "group_id,group,member,member_group\n1,a,1,\n", false},
		{"no object with it", "groups.json", `[{"group_id": "1", "group": "a", "member": ["1"]}]`, true},
		{"one object with it", "groups.json", `[{"group_id": "1", "group": "a", "member": ["1"]}, {"group_id": "2", "group": "b", "member": [], "member_group": []}]`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := source(t, "people.csv", three)
			c.Groups = filepath.Join(filepath.Dir(c.People), tt.file)
			write(t, c.Groups, tt.text)
			got, err := read(t, c, nil)
			if err != nil || len(got.Groups) == 0 || got.Groups[0].NestedUnstated != tt.unstated {
				t.Errorf("%v, %+v", err, got.Groups)
			}
		})
	}
}
