package main

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// TestEvaluationOrder holds the check against the lines of testdata that it must report,
// and against those that it must not.
func TestEvaluationOrder(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), analyzer(), "a")
}
