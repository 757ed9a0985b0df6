package chain

import (
	"fmt"
	"slices"
)

// align tells what has become of the lines at the odd places. What the tree has
// is how it was, the rows are how it is now. A run of odd places next to each
// other is compared as two versions of a text are.
func (v *verifier) align() {
	v.origins()
	for odd := v.odd; len(odd) > 0; {
		end := 1
		for end < len(odd) && odd[end].n == odd[end-1].n+1 {
			end++
		}
		v.run(odd[:end])
		odd = odd[end:]
	}
}

// nowhere is where a line was that the tree does not have.
const nowhere = -1

// origins finds where each odd line was, and which places miss their line.
func (v *verifier) origins() {
	was := map[Hash]int64{}
	numbers := map[int64][]int64{} // of each subject: a line may be under a number that was another's
	for _, p := range v.odd {
		if p.node != nil {
			was[*p.node] = p.n
		}
		if p.row {
			numbers[p.leaf.Subject] = append(numbers[p.leaf.Subject], p.leaf.J)
		}
	}
	found := map[int64]bool{}
	for i := range v.odd {
		p := &v.odd[i]
		p.from = nowhere
		if !p.row {
			continue
		}
		if at, ok := was[p.leaf.Record()]; ok && !found[at] {
			p.from, p.same = at, true
		} else if js := numbers[p.leaf.Subject]; len(js) < 1000 {
			for _, j := range js {
				as := *p.leaf
				as.J = j
				if at, ok := was[as.Record()]; ok && !found[at] {
					p.from = at
				}
			}
		}
		found[p.from] = true
	}
	for i := range v.odd {
		p := &v.odd[i]
		p.missed = p.node != nil && !found[p.n]
	}
}

// run tells about one run of odd places. Lines that kept their order only made
// room for others and are not to blame. Between two of them, a line that was
// nowhere and a place that misses its line are one changed line.
func (v *verifier) run(places []place) {
	first, last := places[0].n, places[len(places)-1].n
	var here []place
	for _, p := range places {
		switch {
		case p.row && p.same && p.from >= first && p.from <= last:
			here = append(here, p)
		case p.row && p.from != nowhere:
			v.moved(p)
		}
	}
	kept := rising(here)
	for _, p := range here {
		if !kept[p.n] {
			v.moved(p)
		}
	}
	from := first // of the tree: places before it are accounted for
	var strange []place
	flush := func(to int64) {
		var missed []place
		for ; from < to; from++ {
			if p := places[from-first]; p.missed {
				missed = append(missed, p)
			}
		}
		v.pair(strange, missed, to == v.Size)
		strange = nil
	}
	for _, p := range places {
		switch {
		case kept[p.n]:
			flush(p.from)
			from = p.from + 1
		case p.row && p.from == nowhere:
			strange = append(strange, p)
		}
	}
	flush(last + 1)
}

func (v *verifier) moved(p place) {
	v.find(Finding{Subject: p.leaf.Subject, J: p.leaf.J, N: p.n, What: Reordered, Why: fmt.Sprintf("It was line %d.", p.from)})
}

// pair tells about lines that were nowhere and places that miss their line, both
// between the same neighbours. At the end of the tree, what is missed was cut.
func (v *verifier) pair(strange, missed []place, end bool) {
	n := min(len(strange), len(missed))
	for i, p := range strange {
		f := Finding{Subject: p.leaf.Subject, J: p.leaf.J, N: p.n, What: Changed, Why: "It is not what was put into the tree."}
		if i >= n {
			f.What, f.Why = Inserted, "It was never put into the tree."
		}
		v.find(f)
	}
	missed = missed[n:]
	if end && len(missed) > 0 && !slices.ContainsFunc(missed, func(p place) bool { return p.leaf != nil }) {
		v.find(Finding{N: missed[0].n, To: missed[len(missed)-1].n, What: Cut, Why: "The tree goes on, and the lines do not."})
		return
	}
	for _, p := range missed {
		v.find(Finding{Subject: p.who.Subject, J: p.who.J, N: p.n, What: Dropped, Why: "The tree has it, and there is no such line."})
	}
}

// rising picks as many lines as can be whose order is the order they had.
func rising(lines []place) map[int64]bool {
	var ends []int // of the best row of each length, the one that ends lowest
	before := make([]int, len(lines))
	for i, p := range lines {
		at, _ := slices.BinarySearchFunc(ends, p.from, func(e int, from int64) int { return int(min(max(lines[e].from-from, -1), 1)) })
		before[i] = -1
		if at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		} else {
			ends[at] = i
		}
	}
	kept := map[int64]bool{}
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			kept[lines[i].n] = true
		}
	}
	return kept
}
