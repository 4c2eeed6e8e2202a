package connectors

// hashes is a set of hashes: an open table of eight bytes a place, of which three quarters
// are taken at the most. A map takes twice as much.
type hashes struct {
	places []uint64 // zero: free; their number is a power of two
	n      int
}

// add puts a hash in, and reports whether it was not there before.
func (s *hashes) add(h uint64) bool {
	if h == 0 {
		h = 1 // one more collision in 2^64
	}
	if 4*(s.n+1) > 3*len(s.places) {
		old := s.places
		s.places = make([]uint64, max(64, 2*len(old)))
		for _, h := range old {
			if h != 0 {
				s.places[s.find(h)] = h
			}
		}
	}
	at := s.find(h)
	if s.places[at] == h {
		return false
	}
	s.places[at] = h
	s.n++
	return true
}

// find returns the place of a hash, or the one that is free for it.
func (s *hashes) find(h uint64) int {
	at := int(h & uint64(len(s.places)-1)) //nolint:gosec // below the number of places
	for s.places[at] != 0 && s.places[at] != h {
		at = (at + 1) % len(s.places)
	}
	return at
}
