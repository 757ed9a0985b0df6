package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"onestory/internal/fhir"
)

// Code systems and what else has an address.
const (
	snomed     = "http://snomed.info/sct"
	loincURL   = "http://loinc.org"
	icd10      = "http://hl7.org/fhir/sid/icd-10"
	atcURL     = "http://www.whocc.no/atc"
	cvx        = "http://hl7.org/fhir/sid/cvx"
	ucumURL    = "http://unitsofmeasure.org"
	topicURL   = "urn:onestory:topic"
	hl7        = "http://terminology.hl7.org/CodeSystem/"
	nhsNumber  = "https://fhir.nhs.uk/Id/nhs-number"
	verifiedAt = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
	verifiedIn = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
)

// A Bundle is what one source sends: about one person as a FHIR transaction with one
// Patient in it and everything else about them, or about several as a collection.
type Bundle struct {
	Source  string // the name of who sends it
	Patient string // the id of its Patient there; "" when it is about several
	Who     string // the name in the cast of whom it is about, or ""
	JSON    []byte
}

// A sheaf is a bundle in the making. Nothing in it is later than the person's last day,
// except what is booked.
type sheaf struct {
	source  string
	p       *resident
	today   time.Time
	last    time.Time
	r       *rand.Rand
	patient string
	sheets  []sheet
}

// A sheet is one resource and the day it was written.
type sheet struct {
	id  string
	b   *fhir.Builder
	typ string
	at  time.Time
}

// newSheaf begins what a source sends. matter is a number of its own for each source.
func newSheaf(org *organisation, matter uint64, p *resident, today time.Time) *sheaf {
	s := &sheaf{source: org.name, p: p, today: today, last: p.last(today), r: p.rand(100 + matter)}
	if s.last.Equal(today) {
		s.last = today.AddDate(0, 0, -1)
	}
	return s
}

// add puts a resource in, and returns the reference that leads to it. at is when it
// was written; members of the resource are to be set before the bundle is made.
func (s *sheaf) add(b *fhir.Builder, kind string, at time.Time) string {
	id := uuid(s.r)
	b.Set("id", id).Set("meta.lastUpdated", at.Format(instant))
	s.sheets = append(s.sheets, sheet{id, b, kind, at})
	return "urn:uuid:" + id
}

// about adds a resource whose subject is the person, at the given path.
func (s *sheaf) about(kind, path string, at time.Time) (*fhir.Builder, string) {
	b := fhir.New(kind).Set(path, fhir.Obj{"reference", s.patient})
	return b, s.add(b, kind, at)
}

// bundle is the transaction as it is sent.
func (s *sheaf) bundle() Bundle {
	return Bundle{Source: s.source, Patient: s.sheets[0].id, Who: s.p.who, JSON: s.entries(s.begun("transaction")).Bytes()}
}

// begun is a Bundle with nothing in it yet.
func (s *sheaf) begun(kind string) *fhir.Builder {
	return fhir.New("Bundle").Set("type", kind).Set("timestamp", s.today.Format(instant))
}

// entries puts all there is into a Bundle, the oldest first, as a source would have
// written it down.
func (s *sheaf) entries(out *fhir.Builder) *fhir.Builder {
	slices.SortStableFunc(s.sheets[1:], func(a, b sheet) int { return a.at.Compare(b.at) })
	for _, e := range s.sheets {
		out.Add("entry", fhir.Obj{
			"fullUrl", "urn:uuid:" + e.id, "resource", e.b,
			"request", fhir.Obj{"method", "POST", "url", e.typ},
		})
	}
	return out
}

// How times are written: with a zone as an instant or moment, or as a day.
const (
	instant = "2006-01-02T15:04:05Z"
	dayOnly = "2006-01-02"
)

// at is a moment in the working hours of a day.
func (s *sheaf) at(day time.Time) time.Time {
	y, m, d := weekday(day).Date()
	at := time.Date(y, m, d, 8+s.r.IntN(9), 5*s.r.IntN(12), 0, 0, time.UTC)
	if at.After(s.last) && day.Before(s.today) {
		at = weekday(s.last.AddDate(0, 0, -1))
	}
	return at
}

// between is a working day in a period before the last day, counted back in days.
func (s *sheaf) between(farthest, nearest int) time.Time {
	back := nearest + s.r.IntN(max(1, farthest-nearest))
	day := s.last.AddDate(0, 0, -back)
	if first := s.p.born.AddDate(0, 0, 2); day.Before(first) {
		day = first
	}
	return s.at(day)
}

func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	a = a&^0xf000 | 0x4000
	b = b&^(0xc<<60) | 0x8<<60
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

func coding(system, code, display string) fhir.Obj {
	return fhir.Obj{"system", system, "code", code, "display", display}
}

// concept is a CodeableConcept of one code; without one it is words alone.
func concept(system, code, words string) fhir.Obj {
	if code == "" {
		return fhir.Obj{"text", words}
	}
	return fhir.Obj{"coding", fhir.List{coding(system, code, words)}, "text", words}
}

// fixed is a code of one of HL7's own systems.
func fixed(system, code string) fhir.Obj {
	return fhir.Obj{"coding", fhir.List{fhir.Obj{"system", hl7 + system, "code", code}}}
}

// topic says what an entry is about, for sharing.
func topic(code, words string) fhir.Obj {
	return fhir.Obj{"coding", fhir.List{fhir.Obj{"system", topicURL, "code", code}}, "text", words}
}

// by is somebody, in words.
func by(who string) fhir.Obj { return fhir.Obj{"display", who} }

func quantity(value, unit, ucum string) fhir.Obj {
	return fhir.Obj{"value", fhir.Raw(value), "unit", unit, "system", ucumURL, "code", ucum}
}
