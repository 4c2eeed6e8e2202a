package sambatest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// install says how to get what is missing.
const install = "on Debian: apt-get install --no-install-recommends samba samba-ad-dc samba-ad-provision samba-dsdb-modules ldb-tools winbind"

// program finds a program of Samba, which may be outside the PATH of ordinary users.
func program(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is not installed; %s", name, install)
	return ""
}

// run runs a program of Samba to its end.
func run(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, name), args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s\nIf something of Samba is missing: %s", name, args[0], err, out, install)
	}
	return string(out)
}

// made returns a directory with a domain of these options, which nobody changes. It
// makes the domain if there is none yet.
func made(t testing.TB, o Options) string {
	t.Helper()
	cache := cacheDir(t)
	base := keep(t, cache, "domain", recipe(t), func(dir string) { provision(t, dir) })
	data := peopleLDIF(o)
	if data == "" {
		return base
	}
	return keep(t, cache, "people", base+"\n"+data, func(dir string) {
		copyDir(t, base, dir)
		writeConf(t, dir, "127.0.0.1")
		load(t, dir, data)
	})
}

// recipe is all that a domain without people is made from.
func recipe(t testing.TB) string {
	return strings.Join(append(provisionArgs("DIR"), unitsLDIF(), ReaderUser, Password, run(t, "", "samba", "--version")), "\n")
}

func provisionArgs(dir string) []string {
	return []string{
		"domain", "provision", "--realm=" + realm, "--domain=CORP", "--server-role=dc", "--dns-backend=NONE", "--adminpass=" + Password,
		"--targetdir=" + dir, "--host-ip=127.0.0.1", "--host-name=dc1", "--option=interfaces=lo", "--option=bind interfaces only=yes",
	}
}

func provision(t testing.TB, dir string) {
	t.Helper()
	run(t, "", "samba-tool", provisionArgs(dir)...)
	for _, d := range []string{"run", "ncalrpc", "cache", "private/tls"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatalf("make directory for samba: %v", err)
		}
	}
	conf := writeConf(t, dir, "127.0.0.1")
	load(t, dir, unitsLDIF())
	run(t, "", "samba-tool", "user", "create", "writersync", Password, "-H", "ldb://"+database(dir), "-s", conf)
}

func database(dir string) string { return filepath.Join(dir, "private", "sam.ldb") }

// perTransaction is how many entries are added at once: one transaction for all of many
// takes time by their square.
const perTransaction = 1000

// load adds entries before the domain controller runs: some 250 a second.
func load(t testing.TB, dir, ldif string) {
	t.Helper()
	entries := strings.SplitAfter(ldif, "\n\n")
	for some := range slices.Chunk(entries, perTransaction) {
		run(t, strings.Join(some, ""), "ldbadd", "--nosync", "-H", database(dir), "--configfile="+filepath.Join(dir, "etc", "smb.conf"))
	}
}

// writeConf writes the configuration of a domain controller that lives in dir and
// listens on one address, with LDAP and nothing else.
func writeConf(t testing.TB, dir, address string) string {
	t.Helper()
	conf := fmt.Sprintf(`[global]
	interfaces = %[2]s/8
	bind interfaces only = yes
	server role = active directory domain controller
	server services = ldap
	netbios name = DC1
	realm = %[3]s
	workgroup = CORP
	lock directory = %[1]s
	state directory = %[1]s/state
	cache directory = %[1]s/cache
	private dir = %[1]s/private
	binddns dir = %[1]s/bind-dns
	pid directory = %[1]s/run
	ncalrpc dir = %[1]s/ncalrpc
	winbindd socket directory = %[1]s/run/winbindd
	ntp signd socket directory = %[1]s/run/ntp
	log file = %[1]s/log.%%m
	tls enabled = yes
	tls keyfile = %[1]s/private/tls/key.pem
	tls certfile = %[1]s/private/tls/cert.pem
	tls cafile = %[1]s/private/tls/ca.pem
`, dir, address, realm)
	path := filepath.Join(dir, "etc", "smb.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatalf("write %s: %v", path, err)
	}
	return path
}

// keep returns the directory below cache that fill filled for a recipe, now or at some
// time before. Packages whose tests run at once wait for each other.
func keep(t testing.TB, cache, kind, recipe string, fill func(dir string)) string {
	t.Helper()
	sum := sha256.Sum256([]byte(recipe))
	dir := filepath.Join(cache, kind+"-"+hex.EncodeToString(sum[:8]))
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatalf("lock the cache: %v", err)
	}
	defer func() { _ = lock.Close() }() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatalf("lock the cache: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	unfinished := dir + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		t.Fatalf("clear the cache: %v", err)
	}
	if err := os.MkdirAll(unfinished, 0o700); err != nil {
		t.Fatalf("make the cache: %v", err)
	}
	fill(unfinished)
	if err := os.Rename(unfinished, dir); err != nil {
		t.Fatalf("keep a domain: %v", err)
	}
	return dir
}

// cacheDir returns the project's cache.
func cacheDir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			cache := filepath.Join(dir, ".cache", "sambatest")
			if err := os.MkdirAll(cache, 0o700); err != nil {
				t.Fatalf("make the cache: %v", err)
			}
			return cache
		}
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// copyDir copies a domain that does not run.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "cp", "-a", "--reflink=auto", from+"/.", to)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("copy a domain: %v\n%s", err, out)
	}
}
