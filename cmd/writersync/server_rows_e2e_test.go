//go:build e2e

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"writersync/connectors/ldap/slapdtest"
	"writersync/connectors/okta/oktatest"
)

// TestServerRows is TestRows for rows that read a real slapd, or the stand-in Okta. Users are
// numbers: N or FIRST+COUNT. The commands beside those of TestRows:
//
//	slapd [changes] 0+COUNT GROUP=USERS...
//	                            starts one, which may tell what changed, with users in ou=north and
//	                            ou=south by turns; sets $LDAPS, $CA and $READER, and writes the
//	                            reader's password to a file
//	set USERS ATTRIBUTE [VALUE...]
//	                            replaces the values of an attribute
//	list GROUP USERS...         replaces the members of a group; a new one is made
//	access [RULE...]            puts these rules of slapd.access(5) before the usual ones
//	moves USERS UNIT            puts the users into another unit, which is made; no group follows
//	renames DN RDN              gives an entry another relative name
//	okta USERS GROUP:TYPE:ID=USERS...
//	                            starts one; sets $OKTA, and writes its token to a file
//	deprovision USERS           they leave
//	becomes N                   waits until Writer has so many active accounts, at most a minute
//	settles                     runs `sync`, and approves what waits, until nothing does
func TestServerRows(t *testing.T) {
	runRows(t, "server-rows", map[string]func(*testscript.TestScript, bool, []string){
		"slapd": startSlapd, "set": setAttribute, "list": listMembers, "access": setAccess, "moves": moveUsers, "renames": renameEntry,
		"okta": startOkta, "deprovision": deprovision, "becomes": becomes, "settles": settle,
	})
}

func users(ts *testscript.TestScript, text string) (out []int) {
	if !strings.Contains(text, "+") {
		text += "+1"
	}
	s, err := parseSpan(text)
	ts.Check(err)
	for i := range s.count {
		out = append(out, s.first+i)
	}
	return out
}

func namesOf(ts *testscript.TestScript, spans []string) (out []string) {
	for _, span := range spans {
		for _, i := range users(ts, span) {
			out = append(out, slapdtest.PersonDN(i))
		}
	}
	return out
}

func slapdOf(ts *testscript.TestScript) *slapdtest.Server { return on(ts).source.(*slapdtest.Server) }

func startSlapd(ts *testscript.TestScript, _ bool, args []string) {
	options := slapdtest.Options{Sync: slapdtest.NoSync}
	if args[0] == "changes" {
		options.Sync, args = slapdtest.SyncLog, args[1:]
	}
	people, err := parseSpan(args[0])
	ts.Check(err)
	options.People = people.count
	s := slapdtest.Start(on(ts).tb, options)
	on(ts).source = s
	ts.Setenv("LDAPS", s.SecureURL)
	ts.Setenv("CA", s.CAFile)
	ts.Setenv("READER", slapdtest.ReaderDN)
	ts.Check(os.WriteFile(ts.MkAbs("password"), []byte(slapdtest.Password), 0o600))
	for _, arg := range args[1:] {
		name, members, _ := strings.Cut(arg, "=")
		listMembers(ts, false, append([]string{name}, strings.Split(members, ",")...))
	}
}

func setAttribute(ts *testscript.TestScript, _ bool, args []string) {
	for _, i := range users(ts, args[0]) {
		slapdOf(ts).Modify(slapdtest.PersonDN(i), args[1], args[2:]...)
	}
}

func listMembers(ts *testscript.TestScript, _ bool, args []string) {
	s, dn, members := slapdOf(ts), "cn="+args[0]+","+slapdtest.GroupsBase, namesOf(ts, args[1:])
	if s.Members(slapdtest.GroupsBase)[dn] == nil {
		s.Add(dn, map[string][]string{"objectClass": {"groupOfNames"}, "member": members})
		return
	}
	s.Modify(dn, "member", members...)
}

func setAccess(ts *testscript.TestScript, _ bool, rules []string) { slapdOf(ts).SetAccess(rules...) }

func moveUsers(ts *testscript.TestScript, _ bool, args []string) {
	unit := "ou=" + args[1] + "," + slapdtest.UsersBase
	slapdOf(ts).Add(unit, map[string][]string{"objectClass": {"organizationalUnit"}})
	for _, i := range users(ts, args[0]) {
		slapdOf(ts).Move(slapdtest.PersonDN(i), "uid="+slapdtest.PersonUID(i), unit)
	}
}

func renameEntry(ts *testscript.TestScript, _ bool, args []string) {
	slapdOf(ts).Move(args[0], args[1], "")
}

func startOkta(ts *testscript.TestScript, _ bool, args []string) {
	org := oktatest.New().Serve(on(ts).tb)
	org.Allow(oktaToken)
	on(ts).source = org
	ts.Setenv("OKTA", org.URL)
	ts.Check(os.WriteFile(ts.MkAbs("okta-token"), []byte(oktaToken), 0o600))
	for _, i := range users(ts, args[0]) {
		org.Put(oktaPerson(i))
	}
	for _, arg := range args[1:] {
		words, members, _ := strings.Cut(arg, "=")
		named := strings.Split(words, ":")
		group := oktatest.Group{Name: named[0], Type: named[1], ID: named[2]}
		for _, i := range users(ts, members) {
			group.Members = append(group.Members, oktaPerson(i).ID)
		}
		org.PutGroup(group)
	}
}

func deprovision(ts *testscript.TestScript, _ bool, args []string) {
	for _, i := range users(ts, args[0]) {
		gone := oktaPerson(i)
		gone.Status = "DEPROVISIONED"
		on(ts).source.(*oktatest.Org).Put(gone)
	}
}

func becomes(ts *testscript.TestScript, _ bool, args []string) {
	limit := time.After(time.Minute)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for fmt.Sprint(activeAccounts(ts)) != args[0] {
		select {
		case <-look.C:
		case <-limit:
			ts.Fatalf("%d active accounts, want %s", activeAccounts(ts), args[0])
		}
	}
}

func settle(ts *testscript.TestScript, _ bool, _ []string) {
	const most = 8
	for range most {
		var exit *exec.ExitError
		err := ts.Exec("writersync", "-c", "ws.yml", "sync")
		switch {
		case err == nil:
			return
		case !errors.As(err, &exit) || !slices.Contains([]int{exitHeld, exitSkips}, exit.ExitCode()):
			ts.Fatalf("sync: %v\n%s", err, ts.ReadFile("stderr"))
		case exit.ExitCode() == exitHeld:
			approves(ts, false, nil)
		}
	}
	ts.Fatalf("something still waits after %d runs:\n%s", most, ts.ReadFile("stdout"))
}
