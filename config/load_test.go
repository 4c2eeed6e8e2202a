package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writersync/config"
	"writersync/connectors"
)

// references compares secrets by what they refer to.
func references() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(a, b connectors.Secret) bool { return a.String() == b.String() && a.IsSet() == b.IsSet() }),
		cmp.AllowUnexported(tree{}),
	}
}

func load(t *testing.T, name string) *config.Config {
	t.Helper()
	c, err := config.Load(filepath.Join("testdata", name+".good.yml"), registry())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("test.yml", []byte(text), registry())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEverything(t *testing.T) {
	want := &config.Config{
		Writer: config.Writer{
			URL: "https://scim.writer.example.com/v2", DefaultTeam: "Everyone",
			Domains: []string{"example.com"}, Role: config.Role{Attribute: "orgRole", Schema: config.RoleSchemaBare, Admins: []string{"root@example.com"}},
			CAFile: "/etc/writersync/ca.pem", Update: config.UpdatePut, PageSize: 50,
			Pace: config.Pace{Start: 60, Max: 600.5}, Concurrency: 4, Timeout: 90 * time.Second,
		},
		Sources: []config.Source{
			{Name: "corp", Type: "ldap", Watch: true, Config: &tree{
				server: server{
					URL: "ldaps://ldap.example.com", StartTLS: true, Bind: bind{DN: "cn=x"},
					PageSize: 1000, Timeout: 24 * time.Hour,
				},
				Users: branch{Base: "ou=people", Filter: "(active)"}, Groups: branch{Base: "ou=groups"},
				Attributes: map[string]string{"email": "mail", "strange key": "x"}, Values: []string{"a", "b"},
				Share: 1, Cache: &cache{Size: 12}, Level: 3,
			}},
			{Name: "hr", Type: "file", Deprovision: config.None, Watch: true, Config: &list{Path: "/srv/people.csv"}},
		},
		Teams: []config.Rule{
			{Group: "engineering", Team: "Engineering"},
			{Group: "w-*", Team: "W {*} of {name}"},
			{ID: "g-1", Source: "hr", Team: "Legal", Direct: true, Exclusive: true},
		},
		People: config.People{
			Scope: config.Everyone, Include: "has(user.title)", Exclude: `user.email.endsWith(".example")`,
			ExcludeGroups: []string{"ext-*"}, Send: []string{"title", "phone"}, Attributes: map[string]string{"locale": `"de-AT"`},
			Join: "employeeNumber", Authority: "hr",
		},
		Deprovision: config.Delete,
		Drift:       config.Drift{Attributes: config.Report, Members: config.Report, Deactivated: config.Repair, Deleted: config.Repair},
		Protected:   config.Protected{"root@example.com"},
		Limits:      config.Limits{Run: 5, TeamPercent: 10},
		Schedule: config.Schedule{
			Cron: "*/10 8-18 * * mon-fri", Verify: config.When{Every: 48 * time.Hour},
			Timezone: "Europe/Berlin", Splay: 10 * time.Second,
		},
		Slice:  90 * time.Second,
		State:  config.State{Path: "/srv/writersync/state.db"},
		Listen: config.Listen{Metrics: "[::]:9464", Socket: "/srv/other.sock"},
		Log:    config.Log{Level: "debug", Format: "json"},
	}
	got := load(t, "everything")
	ldap, ok := got.Source("corp")
	if !ok {
		t.Fatal("the source corp is missing")
	}
	password := &ldap.Config.(*tree).Bind.Password
	if token := got.Writer.Token; token.String() != "command:/usr/bin/vault" || password.String() != "file:/run/secrets/ldap" {
		t.Errorf("secrets are %s and %s", token, password)
	}
	got.Writer.Token, *password = connectors.Secret{}, connectors.Secret{}
	if diff := cmp.Diff(want, got, references()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

// TestDefaults shows that a file gets the defaults for what it leaves out, its
// connectors' own included.
func TestDefaults(t *testing.T) {
	want := config.Default()
	want.Sources = []config.Source{{Name: "hr", Type: "file", Watch: true, Config: &list{Path: "/srv/people.csv"}}}
	want.Teams = []config.Rule{{Group: "engineering", Team: "Engineering"}}
	for _, name := range []string{"minimal", "windows-line-ends"} {
		got := load(t, name)
		if diff := cmp.Diff(want, got, references(), cmpopts.IgnoreFields(config.Writer{}, "Token")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	c := parse(t, "writer: {token: env:T}\npeople: {scope: everyone}\nsources:\n  - {name: a, type: ldap, url: x, users: {base: b}}\n")
	ldap := c.Sources[0].Config.(*tree)
	if ldap.Users.Filter != "(all)" || ldap.PageSize != 500 {
		t.Errorf("the connector's defaults were lost: %+v", ldap)
	}
}

func TestFollows(t *testing.T) {
	c := load(t, "loopback")
	if c.Listen.Socket != "/srv/a/writersync.sock" {
		t.Errorf("socket is %s, want it beside the state file", c.Listen.Socket)
	}
	c = parse(t, "writer: {token: env:T, pace: {max: 30}}\npeople: {scope: everyone}\nsources: [{name: a, type: file, path: b}]\n")
	if c.Writer.Pace.Start != 30 {
		t.Errorf("the pace starts at %g, above its max of 30", c.Writer.Pace.Start)
	}
	if _, ok := c.Source("b"); ok {
		t.Error("a source was found that is not there")
	}
}

// TestProtected tells a list that is not there from one that is empty.
func TestProtected(t *testing.T) {
	for name, want := range map[string]bool{"minimal": false, "protected-empty": true, "everything": true} {
		if got := load(t, name).Protected.Listed(); got != want {
			t.Errorf("%s: listed is %t, want %t", name, got, want)
		}
	}
}

func TestLocation(t *testing.T) {
	l, err := load(t, "everything").Schedule.Location()
	if err != nil || l.String() != "Europe/Berlin" {
		t.Errorf("location is %v (%v)", l, err)
	}
	if _, err := (config.Schedule{Timezone: "Europe/Bonn"}).Location(); err == nil {
		t.Error("an unknown time zone was loaded")
	}
}

func TestLoadUnreadable(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yml"), registry())
	var faults config.Faults
	if !errors.Is(err, os.ErrNotExist) || errors.As(err, &faults) {
		t.Errorf("error is %v", err)
	}
	if _, err := config.Load(t.TempDir(), registry()); err == nil {
		t.Error("a directory was loaded")
	}
}

// TestCaps shows that size, depth and number of faults are bounded.
func TestCaps(t *testing.T) {
	large := []byte("# " + strings.Repeat("x", 1<<20))
	deep := strings.Repeat("- ", 1<<18)
	var indented bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&indented, "%*sa:\n", i, "")
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{large, "larger than 1 MiB"},
		{[]byte{0xff, 0xfe, 'a'}, "not UTF-8"},
		{bytes.Repeat([]byte("["), 1<<19), "deeper than 32 levels"},
		{bytes.Repeat([]byte("{a: "), 1<<17), "deeper than 32 levels"},
		{[]byte(deep), "deeper than 32 levels"},
		{indented.Bytes(), "deeper than 32 levels"},
		{bytes.Repeat([]byte("a: 1\n"), 1<<17), "more than 1000 keys"},
		{[]byte("log:\n" + strings.Repeat("  a: 1\n", 1<<17)), "more than 1000 keys"},
	} {
		if _, err := config.Parse("x.yml", c.data, registry()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want %q", err, c.want)
		}
	}
	var rules strings.Builder
	rules.WriteString("writer: {token: env:T}\nsources: [{name: a, type: file, path: b}]\nteams:\n")
	for i := range 10_000 {
		fmt.Fprintf(&rules, "  - group: group %d\n    team: Team %d\n", i, i)
	}
	if c := parse(t, rules.String()); len(c.Teams) != 10_000 {
		t.Errorf("%d rules of 10000 were read", len(c.Teams))
	}
	var many strings.Builder
	many.WriteString("teams:\n")
	for i := range 20_000 {
		fmt.Fprintf(&many, "  - {grup: g%d}\n", i)
	}
	_, err := config.Parse("x.yml", []byte(many.String()), registry())
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) > 200 {
		t.Errorf("%d faults are listed", len(faults))
	}
}

func TestFaultsUnwrap(t *testing.T) {
	_, err := config.Parse("x.yml", []byte("slice: 1\nlog: 2\n"), registry())
	var fault config.Fault
	if !errors.As(err, &fault) || fault.Path != "writer.token" || fault.File != "x.yml" {
		t.Errorf("the first fault is %+v", fault)
	}
	var faults config.Faults
	if !errors.As(err, &faults) || faults[len(faults)-1].Line != 2 || faults[len(faults)-1].Column != 6 {
		t.Errorf("the last fault is %+v", faults[len(faults)-1])
	}
}

// TestExample shows that each line of the example that is commented out says the
// default, and that every key of the schema is explained.
func TestExample(t *testing.T) {
	text, err := config.Example()
	if err != nil {
		t.Fatal(err)
	}
	plain := parse(t, string(text))
	all := regexp.MustCompile(`(?m)^( *)# ( *[a-z_]+:( .*)?)$`).ReplaceAllString(string(text), "$1$2")
	all = regexp.MustCompile(`(?m)^ *cron:.*$`).ReplaceAllString(all, "")             // it cannot stand beside every
	all = regexp.MustCompile(`(?m)^ *(join|authority):.*$`).ReplaceAllString(all, "") // these need several sources
	diff := cmp.Diff(plain, parse(t, all), references(), cmpopts.IgnoreFields(config.Writer{}, "CAFile", "Domains"), cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(config.People{}, "Include", "Exclude", "ExcludeGroups", "Attributes"), cmpopts.IgnoreFields(config.Source{}, "Deprovision"), cmpopts.IgnoreTypes(config.Limits{}))
	if diff != "" {
		t.Errorf("what is commented out is not the default (-default +example):\n%s", diff)
	}
	if strings.Count(all, "# ") < 20 || strings.Count(all, "\n") < 70 {
		t.Error("the example has lost its comments")
	}
	schema := string(read(t, "schema.json"))
	for _, m := range regexp.MustCompile(`(?m)^ {4,12}"([a-z_]+)": \{`).FindAllStringSubmatch(schema, -1) {
		if key := m[1]; key != "properties" && key != "items" && !regexp.MustCompile(`\b`+key+`:`).Match(text) {
			t.Errorf("the example does not explain %s", key)
		}
	}
}

// FuzzParse shows that no file makes the program fail, and that none that is
// taken has a secret in it that printing would show.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("fuzz.yml", data, registry())
		var faults config.Faults
		switch {
		case err == nil && c == nil, err != nil && c != nil:
			t.Fatal("neither a config nor an error, or both")
		case err == nil:
			_ = c.Identity()
		case !errors.As(err, &faults) || len(faults) == 0:
			t.Fatalf("the error has no faults: %v", err)
		case strings.Contains(err.Error(), canary) && !keyed(data):
			t.Fatalf("the message shows the secret: %v", err)
		}
	})
}

// keyed reports whether the canary may be a key or a plain value, which messages
// do show.
func keyed(data []byte) bool {
	return !regexp.MustCompile(`(token|tokne|password): ` + canary + `\n`).Match(data)
}
