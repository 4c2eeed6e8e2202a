// Command evalorder is a check for go vet: in one list of expressions it finds those of
// which one reads a variable and another calls what may change it.
//
//	go vet -vettool=evalorder ./...
package main

import "golang.org/x/tools/go/analysis/unitchecker"

func main() { unitchecker.Main(analyzer()) }
