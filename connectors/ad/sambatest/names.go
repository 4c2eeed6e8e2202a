package sambatest

import "fmt"

// Names of the sample domain.
const (
	DN         = "DC=corp,DC=example"
	UsersBase  = "OU=People," + DN // with OU=North and OU=South below it
	GroupsBase = "OU=Groups," + DN
	Elsewhere  = "OU=Elsewhere," + DN // what nobody reads
	Controller = "dc1.corp.example"

	ReaderUser    = "writersync@corp.example" // an ordinary account, which may read what everybody may
	Administrator = "administrator@corp.example"
	Password      = "Correct-Horse-7" // of both

	realm = "CORP.EXAMPLE"
)

// PersonName returns the account name of sample person i.
func PersonName(i int) string { return fmt.Sprintf("u%05d", i) }

// PersonDN returns the name of sample person i.
func PersonDN(i int) string {
	return fmt.Sprintf("CN=%s,OU=%s,%s", PersonName(i), [2]string{"North", "South"}[i%2], UsersBase)
}

// GroupDN returns the name of sample group i.
func GroupDN(i int) string { return fmt.Sprintf("CN=g%03d,%s", i, GroupsBase) }
