package state

// stepBytes is how much one transaction of a merge writes, unless Options.Step says
// otherwise. bbolt holds a changed page in memory until the commit, twice: 16 MiB of
// neighbours are some 40 MiB there, and 16,384 records on as many pages 130 MiB.
const stepBytes = 16 << 20

// recordShare is the least that a record counts as: it may lie on a page of its own.
const recordShare = 1 << 10

// A step counts what the transaction under way has written.
type step struct {
	limit   int // bytes
	written int // bytes of keys and records
	records int
}

// wrote counts one record.
func (s *step) wrote(key, body []byte) {
	s.written += len(key) + recordHead + len(body)
	s.records++
}

// full reports that the rest is for the next transaction.
func (s *step) full() bool { return max(s.written, s.records*recordShare) >= s.limit }
