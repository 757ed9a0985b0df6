package record

import (
	"errors"
	"slices"

	"onestory/internal/consent"
	"onestory/internal/fault"
)

// A Supposing is what is to be taken as said, for a look through somebody's eyes
// before anything is decided.
type Supposing struct {
	Also    []consent.Rule // counts besides
	Without []string       // the ids of rules that do not
	Joined  bool           // they are in the circle, whether or not they are yet
}

// errGlimpse is what writing through a view as somebody else answers: a programmer's
// mistake.
var errGlimpse = errors.New("record: a view as somebody else changes nothing")

// As is the same person as somebody else would see them for a purpose: what is shown,
// how much of it, and nobody told of whom they could not know. It never shows more
// than the view it is made from, changes nothing, and ends with it. Only the person
// has one of their own record; to others it is Refused.
//
// Somebody who would be refused the record altogether sees an empty one: ok is then
// false.
func (v View) As(who consent.Actor, why consent.Purpose, s Supposing) (as View, ok bool, err error) {
	if !v.o.own || v.o.glimpse {
		return View{}, false, fault.New(fault.Refused, "Only the person can see their record as others would.")
	}
	g := *v.o
	g.who, g.why, g.own, g.glimpse = who, why, false, true
	rules := slices.DeleteFunc(slices.Clone(v.o.rules()), func(r consent.Rule) bool { return slices.Contains(s.Without, r.ID) })
	for _, r := range s.Also {
		if r.From == 0 {
			r.From = g.now
		}
		rules = append(rules, r)
	}
	g.look(rules)
	g.supposed = rules
	ok = (s.Joined || g.legitimate()) && !g.lens.reach.Nothing()
	if !ok {
		g.lens = Lens{}
	}
	mine := v.o.lens
	g.lens.within = &mine
	v.o.others = append(v.o.others, &g)
	return View{&g}, ok, nil
}
