package record

import "github.com/maypok86/otter/v2"

// A cache holds whole persons, bounded in bytes. What it holds is never seen
// outside this package, and only ever together with a check of the log's head.
type cache struct{ c *otter.Cache[int64, *whole] }

func newCache(bytes uint64) (*cache, error) {
	c, err := otter.New(&otter.Options[int64, *whole]{
		MaximumWeight: bytes,
		Weigher:       func(_ int64, w *whole) uint32 { return uint32(min(w.size+1024, 1<<31)) },
	})
	return &cache{c}, err
}

// get returns the person as last seen, or nil.
func (c *cache) get(person int64) *whole {
	w, _ := c.c.GetIfPresent(person)
	return w
}

// put keeps w unless something later is there.
func (c *cache) put(w *whole) {
	if have := c.get(w.person); have != nil && (have.seq > w.seq || have.seq == w.seq && have.stored > w.stored) {
		return
	}
	c.c.Set(w.person, w)
}

// drop forgets a person.
func (c *cache) drop(person int64) { c.c.Invalidate(person) }
