package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"writersync/connectors"
	"writersync/connectors/ldap"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

// export writes what only Writer has to a file, for the directory's admin to load.
func (a *app) export(o importOrder, r match.Report) error {
	work := r.Work("")
	if work.Empty() {
		return a.showWork("", work)
	}
	err := o.file().save(func(w io.Writer) error {
		if o.base != "" {
			return exportLDIF(w, o.base, work)
		}
		return exportCSV(w, work)
	})
	if err != nil {
		return err
	}
	return a.show(work, func(w io.Writer) {
		writeWork(w, work)
		fmt.Fprintf(w, "Written to %s: %s. Nothing was changed.\n", o.export, workPhrase(work))
	})
}

// file is where an export goes: LDIF if there is a base for it, else CSV.
func (o importOrder) file() output {
	if o.base != "" {
		return output{path: o.export, what: "export", isOne: ldap.IsExport}
	}
	return output{path: o.export, what: "export", isOne: isExportCSV}
}

func exportLDIF(w io.Writer, base string, work match.Work) error {
	at := map[plan.RemoteID]int{}
	users := make([]connectors.NewUser, len(work.Users))
	for i, u := range work.Users {
		users[i] = connectors.NewUser{Email: u.Address(), Attributes: u.Attributes}
		at[u.Account] = i
	}
	groups := make([]ldap.ExportGroup, len(work.Groups))
	for i, g := range work.Groups {
		groups[i].Name = g.Name
		for _, account := range g.Accounts {
			groups[i].Members = append(groups[i].Members, at[account])
		}
	}
	return ldap.WriteLDIF(w, base, users, groups)
}

// exportColumns are the first line of an export as CSV.
const exportColumns = "of,writer_id,name,email,given_name,family_name,title,teams,members"

// isExportCSV reports whether a file was written by exportCSV.
func isExportCSV(content []byte) bool { return bytes.HasPrefix(content, []byte(exportColumns+"\n")) }

// exportCSV writes one row for each user, with the teams, and then one for each
// team, with its members.
func exportCSV(w io.Writer, work match.Work) error {
	teams, mails := map[plan.RemoteID][]string{}, map[plan.RemoteID]string{}
	for _, u := range work.Users {
		mails[u.Account] = u.Address()
	}
	for _, g := range work.Groups {
		for _, account := range g.Accounts {
			teams[account] = append(teams[account], g.Name)
		}
	}
	rows := [][]string{strings.Split(exportColumns, ",")}
	for _, u := range work.Users {
		rows = append(rows, []string{
			"user", string(u.Account), u.Name, u.Address(), u.Attributes[connectors.GivenName], u.Attributes[connectors.FamilyName],
			u.Attributes[connectors.Title], strings.Join(teams[u.Account], "; "), "",
		})
	}
	for _, g := range work.Groups {
		var members []string
		for _, account := range g.Accounts {
			members = append(members, mails[account])
		}
		rows = append(rows, []string{"team", string(g.Team), g.Name, "", "", "", "", "", strings.Join(members, "; ")})
	}
	return writeCSV(w, rows)
}
