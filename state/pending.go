package state

import (
	"maps"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// pending holds the heads of readings that found nothing changed. Such a reading
// has nothing else to store, and a commit of its own would cost as much as the
// record of the pass: its head goes into the next transaction, whatever that is
// for. So nothing durable ever rests on a generation that is not, and what a crash
// can take is that the same records were stated once more.
type pending struct {
	mu    sync.Mutex
	heads map[string]head // by source
}

func newPending() *pending { return &pending{heads: map[string]head{}} }

func (p *pending) set(source string, h head) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heads[source] = h
}

func (p *pending) get(source string) (h head, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, ok = p.heads[source]
	return h, ok
}

func (p *pending) all() map[string]head {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.heads)
}

// drop forgets heads that are durable now, but not those that came meanwhile.
func (p *pending) drop(written map[string]head) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for source, h := range written {
		if p.heads[source] == h {
			delete(p.heads, source)
		}
	}
}

// update runs fn in a transaction that writes; it is durable when update returns,
// and so is what was pending. Transactions run one after the other.
func (db *DB) update(fn func(*bolt.Tx) error) error {
	var written map[string]head
	err := contain(db.path, func() error {
		return db.bolt.Update(func(tx *bolt.Tx) error {
			tx.DB().AllocSize = growth(tx.Size()) // read at the end of this transaction
			written = db.codec.pending.all()
			for source, h := range written {
				if err := db.codec.writeHead(tx, source, h); err != nil {
					return err
				}
			}
			return fn(tx)
		})
	})
	if err == nil {
		db.codec.pending.drop(written)
	}
	return err
}

// growth is by how many bytes a file of that size grows at a time. bbolt's own 16 MiB
// would be ten times what a small company needs.
func growth(size int64) int { return int(min(max(size/8, 128<<10), 16<<20)) }

// settle makes durable what is pending.
func (db *DB) settle() error {
	if len(db.codec.pending.all()) == 0 {
		return nil
	}
	return db.update(func(*bolt.Tx) error { return nil })
}
