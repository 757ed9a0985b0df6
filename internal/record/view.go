package record

import (
	"errors"
	"net/url"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/id"
	"onestory/internal/person"
)

// A View is one person, opened to one actor. It shows nothing once the function
// given to With has returned, and is not for use by several goroutines.
type View struct{ o *opening }

// An Entry is one resource of a person's record, as an actor may see it.
type Entry struct {
	Header
	Doc *fhir.Doc // nil when it is to be removed
}

// errOver is what a View that outlived its work answers: a programmer's mistake.
var errOver = errors.New("record: a view was used after its work")

// errKept is what a view of a change answers when it is asked for anything else: also
// a programmer's mistake.
var errKept = errors.New("record: the line of a change does not name what it did not write")

// Get returns one entry. What is hidden and what never was are Withheld and
// NotFound for the journal, and the same for whoever asked.
func (v View) Get(e id.Entry) (Entry, error) {
	if v.o.over {
		return Entry{}, errOver
	}
	x := v.o.at(e)
	switch {
	case x == nil:
		return Entry{}, fault.NotFound
	case v.o.only != nil && !v.o.only[e]:
		return Entry{}, errKept
	case !v.o.lens.Shows(&x.Header):
		return Entry{}, fault.Withheld
	}
	return v.o.show(x)
}

// All calls yield with each entry of a kind that the view shows, in the order in
// which they came into the record, and stops at the first error.
func (v View) All(kind string, yield func(Entry) error) error {
	return v.each(func(x *entry) bool { return x.Kind == kind }, yield)
}

// Every calls yield with each entry that the view shows, of every kind.
func (v View) Every(yield func(Entry) error) error {
	return v.each(func(*entry) bool { return true }, yield)
}

// Find calls yield with each entry of a type that answers a search, written as
// FHIR's search parameters are. Hidden entries cannot match, sort or count.
func (v View) Find(kind string, query url.Values, yield func(Entry) error) error {
	q, _, err := v.o.door.spec.ParseQuery(kind, query, true)
	if err != nil {
		return err
	}
	return v.each(func(x *entry) bool { return x.Kind == kind }, func(e Entry) error {
		if !v.o.door.spec.Match(e.Doc, q) {
			delete(v.o.seen, e.ID) // looked at by the search, shown to nobody
			return nil
		}
		return yield(e)
	})
}

// Headers calls yield with the header of each entry that the view shows. It reads
// no documents, so the journal names none.
func (v View) Headers(yield func(Header)) {
	for _, w := range v.o.wholes {
		for _, x := range w.entries {
			if !v.o.over && v.o.lens.Shows(&x.Header) {
				yield(x.Header)
			}
		}
	}
}

func (v View) each(which func(*entry) bool, yield func(Entry) error) error {
	if v.o.over {
		return errOver
	}
	if v.o.only != nil {
		return errKept
	}
	for _, w := range v.o.wholes {
		for _, x := range w.entries {
			if !which(x) || !v.o.lens.Shows(&x.Header) {
				continue
			}
			e, err := v.o.show(x)
			if err != nil {
				return err
			}
			if err := yield(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// at finds an entry in whichever log it was born.
func (o *opening) at(e id.Entry) *entry {
	for _, w := range o.wholes {
		if w.person == e.Person {
			return w.find(e.N)
		}
	}
	return nil
}

// Own reports whether the person themselves is looking.
func (v View) Own() bool { return v.o.own }

// Now is the instant for which the view was judged.
func (v View) Now() clock.Time { return v.o.now }

// ID is the person whom the view is of.
func (v View) ID() person.ID { return person.ID(v.o.subject) }

// Doing says what is being done, for the journal: "opened the record" is what it
// says of itself. The words are a code, which pages put into a sentence.
func (v View) Doing(what string) { v.o.what = what }

// Because are the rules that made the lens as it is, by their ids.
func (v View) Because() []string { return v.o.lens.answer.Because }

// Withheld are the labels that are not shown; for the person's own pages only.
func (v View) Withheld() consent.Labels {
	if !v.o.own {
		return 0
	}
	return v.o.lens.answer.Withheld & consent.Everything
}

// Rules are what the person has said about sharing, the ended ones too. Nobody
// else is told: there is then nothing.
func (v View) Rules() []consent.Rule {
	if !v.o.own {
		return nil
	}
	return append([]consent.Rule(nil), v.o.rules()...)
}

// Members are the people and teams of the circle. The person sees all there ever
// were; others see themselves, and whoever of those in it now they may know of.
func (v View) Members() (all []Member) {
	for _, w := range v.o.wholes {
		for i := range w.members {
			if m := &w.members[i]; !m.Asked && (v.o.own || v.o.knows(m)) {
				all = append(all, *m)
			}
		}
	}
	return all
}

// knows reports whether the actor may know that somebody is in the circle. That a
// clinic is can tell as much as what it wrote: a member with whom something
// sensitive is shared is hidden from whoever may not see that. Who acts for a
// person does not learn who else does.
func (o *opening) knows(m *Member) bool {
	withheld := o.lens.answer.Withheld
	switch {
	case m.From > o.now || o.now >= m.Until:
		return false
	case o.who.Is(m.Party):
		return true
	case o.why == consent.Carer && m.Role == "carer", o.lens.Mask("Patient") != nil:
		return false
	case withheld&consent.Plan != 0 && withheld&consent.Contacts != 0:
		return false
	}
	return o.sharedWith(m.Party)&^topicsAndGeneral&withheld == 0
}

// sharedWith gathers what is shared with a party by name, now.
func (o *opening) sharedWith(p consent.Party) (all consent.Labels) {
	for _, r := range o.rules() {
		if r.To == p && !r.Refuse && r.From <= o.now && (r.Until == 0 || o.now < r.Until) {
			all |= r.Labels
		}
	}
	return all
}
