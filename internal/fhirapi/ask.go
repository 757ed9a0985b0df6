package fhirapi

import (
	"strings"

	"onestory/internal/clock"
	"onestory/internal/consent"
	"onestory/internal/fault"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// lay reports whether an actor has a record of their own here, or acts for others:
// everybody else asks because they care for somebody.
func lay(who consent.Actor) bool { return !consent.ReachOf(who.Role, consent.Own).Nothing() }

// purpose makes an ask whole: why somebody asks follows from who they are and whose
// record it is. The door decides whether they may.
func (s *API) purpose(a *ask, whom person.ID) error {
	switch {
	case !lay(a.who):
		a.why = consent.Care
		return nil
	case int64(whom) == a.who.Person:
		a.why = consent.Own
		return nil
	}
	// Another record may still be their own: two that are one person's are linked.
	a.why = consent.Own
	held, err := s.Door.Circles(a, a.who)
	if err != nil {
		return err
	}
	for _, c := range held {
		if c.Person == whom && c.Role == "carer" {
			a.why, a.who.For = consent.Carer, int64(whom)
		}
	}
	return nil
}

// open opens whom the ask is about. What work leaves behind may be shown once open has
// returned, and not before.
func (s *API) open(a *ask, whom person.ID, work func(v record.View) error) error {
	if err := s.purpose(a, whom); err != nil {
		return err
	}
	return s.Door.With(a, a.who, a.why, whom, work)
}

// person is whose record an id leads to: their own, or that of an entry of theirs.
func (s *API) person(text string) (whom person.ID, entry bool, ok bool) {
	if p, err := s.Door.ID(text); err == nil {
		return p, false, true
	}
	e, err := s.Door.EntryID(text)
	return person.ID(e.Person), true, err == nil && e.Person != 0
}

// patient is the id in what a parameter says about whom a search is, "" when that leads
// nowhere here.
func (a *ask) patient(value string) string {
	if rest, ours := strings.CutPrefix(value, a.base+"/"); ours {
		value = rest
	}
	if ref := fhir.ParseReference(value); ref.Kind == fhir.RefRelative && ref.Type == "Patient" && ref.Version == "" {
		return ref.ID
	}
	if fhir.IsID(value) {
		return value
	}
	return ""
}

// isHere reports whether an id is that of the person a view is of, or of a Patient of
// theirs.
func (s *API) isHere(v record.View, text string) bool {
	if p, err := s.Door.ID(text); err == nil {
		return p == v.ID()
	}
	e, err := s.Door.EntryID(text)
	if err != nil {
		return false
	}
	found := false
	v.Headers(func(h record.Header) { found = found || h.ID == e && h.Kind == "Patient" })
	return found
}

// aboutPerson is whom a compartment or an operation on a person is about.
func (s *API) aboutPerson(a *ask) (person.ID, error) {
	whom, _, ok := s.person(a.at.id)
	if !ok {
		return 0, fault.NotFound
	}
	return whom, nil
}

// stamp is what the server says of an entry: which version, and since when.
func (s *API) stamp(h record.Header) (version string, at clock.Time) {
	return s.versionText(h.ID, h.Version), h.At
}
