package file_test

import (
	"maps"
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/file"
)

func TestConformance(t *testing.T) {
	const (
		byID   = "lists name people by what they are known by"
		unseen = "who is not in the file is nowhere else"
	)
	csv := map[connectortest.Trait]string{connectortest.NamedMembers: byID, connectortest.MissingValues: "a column is there for everybody or for nobody", connectortest.OutOfSight: unseen}
	json := map[connectortest.Trait]string{connectortest.NamedMembers: byID, connectortest.InvalidUTF8: "JSON is UTF-8", connectortest.OutOfSight: unseen}
	noWire := map[connectortest.Lie]string{
		connectortest.RepeatedCursor: "a file has no pages",
		connectortest.ForeignLink:    "a file leads nowhere",
		connectortest.Refusal:        "there is no credential",
	}
	promised := maps.Clone(noWire)
	promised[connectortest.ShortPage] = "the administrator promised that files are put in place whole"
	for name, h := range map[string]connectortest.Harness{
		"csv with a checksum": {Directory: newFolder(".csv", file.Checksum), Lacks: csv, Cannot: noWire},
		"csv by rename":       {Directory: newFolder(".csv", file.Rename), Lacks: csv, Cannot: promised},
		"json":                {Directory: newFolder(".json", file.Checksum), Lacks: json, Cannot: noWire},
	} {
		t.Run(name, func(t *testing.T) { connectortest.Run(t, h) })
	}
}
