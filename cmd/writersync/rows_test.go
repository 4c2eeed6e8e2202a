package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"writersync/syncer/writer/sandbox"
)

// The variables that say which program the rows drive: one that is built, or that of a
// checkout. Without either it is that of this checkout.
const (
	programVariable  = "WRITERSYNC_PROGRAM"
	checkoutVariable = "WRITERSYNC_CHECKOUT"
)

// TestRows shows the behaviour of the built program from outside, one behaviour a row
// of testdata/rows. `scripts/red.sh COMMIT` runs the rows against the program of another
// commit: so a row takes nothing from this package but the stand-in Writer, and looks
// at what Writer holds and at exit codes rather than at words. The commands beside
// those of TestScripts:
//
//	company USERS GROUP=USERS...    writes people.csv and groups.csv; see parseCompany
//	approves                        reads the plan, and approves what it says can be approved
//	capture NAME REGEXP             $NAME is the first group of the regexp in stdout
//	active N                        Writer has so many active accounts
//	relabel EMAIL ID                another program gives the account an external ID
//	carries EMAIL ID                the account with that e-mail has that external ID
//	members TEAM N [EMAIL...]       Writer has so many members in the team, these among them
//	writes [N]                      Writer got so many requests that write since this was asked last
//	stall [N]                       requests to Writer wait from now on, or once N more that write
//	                                are through
//	stalled                         waits until one does, at most twenty seconds
//	release                         they go on
//	repeats NAME CODE REGEXP program args...
//	                                runs a program again and again in the background
//	repeated NAME N                 waits until it has ended N times more, and stops it: each time
//	                                it ended with that code, and printed what the regexp says
//	post CODE PATH BODY             a POST to the daemon's API, with a body of JSON, is answered so
//	mode FILE MODE                  the file has that mode, in octal
//	clock OFFSET                    the programs' clock is that much ahead (17520h), or behind (-1h)
func TestRows(t *testing.T) { runRows(t, "rows", nil) }

// runRows runs the rows of a folder of testdata, with more commands.
func runRows(t *testing.T, rows string, more map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	folder := cmp.Or(os.Getenv(checkoutVariable), root(t)) + "/cmd/writersync"
	program := filepath.Join(t.TempDir(), "writersync")
	if given := os.Getenv(programVariable); given != "" {
		if err := os.Symlink(given, program); err != nil {
			t.Fatal(err)
		}
	} else if err := build(t.Context(), folder, program); err != nil {
		t.Fatal(err)
	}
	clocked := sync.OnceValues(func() (string, error) {
		path := filepath.Join(t.TempDir(), "writersync")
		return path, buildClocked(t.Context(), folder, path)
	})
	params := scriptParams(rows)
	maps.Copy(params.Cmds, more)
	setUp := params.Setup
	params.Setup = func(env *testscript.Env) error {
		err := setUp(env)
		s := env.Values[stageKey{}].(*stage)
		s.clocked, s.tb = clocked, env.T().(testing.TB)
		env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
		return err
	}
	testscript.Run(t, params)
}

// A valve is on the way from the program to the stand-in Writer. While it is shut,
// requests wait in front of it.
type valve struct {
	writer http.Handler

	mu      sync.Mutex
	through int           // requests that write which pass before it is shut
	shut    chan struct{} // closed when the valve opens; nil while it is open
	waiting chan struct{} // closed when a request waits
}

// ServeHTTP hands the request on once the valve is open.
func (v *valve) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if shut := v.arrive(r.Method != http.MethodGet); shut != nil {
		select {
		case <-shut:
		case <-r.Context().Done():
			return
		}
	}
	v.writer.ServeHTTP(w, r)
}

func (v *valve) arrive(writes bool) <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.through > 0 {
		if writes {
			v.through--
		}
		return nil
	}
	if v.shut != nil && v.waiting != nil {
		close(v.waiting)
		v.waiting = nil
	}
	return v.shut
}

func stall(ts *testscript.TestScript, _ bool, args []string) {
	v := on(ts).valve
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		v.through = n
	}
	v.shut, v.waiting = make(chan struct{}), make(chan struct{})
}

func stalled(ts *testscript.TestScript, _ bool, _ []string) {
	v := on(ts).valve
	v.mu.Lock()
	waiting := v.waiting
	v.mu.Unlock()
	if waiting == nil {
		return
	}
	select {
	case <-waiting:
	case <-time.After(20 * time.Second):
		ts.Fatalf("no request waits for Writer")
	}
}

func release(ts *testscript.TestScript, _ bool, _ []string) {
	v := on(ts).valve
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.shut)
	v.shut, v.waiting = nil, nil
}

// A repeater runs a program again and again, until it is stopped or a run is wrong.
type repeater struct {
	stop  context.CancelFunc
	done  chan struct{} // closed when it has stopped
	ended chan struct{} // has a value when a run ended
	wrong string        // what was wrong with a run; valid when done
}

func repeats(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(`(?m)` + args[2])
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	r := &repeater{stop: stop, done: make(chan struct{}), ended: make(chan struct{}, 1)}
	on(ts).repeaters[args[0]] = r
	on(ts).closes = append(on(ts).closes, func() { stop(); <-r.done })
	go func() {
		defer close(r.done)
		for r.wrong == "" {
			cmd := inBackground(ctx, ts, args[3:])
			out, _ := cmd.CombinedOutput() // the code says it
			if ctx.Err() != nil {
				return
			}
			if code := cmd.ProcessState.ExitCode(); fmt.Sprint(code) != args[1] || !pattern.Match(out) {
				r.wrong = fmt.Sprintf("exit code %d:\n%s", code, out)
			}
			select {
			case r.ended <- struct{}{}:
			default:
			}
		}
	}()
}

func repeated(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	r := on(ts).repeaters[args[0]]
	for range n {
		select {
		case <-r.ended:
		case <-r.done:
		case <-time.After(20 * time.Second):
			ts.Fatalf("%s does not end", args[0])
		}
	}
	r.stop()
	<-r.done
	if r.wrong != "" {
		ts.Fatalf("%s: %s", args[0], r.wrong)
	}
}

var approveLines = regexp.MustCompile("writersync (approve [^\\s)`.]+)")

func approves(ts *testscript.TestScript, _ bool, _ []string) {
	if err := ts.Exec("writersync", "-c", "ws.yml", "plan"); err != nil {
		ts.Logf("plan: %v", err) // what waits for an approval is its exit code
	}
	found := approveLines.FindAllStringSubmatch(ts.ReadFile("stdout"), -1)
	if found == nil {
		ts.Fatalf("the plan names nothing to approve:\n%s%s", ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
	for _, line := range found {
		ts.Check(ts.Exec("writersync", append([]string{"-c", "ws.yml"}, strings.Fields(line[1])...)...))
	}
}

func capture(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(`(?m)` + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("%s is not in:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], found[1])
}

func active(ts *testscript.TestScript, _ bool, args []string) {
	if n := activeAccounts(ts); fmt.Sprint(n) != args[0] {
		ts.Fatalf("%d active accounts, want %s", n, args[0])
	}
}

func activeAccounts(ts *testscript.TestScript) (n int) {
	for _, a := range on(ts).writer.State().Accounts {
		if a.Active {
			n++
		}
	}
	return n
}

func relabel(ts *testscript.TestScript, _ bool, args []string) {
	on(ts).writer.SetExternalID(args[0], args[1])
}

func carries(ts *testscript.TestScript, _ bool, args []string) {
	for _, a := range on(ts).writer.State().Accounts {
		if a.Email == args[0] && a.ExternalID == args[1] {
			return
		}
		if a.Email == args[0] {
			ts.Fatalf("the account of %s has the external ID %q, want %q", args[0], a.ExternalID, args[1])
		}
	}
	ts.Fatalf("no account has the e-mail %s", args[0])
}

func members(ts *testscript.TestScript, _ bool, args []string) {
	teams := on(ts).writer.State().Teams
	i := slices.IndexFunc(teams, func(t sandbox.Team) bool { return t.Name == args[0] })
	if i < 0 {
		ts.Fatalf("Writer has no team %s", args[0])
	}
	have := teams[i].Members
	if fmt.Sprint(len(have)) != args[1] {
		ts.Fatalf("%d members in %s, want %s", len(have), args[0], args[1])
	}
	for _, mail := range args[2:] {
		if !slices.Contains(have, mail) {
			ts.Fatalf("%s is not in %s, which has %d members", mail, args[0], len(have))
		}
	}
}

func writes(ts *testscript.TestScript, _ bool, args []string) {
	s := on(ts)
	all := s.writer.Counts().Writes
	if got := all - s.wrote; len(args) > 0 && fmt.Sprint(got) != args[0] {
		ts.Fatalf("%d requests wrote, want %s", got, args[0])
	}
	s.wrote = all
}

func postTo(ts *testscript.TestScript, _ bool, args []string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", ts.MkAbs("s.sock"))
	}}}
	resp, err := client.Post("http://writersync"+args[1], "application/json", strings.NewReader(os.Expand(args[2], ts.Getenv)))
	ts.Check(err)
	body, err := io.ReadAll(resp.Body)
	ts.Check(errors.Join(err, resp.Body.Close()))
	if fmt.Sprint(resp.StatusCode) != args[0] {
		ts.Fatalf("the daemon answers %d, want %s:\n%s", resp.StatusCode, args[0], body)
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	want, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	if got := info.Mode().Perm(); got != os.FileMode(want) {
		ts.Fatalf("%s has mode %04o, want %04o", args[0], got, want)
	}
}

func writeCompany(ts *testscript.TestScript, _ bool, args []string) {
	c, err := parseCompany(args)
	ts.Check(err)
	ts.Check(c.write(ts.MkAbs("people.csv"), c.people))
	ts.Check(c.write(ts.MkAbs("groups.csv"), c.groups))
}

// A madeUp company has the users from first to before end. The ID of a user is as long
// as a UUID, and the e-mail is u00000@example.com.
type madeUp struct {
	first, end int
	renewed    bool // the IDs are others
	teams      []madeUpGroups
}

// madeUpGroups are groups of the same size. Of several, each begins one user later.
type madeUpGroups struct {
	name   string
	number int // 1: the group is called by the name alone
	spans  []span
}

// A span is count users, from first on.
type span struct{ first, count int }

func parseSpan(text string) (s span, err error) {
	_, err = fmt.Sscanf(text, "%d+%d", &s.first, &s.count)
	return s, err
}

// parseCompany reads "FIRST+COUNT GROUP=FIRST+COUNT,...": the users of the company, and
// the members of each group, more than one span after commas. GROUP*N are N groups,
// GROUP-000 and so on. With new-ids, the users have other IDs than without.
func parseCompany(args []string) (madeUp, error) {
	users, err := parseSpan(args[0])
	if err != nil {
		return madeUp{}, fmt.Errorf("company: %s: %w", args[0], err)
	}
	c := madeUp{first: users.first, end: users.first + users.count}
	for _, arg := range args[1:] {
		if arg == "new-ids" {
			c.renewed = true
			continue
		}
		name, members, _ := strings.Cut(arg, "=")
		g := madeUpGroups{name: name, number: 1}
		if base, number, several := strings.Cut(name, "*"); several {
			g.name = base
			if g.number, err = strconv.Atoi(number); err != nil {
				return madeUp{}, fmt.Errorf("company: %s: %w", arg, err)
			}
		}
		for text := range strings.SplitSeq(members, ",") {
			s, err := parseSpan(text)
			if err != nil {
				return madeUp{}, fmt.Errorf("company: %s: %w", arg, err)
			}
			g.spans = append(g.spans, s)
		}
		c.teams = append(c.teams, g)
	}
	return c, nil
}

// write writes a file aside and puts it in place, as an exporting program does.
func (c madeUp) write(path string, content func(*bufio.Writer)) error {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	content(w)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (c madeUp) id(user int) string {
	variant := 8
	if c.renewed {
		variant = 9
	}
	return fmt.Sprintf("00000000-0000-4000-%d000-%012d", variant, user)
}

func (c madeUp) people(w *bufio.Writer) {
	fmt.Fprintln(w, "id,email,display_name")
	for i := c.first; i < c.end; i++ {
		fmt.Fprintf(w, "%s,u%05d@example.com,User %d\n", c.id(i), i, i)
	}
}

func (c madeUp) groups(w *bufio.Writer) {
	fmt.Fprintln(w, "group_id,group,member")
	for _, g := range c.teams {
		for n := range g.number {
			name := g.name
			if g.number > 1 {
				name = fmt.Sprintf("%s-%03d", g.name, n)
			}
			for _, s := range g.spans {
				for i := range s.count {
					fmt.Fprintf(w, "%s,%s,%s\n", name, name, c.id((s.first+n+i)%c.end))
				}
			}
		}
	}
}
