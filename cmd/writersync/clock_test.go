package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// clockVariable is how far the clock of a program that buildClocked made is off; none
// says that it is right.
const clockVariable = "WRITERSYNC_CLOCK"

// clockedNow takes the place of the first line of time.Now.
const clockedNow = `var clockOffset = func() Duration {
	text, _ := syscall.Getenv("` + clockVariable + `")
	offset, _ := ParseDuration(text)
	return offset
}()

func Now() Time {
	t := machineNow().Add(clockOffset)
	t.stripMono()
	return t
}

func machineNow() Time {
`

// buildClocked builds the program of a folder with a clock that can be set from outside:
// the standard library's time.Now is compiled with an offset. The program itself needs
// nothing for it, and that of an old commit has such a clock too.
func buildClocked(ctx context.Context, folder, to string) error {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the standard library: %w", err)
	}
	from := filepath.Join(string(bytes.TrimSpace(goroot)), "src", "time", "time.go")
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text := string(source)
	for old, replacement := range map[string]string{"func Now() Time {\n": clockedNow, "import (\n": "import (\n\t\"syscall\"\n"} {
		if strings.Count(text, old) != 1 {
			return fmt.Errorf("%s is written otherwise than buildClocked knows: it has %q %d times", from, old, strings.Count(text, old))
		}
		text = strings.Replace(text, old, replacement, 1)
	}
	changed, overlay := to+".time.go", to+".overlay.json"
	list, err := json.Marshal(map[string]map[string]string{"Replace": {from: changed}})
	if err != nil {
		return err
	}
	for path, content := range map[string]string{changed: text, overlay: string(list)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return build(ctx, folder, to, "-overlay", overlay)
}

// build builds the program of a folder.
func build(ctx context.Context, folder, to string, flags ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-o", to}, flags...)...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return nil
}

// clock sets the clock of the programs that a script runs from here on, before or behind
// the real one.
func clock(ts *testscript.TestScript, _ bool, args []string) {
	_, err := time.ParseDuration(args[0])
	ts.Check(err)
	program, err := on(ts).clocked()
	ts.Check(err)
	ts.Setenv(clockVariable, args[0])
	ts.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+ts.Getenv("PATH"))
}
