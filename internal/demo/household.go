package demo

import (
	"math/rand/v2"
	"slices"
)

// A home is a household in the making: one address, and mostly one family.
type home struct {
	a      *area
	r      *rand.Rand
	at     address
	from   int // where the family comes from
	family int // its name, as a place in the origin's family names
	most   int
	all    []*resident
}

// kinds of households, with how many of a hundred are of each: what the census finds in
// this part of London, rounded.
var kinds = []struct {
	of   int
	fill func(*home)
}{
	{10, (*home).olderAlone},
	{7, (*home).olderCouple},
	{19, (*home).alone},
	{17, (*home).couple},
	{8, (*home).sharers},
	{21, (*home).family2},
	{9, (*home).family1},
	{5, (*home).threeGenerations},
	{4, (*home).grownChild},
}

// household makes a home and who lives there.
func (a *area) household(r *rand.Rand, most int) {
	h := &home{a: a, r: r, most: most}
	h.at = anAddress(r, pick(r, []int{0, 1, 1, 1, 2, 3, 4, 5, 6, 7})) // more where most of the cast is
	h.from = anOrigin(r)
	h.family = r.IntN(len(origins[h.from].family))
	n := r.IntN(100)
	for _, k := range kinds {
		if n -= k.of; n < 0 {
			k.fill(h)
			return
		}
	}
}

// add is one more who lives here; nil when the area is full.
func (h *home) add(woman bool, age int) *resident {
	if len(h.a.people) >= h.most {
		return nil
	}
	r := h.r
	p := &resident{home: h.at, from: h.from, woman: woman, mobile: aMobile(r)}
	p.born = h.a.today.AddDate(-age, 0, -14-r.IntN(350))
	for range 8 { // two of one name in a home are nobody's wish
		p.name = aName(r, h.from, woman, h.family, age)
		if !slices.ContainsFunc(h.all, func(o *resident) bool { return o.name.given == p.name.given }) {
			break
		}
	}
	if lang := origins[h.from].language; lang != "en" && age >= 50 && r.IntN(3) == 0 {
		p.speaks = lang
	}
	h.a.people = append(h.a.people, p)
	h.all = append(h.all, p)
	return p
}

// older is an age past retirement, fewer the older.
func (h *home) older() int { return 65 + min(h.r.IntN(32), h.r.IntN(38)) }

// somebody is a woman or a man.
func (h *home) somebody() bool { return h.r.IntN(2) == 0 }

func (h *home) olderAlone() { h.add(h.r.IntN(3) > 0, h.older()) }

func (h *home) alone() { h.add(h.r.IntN(5) < 2, 20+h.r.IntN(45)) }

func (h *home) olderCouple() {
	age := min(h.older(), 88)
	kin(h.add(true, age), h.add(false, age-2+h.r.IntN(6)), "spouse", "spouse")
}

func (h *home) couple() {
	age := 24 + h.r.IntN(40)
	kin(h.add(true, age), h.add(h.r.IntN(15) == 0, max(20, age-3+h.r.IntN(8))), "partner", "partner")
}

// sharers are young and no relations.
func (h *home) sharers() {
	for range 2 + h.r.IntN(3) {
		h.from = anOrigin(h.r)
		h.family = h.r.IntN(len(origins[h.from].family))
		h.add(h.somebody(), 19+h.r.IntN(15))
	}
}

// children of a mother of that age, at least two years apart.
func (h *home) children(n, age int, mother, father *resident) {
	eldest := h.r.IntN(min(18, age-19))
	for i := range n {
		if eldest-3*i < 0 {
			return
		}
		child := h.add(h.somebody(), eldest-3*i)
		if child != nil {
			child.mother, child.father = mother, father
			child.kin, child.kinIs = mother, "mother"
		}
	}
}

func (h *home) family2() {
	age := 26 + h.r.IntN(24)
	mother := h.add(true, age)
	father := h.add(false, age+h.r.IntN(6))
	kin(mother, father, "spouse", "spouse")
	h.children(1+min(h.r.IntN(3), h.r.IntN(3)), age, mother, father)
}

func (h *home) family1() {
	age := 24 + h.r.IntN(26)
	h.children(1+h.r.IntN(3), age, h.add(true, age), nil)
}

func (h *home) threeGenerations() {
	age := 32 + h.r.IntN(14)
	mother := h.add(true, age)
	old := h.add(h.r.IntN(3) > 0, age+22+h.r.IntN(10))
	kin(old, mother, "parent", "daughter")
	h.children(1+h.r.IntN(2), age, mother, nil)
}

// grownChild is somebody grown up who lives with their parents.
func (h *home) grownChild() {
	age := 46 + h.r.IntN(18)
	mother := h.add(true, age)
	kin(mother, h.add(false, age+h.r.IntN(5)), "spouse", "spouse")
	if child := h.add(h.somebody(), min(32, age-22-h.r.IntN(4))); child != nil {
		child.kin, child.kinIs = mother, "mother"
	}
}

// kin makes two people one another's next of kin: each with what they are to the other.
func kin(a, b *resident, aIs, bIs string) {
	if a != nil && b != nil {
		a.kin, a.kinIs, b.kin, b.kinIs = b, bIs, a, aIs
	}
}
