package record

import (
	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
)

// A Lens is what one actor may see of one person, for one purpose, now. It is made
// when the person is opened, and judges everything of theirs alike.
type Lens struct {
	answer consent.Answer
	named  map[int64]bool // single entries shared or refused by name
	reach  consent.Reach  // what role and purpose leave of each kind
	whole  bool           // an export, which must be complete
	within *Lens          // shows nothing that this does not show: see View.As
	banner bool           // shows who the person is, whatever else is withheld
}

// whoTheyAre are the elements of a Patient that a banner shows.
var whoTheyAre = []string{"identifier", "name", "gender", "birthDate"}

// Shows reports whether, for this actor, there is such an entry: the one question
// asked of entries, old versions, references and journal lines alike.
func (l *Lens) Shows(h *Header) bool {
	if l.whole {
		return !h.gone
	}
	if l.within != nil && !l.within.Shows(h) {
		return false
	}
	if h.Labels == 0 || h.gone || !l.reach.Has(h.Kind, h.Category) {
		return false
	}
	return l.introduces(h) || l.told(h)
}

// introduces reports whether an entry says who the person is to somebody who acts for
// them. It is there for them also when nothing else is, as it is when the person has
// nothing to show: else who was stopped quietly would know it by what is missing.
func (l *Lens) introduces(h *Header) bool { return l.banner && h.Kind == "Patient" }

// told reports whether what was said about sharing shows an entry.
func (l *Lens) told(h *Header) bool {
	if shown, said := l.named[h.ID.N]; said {
		return l.answer.ShowsNamed(h.Labels, shown)
	}
	return l.answer.Shows(h.Labels)
}

// Mask names the elements that stay visible in entries of a kind; nil is all.
func (l *Lens) Mask(kind string) []string { return l.reach.Mask(kind) }

// keeps names the elements of one entry that stay visible; nil is all.
func (l *Lens) keeps(h *Header) []string {
	if l.introduces(h) && !l.told(h) {
		return whoTheyAre
	}
	return l.Mask(h.Kind)
}

// judge decides whether the actor has any business with this person, and what
// they may then see.
func (o *opening) judge() {
	for _, w := range o.wholes {
		o.own = o.own || o.mine() && o.who.Person != 0 && o.who.Person == w.person
	}
	o.look(o.rules())
	if !o.legitimate() || o.lens.reach.Nothing() {
		o.refused = fault.Withheld
	}
}

// mine reports whether it is asked as the person would: by them, or by who helps them.
func (o *opening) mine() bool {
	return o.why == consent.Own || o.why == consent.Helping && o.who.For == o.who.Person
}

// look makes the lens that these rules give the actor.
func (o *opening) look(rules []consent.Rule) {
	o.lens = Lens{
		answer: consent.For(o.own, rules, o.who, o.why, o.now),
		named:  consent.Named(rules, o.who, o.why, o.now),
		reach:  consent.ReachOf(o.who.Role, o.why),
		banner: o.why == consent.Carer,
	}
	o.acting()
}

// rules are everything said about sharing in all logs of the person: what was
// refused in one of them is refused.
func (o *opening) rules() []consent.Rule {
	if o.glimpse {
		return o.supposed
	}
	if len(o.wholes) == 1 {
		return o.wholes[0].rules
	}
	var all []consent.Rule
	for _, w := range o.wholes {
		all = append(all, w.rules...)
	}
	return all
}

// legitimate reports whether the actor is somebody to this person: the person, or
// one of their circle, acting as what they are in it.
func (o *opening) legitimate() bool {
	switch o.why {
	case consent.Own, consent.Helping:
		return o.own
	case consent.Care, consent.Administration, consent.Carer:
		return o.among(o.why)
	}
	return false // planning has no business with any one person; finding and emergency access have doors of their own
}

// among reports whether the actor is in the circle, for a purpose.
func (o *opening) among(why consent.Purpose) bool {
	for _, w := range o.wholes {
		for i := range w.members {
			if w.members[i].is(&o.who, why, o.now) {
				return true
			}
		}
	}
	return false
}

// last is the instant from which the membership does not count any more.
func (m *Member) last() clock.Time {
	if m.Review != 0 {
		return min(m.Until, m.Review)
	}
	return m.Until
}

// is reports whether the membership is the actor's, for this purpose, now. Who
// acts for a person does so in their own name, never as a team.
func (m *Member) is(who *consent.Actor, why consent.Purpose, now clock.Time) bool {
	acting := m.Role == "carer"
	return !m.Asked && who.Is(m.Party) && m.From <= now && now < m.last() && acting == (why == consent.Carer)
}
