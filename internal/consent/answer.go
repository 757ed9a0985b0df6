package consent

import "onestory/internal/clock"

// An Answer is what an actor may not see of a person, and why. Only For and
// ForEmergency make one; the zero Answer shows nothing.
type Answer struct {
	Withheld Labels     // the labels that are not shown
	Barred   Labels     // those of them that no rule can open, not even for an entry by name
	Because  []string   // the rules that decided, or one of the words below
	Until    clock.Time // the next instant at which the answer may differ, or clock.Never
}

// Words in Answer.Because that are not the ID of a rule.
const (
	BecauseOwn       = "own record"
	BecauseEmergency = "emergency"
)

// everyBit withholds bit 63 too, which no label uses.
const everyBit = ^Labels(0)

// hurtful is what a person does not read in their own record, nor who acts for
// them: a clinician has marked it, with a reason and a review date.
const hurtful = SeriousHarm | ThirdParty

// openedInEmergency is what breaking the glass shows: what keeps somebody safe
// tonight. Topics that people often hide are in it where a medicine or a condition
// under them can kill if it is not known; the person may seal these (see
// ForEmergency), and is told what that means. How the household lives, what others
// said, adoption, genes, gender and abuse are not needed to save a life.
const openedInEmergency = General | Plan | AboutMe | Medicines | Contacts | Wishes |
	HomeEntry | MentalHealth | SexualHealth | SubstanceUse

// For says what this actor may not see of this person, for this purpose, now.
// own says whether the record is the actor's own; it opens it for the purpose Own
// alone, so that a nurse who is also a patient has one hat at a time; and for Helping,
// when the person is present and a helper does for them what they ask.
func For(own bool, rules []Rule, who Actor, why Purpose, now clock.Time) Answer {
	switch {
	case why == Emergency:
		return ForEmergency(rules, who, now)
	case (why == Own || why == Helping) && own:
		barred := hurtful | ^known
		return Answer{Withheld: barred, Barred: barred, Because: []string{BecauseOwn}, Until: clock.Never}
	case why == Own || why == Helping || !why.valid():
		return Answer{Withheld: everyBit, Barred: everyBit, Until: clock.Never}
	}
	a := Answer{Withheld: everyBit, Barred: ^known, Until: clock.Never}
	if why == Carer {
		a.Barred |= hurtful
	}
	var said saying
	var buffer [64]counted // most people have said less, so nothing is allocated
	those := buffer[:0]
	for i := range rules {
		r := &rules[i]
		level := r.counts(&who, why, now, &a.Until)
		if level != 0 && r.Entry == 0 {
			said.add(level, r, a.Barred)
			those = append(those, counted{i, level})
		}
	}
	a.Withheld &^= said.decide()
	if why == Care {
		// A mark keeps something from the person, not from who cares for them: the
		// person, who does not know of it, could never share it.
		a.Withheld &^= hurtful &^ said.everDecided
	}
	for n, c := range those {
		r := &rules[c.rule]
		if said.by(c.level, r) == 0 {
			continue
		}
		if a.Because == nil {
			a.Because = make([]string, 0, len(those)-n)
		}
		a.Because = append(a.Because, r.ID)
	}
	return a
}

// ForEmergency says what is withheld from somebody who breaks the glass: all but a
// fixed set of labels, less what the person has sealed even from this, with a
// refusal for the purpose Emergency. Such a refusal counts at any level: who is
// sealed out as an organisation is not let in as a nurse. No sharing widens it.
func ForEmergency(rules []Rule, who Actor, now clock.Time) Answer {
	a := Answer{Withheld: ^openedInEmergency, Until: clock.Never, Because: []string{BecauseEmergency}}
	for i := range rules {
		r := &rules[i]
		if r.Refuse && r.counts(&who, Emergency, now, &a.Until) != 0 && r.Entry == 0 {
			a.Withheld |= r.Labels
			a.Because = append(a.Because, r.ID)
		}
	}
	a.Barred = a.Withheld
	return a
}

// Shows reports whether something with these labels may be seen. What bears no
// label is shown to no one.
func (a Answer) Shows(l Labels) bool { return l != 0 && l&a.Withheld == 0 && a.given() }

// ShowsNamed reports whether an entry that a rule names may be seen; shared is what
// Named said of it. A name is closer than any label, but opens nothing barred.
func (a Answer) ShowsNamed(l Labels, shared bool) bool {
	return shared && l != 0 && l&a.Barred == 0 && a.given()
}

// given tells an answer from the zero Answer: all that are given withhold bit 63.
func (a Answer) given() bool { return a.Withheld > Everything }

// Named says which single entries are shared with, or refused to, this actor by
// name: true is shared. The most specific rule decides, and at the same level a
// refusal outlasts a sharing, as for labels. Who is refused everything more closely than
// an entry is shared, in their own name and not their team's, is not shown it: what the
// team is asked to do is not for them. In an emergency only seals count. It is nil when
// nothing is named, and for one's own record.
func Named(rules []Rule, who Actor, why Purpose, now clock.Time) map[int64]bool {
	if why == Own || why == Helping || !why.valid() {
		return nil
	}
	var shown map[int64]bool
	var closest map[int64]Level
	var shut Level // how closely they are refused everything
	for i := range rules {
		r := &rules[i]
		if r.Entry == 0 && r.Refuse && r.Labels&Everything == Everything {
			shut = max(shut, r.counts(&who, why, now, nil))
		}
		if r.Entry == 0 || why == Emergency && !r.Refuse {
			continue
		}
		level := r.counts(&who, why, now, nil)
		if level == 0 {
			continue
		}
		if shown == nil {
			shown, closest = map[int64]bool{}, map[int64]Level{}
		}
		switch have := closest[r.Entry]; {
		case level > have:
			closest[r.Entry], shown[r.Entry] = level, !r.Refuse
		case level == have && r.Refuse:
			shown[r.Entry] = false
		}
	}
	for entry, level := range closest {
		if level < shut {
			shown[entry] = false
		}
	}
	return shown
}

// counts is the level at which a rule counts for an actor, a purpose and an
// instant, or 0 if it does not. When next is given, it is brought forward to the
// rule's next beginning or end.
func (r *Rule) counts(who *Actor, why Purpose, now clock.Time, next *clock.Time) Level {
	switch r.state() {
	case malformed:
		if r.Refuse {
			return Individual // nobody knows whom it meant, so it is everyone, and close
		}
		return 0
	case idle:
		return 0
	}
	if !r.isFor(why) || !who.is(r.To) {
		return 0
	}
	end := r.Until
	if end == 0 {
		end = clock.Never
	}
	switch {
	case now < r.From:
		if next != nil {
			*next = min(*next, r.From)
		}
		return 0
	case now >= end:
		return 0
	}
	if next != nil {
		*next = min(*next, end)
	}
	return r.To.Level
}

// isFor reports whether a rule is for a purpose: see Rule.Purpose.
func (r *Rule) isFor(why Purpose) bool {
	switch {
	case r.Purpose != "":
		return r.Purpose == why
	case r.Refuse:
		return why != Emergency
	}
	return why == Care || why == Carer || why == Administration
}

type state int8

const (
	sound     state = iota
	idle            // says nothing: it names nothing, or ended before it began
	malformed       // cannot be understood
)

func (r *Rule) state() state {
	switch {
	case !r.To.valid() || !r.Refuse && r.To == Anyone,
		r.Purpose != "" && !r.Purpose.valid(),
		r.From < 0 || r.Until < 0,
		r.Entry < 0,
		r.Labels > Everything:
		return malformed
	case r.Entry == 0 && r.Labels == 0, r.Until != 0 && r.Until <= r.From:
		return idle
	}
	return sound
}

// counted is a rule that counts, and at which level.
type counted struct {
	rule  int
	level Level
}

// saying is what rules say of each label, level by level.
type saying struct {
	shared, refused, decided [Individual + 1]Labels // decided: what a level has the last word on
	everDecided              Labels
}

// add notes a rule that counts at a level. What is barred cannot be shared.
func (s *saying) add(level Level, r *Rule, barred Labels) {
	if r.Refuse {
		s.refused[level] |= r.Labels
	} else {
		s.shared[level] |= r.Labels &^ barred
	}
}

// decide gives the last word on each label to the closest level that names it, and
// returns what is shared.
func (s *saying) decide() (shared Labels) {
	unsaid := everyBit
	for level := Individual; level >= Sector; level-- {
		s.decided[level] = unsaid & (s.shared[level] | s.refused[level])
		shared |= s.decided[level] &^ s.refused[level]
		unsaid &^= s.decided[level]
	}
	s.everDecided = ^unsaid
	return shared
}

// by are the labels that a rule which counts at a level has decided.
func (s *saying) by(level Level, r *Rule) Labels {
	if r.Refuse {
		return s.decided[level] & s.refused[level] & r.Labels
	}
	return s.decided[level] & s.shared[level] & r.Labels &^ s.refused[level]
}

// Findable reports whether an actor may find the person by number or name. People can
// be found by those whose role looks for people, unless a refusal that names it is
// closer than any sharing that does: neither silence nor a refusal to share hides
// anybody, since emergency access begins with being found.
func Findable(rules []Rule, who Actor, now clock.Time) bool {
	var said saying
	for i := range rules {
		r := &rules[i]
		if r.Purpose != Finding && r.state() != malformed {
			continue
		}
		if level := r.counts(&who, Finding, now, nil); level != 0 && r.Entry == 0 {
			said.add(level, r, 0)
		}
	}
	shared := said.decide()
	return General&said.everDecided == 0 || General&shared != 0
}
