package config

import (
	"embed"
	"fmt"
)

//go:embed example.yml schema.json
var embedded embed.FS

// The embedded files. schema.json is the schema of the types of this package with
// their comments, which a program does not have when it runs; a test keeps it up
// to date.
const (
	exampleFile = "example.yml"
	schemaFile  = "schema.json"
)

// Example returns a configuration file that explains every key and can be loaded
// as it is.
func Example() ([]byte, error) {
	b, err := embedded.ReadFile(exampleFile)
	if err != nil {
		return nil, fmt.Errorf("read embedded example: %w", err)
	}
	return b, nil
}
