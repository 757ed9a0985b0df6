package record

import "sync/atomic"

// Stats are counts of what went through the door of this server since it opened: for
// whoever keeps it alive. Nothing in them tells about whom, or by whom.
type Stats struct {
	Looks    int64 // lines of the journal that say what was shown
	Refusals int64 // those that say that nothing was
	Changes  int64 // what people changed; imports and links of records are not counted
	Hits     int64 // persons who were opened from the cache
	Misses   int64 // persons who were read from the database, or whose log had gone on
}

// Stats answers the counts. They are of slightly different instants.
func (d *Door) Stats() Stats {
	s := &d.stats
	return Stats{d.looks.shown.Load(), d.looks.refused.Load(), s.changes.Load(), s.hits.Load(), s.misses.Load()}
}

type stats struct{ changes, hits, misses atomic.Int64 }

// count counts lines that are on disk.
func (l *looks) count(all []*waitingLooks) {
	for _, w := range all {
		for _, line := range w.lines {
			if line.judged == "shown" {
				l.shown.Add(1)
			} else {
				l.refused.Add(1)
			}
		}
	}
}
