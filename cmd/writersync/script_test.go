package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/writer/sandbox"
)

// scriptToken is looked for in everything that a script's programs print.
const scriptToken = "canary-of-the-scripts"

// TestScripts runs the stories of testdata/script: what people type, what they see
// and what the exit code is. Each has a stand-in Writer of its own ($WRITER, token
// in the file token) and a folder $WORK. The commands beside testscript's own:
//
//	exits CODE program args...   runs a program, which must end with that code
//	writer QUIRK...              the stand-in Writer behaves so from now on
//	invite EMAIL [TEAM...]       an admin invites somebody by hand, into teams that are made
//	retire EMAIL                 an admin deactivates an account by hand
//	drop EMAIL                   an admin deletes an account by hand
//	readdress EMAIL TO           an admin gives an account another address
//	website                      $WEBSITE answers everything with an HTML page
//	starts NAME program args...  runs a program in the background
//	await NAME TEXT              waits until it has printed the text
//	signals NAME HUP|TERM        sends it a signal
//	ends NAME [CODE]             waits for its end, at most ten seconds, with that code
//	get URL TEXT                 the page at the URL holds the text
//	locks FILE                   another process holds the state file
//	hash FILE                    $HASH is that of the first hold of an outcome as JSON
//	held FILE                    the same of a status as JSON
//	replace OLD NEW FROM TO      writes the file TO: FROM with OLD replaced
//	expand FROM TO               writes the file TO: FROM with its $VARIABLES filled in
//	socketof NAME                $SOCKET is the one that the demo named
//	bloats FILE                  the state file has more than 8 MiB, and most of that is free
//	sized FILE MOST              the file has at most so many KiB
func TestScripts(t *testing.T) {
	testscript.Run(t, scriptParams("script"))
}

// scriptParams are those of the scripts in a folder of testdata.
func scriptParams(folder string) testscript.Params {
	return testscript.Params{
		Dir: filepath.Join("testdata", folder),
		Setup: func(env *testscript.Env) error {
			if err := os.Chmod(env.WorkDir, 0o700); err != nil {
				return err
			}
			s := &stage{jobs: map[string]*job{}, repeaters: map[string]*repeater{}}
			env.Values[stageKey{}] = s
			env.Defer(s.close)
			return s.setUp(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "writer": quirks, "invite": invite, "retire": retire, "drop": drop, "readdress": readdress, "website": website, "starts": starts, "await": await,
			"signals": signals, "ends": ends, "get": get, "locks": locks, "hash": hash, "held": held, "replace": replace, "expand": expand, "socketof": socketOf,
			"bloats": bloats, "sized": sized, "reactivated": reactivated, "noteam": noTeam,
			"company": writeCompany, "approves": approves, "capture": capture, "active": active, "carries": carries, "relabel": relabel, "members": members, "stall": stall, "stalled": stalled,
			"release": release, "mode": mode, "writes": writes, "clock": clock, "repeats": repeats, "repeated": repeated, "post": postTo,
		},
	}
}

type stageKey struct{}

// stage is what stands around one script.
type stage struct {
	writer    *sandbox.Server
	valve     *valve // between the program and the stand-in Writer
	wrote     int    // requests that a script knows of; see writes
	jobs      map[string]*job
	repeaters map[string]*repeater
	closes    []func()

	clocked func() (program string, err error) // whose clock can be set; of rows alone
	tb      testing.TB                         // that a server of a row ends with
	source  any                                // *slapdtest.Server or *oktatest.Org, where a row starts one
}

func (s *stage) setUp(env *testscript.Env) error {
	var err error
	s.writer, err = sandbox.Listen(env.T().(testing.TB).Context(), 0, sandbox.New(sandbox.Options{
		Token: scriptToken, Teams: []string{"Engineering", "Sales"}, DefaultTeam: "Everyone",
	}))
	if err != nil {
		return err
	}
	s.valve = &valve{writer: s.writer.Sandbox}
	front := httptest.NewServer(s.valve)
	s.closes = append(s.closes, front.Close)
	url := front.URL + sandbox.BasePath
	free, err := freePort()
	if err != nil {
		return err
	}
	env.Setenv("WRITER", url)
	env.Setenv("METRICS", free)
	files := map[string]string{"token": scriptToken + "\n", "wrong-token": "another\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	// The configuration of most scripts; they write the people.
	text := strings.NewReplacer("$WRITER", url, "$METRICS", free, "$WORK", env.WorkDir).Replace(scriptConfig)
	return os.WriteFile(filepath.Join(env.WorkDir, "ws.yml"), []byte(text), 0o600)
}

const scriptConfig = `writer:
  url: $WRITER
  token: {file: $WORK/token}
  default_team: Everyone
  pace: {start: 6000, max: 60000}
sources:
  - name: hr
    type: file
    people: $WORK/people.csv
    groups: $WORK/groups.csv
    whole: rename
teams:
  - {group: engineering, team: Engineering}
  - {group: sales, team: Sales}
protected: []
state: {path: $WORK/state.db}
listen: {socket: $WORK/s.sock, metrics: "$METRICS"}
schedule: {every: 1h}
`

// freePort returns a loopback address that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *stage) close() {
	for _, j := range s.jobs {
		_ = j.cmd.Process.Kill()
		<-j.done
	}
	for _, c := range s.closes {
		c()
	}
	_ = s.writer.Close()
}

func on(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// discreet fails the script if the token was printed.
func discreet(ts *testscript.TestScript, what string) {
	if strings.Contains(what, scriptToken) {
		ts.Fatalf("the token is shown:\n%s", what)
	}
	if strings.Contains(what, "goroutine ") {
		ts.Fatalf("a stack is shown:\n%s", what)
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	discreet(ts, ts.ReadFile("stdout")+ts.ReadFile("stderr"))
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func quirks(ts *testscript.TestScript, _ bool, names []string) {
	var q sandbox.Quirks
	for _, name := range names {
		quirk, ok := sandbox.FindQuirk(name)
		if !ok {
			ts.Fatalf("no quirk %s", name)
		}
		quirk.Set(&q)
	}
	on(ts).writer.Set(q)
}

func invite(ts *testscript.TestScript, _ bool, args []string) {
	w := on(ts).writer
	w.Invite(args[0])
	for _, team := range args[1:] {
		if !slices.ContainsFunc(w.State().Teams, func(t sandbox.Team) bool { return t.Name == team }) {
			w.AddTeam(team)
		}
		w.Join(args[0], team)
	}
}

func retire(ts *testscript.TestScript, _ bool, args []string) {
	on(ts).writer.SetActive(args[0], false)
}

func drop(ts *testscript.TestScript, _ bool, args []string) { on(ts).writer.Delete(args[0]) }

func readdress(ts *testscript.TestScript, _ bool, args []string) {
	on(ts).writer.SetEmail(args[0], args[1])
}

func website(ts *testscript.TestScript, _ bool, _ []string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>Please sign in</body></html>")
	}))
	on(ts).closes = append(on(ts).closes, s.Close)
	ts.Setenv("WEBSITE", s.URL)
}

// job is a program in the background.
type job struct {
	cmd  *exec.Cmd
	done chan struct{}
	code int

	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // has a value when there is more
}

func (j *job) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case j.wrote <- struct{}{}:
	default:
	}
	return j.text.Write(p)
}

func (j *job) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func starts(ts *testscript.TestScript, _ bool, args []string) {
	j := &job{cmd: inBackground(context.Background(), ts, args[1:]), done: make(chan struct{}), wrote: make(chan struct{}, 1)}
	j.cmd.Stdout, j.cmd.Stderr = j, j
	ts.Check(j.cmd.Start())
	on(ts).jobs[args[0]] = j
	go func() {
		_ = j.cmd.Wait() // the code says it
		j.code = j.cmd.ProcessState.ExitCode()
		close(j.done)
	}()
}

// inBackground returns a program that testscript does not wait for. It is killed when ctx
// ends.
func inBackground(ctx context.Context, ts *testscript.TestScript, args []string) *exec.Cmd {
	path, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	cmd := exec.CommandContext(ctx, filepath.Join(path, args[0]), args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"), clockVariable+"="+ts.Getenv(clockVariable))
	return cmd
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	j := on(ts).jobs[args[0]]
	limit := time.After(20 * time.Second)
	for !strings.Contains(j.String(), args[1]) {
		select {
		case <-j.wrote:
		case <-j.done:
			if !strings.Contains(j.String(), args[1]) {
				ts.Fatalf("%s ended with code %d:\n%s", args[0], j.code, j.String())
			}
		case <-limit:
			ts.Fatalf("%s did not print %q:\n%s", args[0], args[1], j.String())
		}
	}
	discreet(ts, j.String())
}

func signals(ts *testscript.TestScript, _ bool, args []string) {
	signal := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}[args[1]]
	ts.Check(on(ts).jobs[args[0]].cmd.Process.Signal(signal))
}

func ends(ts *testscript.TestScript, _ bool, args []string) {
	j := on(ts).jobs[args[0]]
	select {
	case <-j.done:
	case <-time.After(10 * time.Second):
		ts.Fatalf("%s does not end:\n%s", args[0], j.String())
	}
	discreet(ts, j.String())
	if len(args) > 1 && fmt.Sprint(j.code) != args[1] {
		ts.Fatalf("%s ended with code %d, want %s:\n%s", args[0], j.code, args[1], j.String())
	}
	delete(on(ts).jobs, args[0])
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	resp, err := http.Get(args[0]) //nolint:noctx // loopback
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	_, err = b.ReadFrom(resp.Body)
	ts.Check(err)
	if !strings.Contains(b.String(), args[1]) {
		ts.Fatalf("%s lacks %q:\n%s", args[0], args[1], b.String())
	}
}

func locks(ts *testscript.TestScript, _ bool, args []string) {
	db, err := state.Open(context.Background(), ts.MkAbs(args[0]), state.Options{})
	ts.Check(err)
	on(ts).closes = append(on(ts).closes, func() { _ = db.Close() })
}

func hash(ts *testscript.TestScript, _ bool, args []string) {
	var outcome syncer.Outcome
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &outcome))
	if len(outcome.Plan.Held) == 0 {
		ts.Fatalf("nothing is held")
	}
	ts.Setenv("HASH", outcome.Plan.Held[0].Hash().Short())
}

func held(ts *testscript.TestScript, _ bool, args []string) {
	var status syncer.Status
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &status))
	if len(status.Last.Held) == 0 {
		ts.Fatalf("nothing is held")
	}
	ts.Setenv("HASH", status.Last.Held[0].Hash().Short())
}

func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile(args[2]), args[0], args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(text), 0o600))
}

func expand(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

var demoSocket = regexp.MustCompile(`--socket (\S+)`)

func socketOf(ts *testscript.TestScript, _ bool, args []string) {
	found := demoSocket.FindStringSubmatch(on(ts).jobs[args[0]].String())
	if found == nil {
		ts.Fatalf("no socket is named:\n%s", on(ts).jobs[args[0]].String())
	}
	ts.Setenv("SOCKET", found[1])
}

// reactivated makes an admin of Writer reactivate an account: reactivated EMAIL.
func reactivated(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: reactivated EMAIL")
	}
	on(ts).writer.SetActive(args[0], true)
}

// noTeam deletes a team in Writer: noteam NAME.
func noTeam(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: noteam NAME")
	}
	on(ts).writer.RemoveTeam(args[0])
}
