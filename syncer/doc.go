// Package syncer runs one pass: it reads the sources, plans, screens with the
// rails, applies and records.
//
// It declares what it needs of its surroundings (Store, Target, Source) and must
// not know how Writer is spoken to, how the state is kept, what triggers a pass,
// or who asks.
//
// Its one invariant: a pass can stop anywhere, be killed anywhere, and the next
// one converges.
package syncer
