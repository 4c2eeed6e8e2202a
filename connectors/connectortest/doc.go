// Package connectortest is what tests of connectors, and of code that uses them,
// share: the conformance suite that every connector passes (Run), a directory in
// memory that fails and lies on request (Fake), what keeps what readings and changes
// state (Collect) and compares the two (WantSame), short ways to open, read and follow
// (Open, Read, Follow, Complete), and what an error and a faulty configuration must say
// (WantError, WantFaults).
//
// It must not know any connector: a Harness tells the suite how a directory is
// filled and which lies it can be made to tell.
//
// Its one invariant: nothing is passed over in silence. What a directory cannot
// hold and which lies it cannot tell must be declared with a reason, or the suite
// fails.
package connectortest
