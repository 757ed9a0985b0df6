package demo

import (
	"iter"
	"time"
)

// Area yields what every source sends about every person, one person after another.
// people counts the cast in; the area has at least those five.
func Area(seed uint64, people int, today time.Time) iter.Seq[Bundle] {
	return func(yield func(Bundle) bool) {
		a := newArea(seed, people, today)
		for _, p := range a.people {
			for _, s := range a.sheaves(p) {
				if !yield(s.bundle()) {
					return
				}
			}
		}
	}
}
