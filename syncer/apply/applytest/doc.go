// Package applytest is Writer in memory, for tests of what applies plans: it
// keeps its own ledger of what was done to it, and can fail, lose an answer or
// refuse on request.
package applytest
