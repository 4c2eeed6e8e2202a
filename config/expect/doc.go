// Package expect holds a configuration against what people expect of it: who is to be
// in which team, how large a team may be, of whom nobody is provisioned.
//
// It reads files of expectations and fixtures, small directories written down, and
// judges the expectations by what plan makes of a directory. It must not know where
// that directory comes from, and reads and sends nothing itself.
//
// Its one invariant: an expectation about somebody, a team or a group that is not
// there does not hold, whatever it says of them. A typing error fails.
package expect
