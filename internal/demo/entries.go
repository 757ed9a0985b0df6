package demo

import (
	"encoding/base64"
	"fmt"
	"time"

	"onestory/internal/fhir"
)

// patientAs describes the person as this source knows them. It comes first.
func (s *sheaf) patientAs(n name, home address, gp string) {
	p := s.p
	called := fhir.Obj{"use", "official", "text", n.text, "family", n.family}
	if n.given != "" {
		called = append(called, "given", fhir.List{n.given})
	}
	if n.prefix != "" {
		called = append(called, "prefix", fhir.List{n.prefix})
	}
	b := fhir.New("Patient").
		Add("identifier", fhir.Obj{
			"extension", fhir.List{fhir.Obj{"url", verifiedAt, "valueCodeableConcept", fhir.Obj{"coding", fhir.List{
				coding(verifiedIn, "number-present-and-verified", "Number present and verified")}}}},
			"use", "official", "system", nhsNumber, "value", p.nhs.Digits(),
		}).
		Add("name", called).
		Set("gender", p.gender()).Set("birthDate", p.born.Format(dayOnly))
	if p.ageOn(s.today) >= 12 {
		b.Add("telecom", fhir.Obj{"system", "phone", "value", p.mobile, "use", "mobile"})
	}
	b.Add("telecom", fhir.Obj{"system", "phone", "value", home.landline, "use", "home"}).
		Add("address", fhir.Obj{"use", "home", "line", fhir.List{home.line}, "city", home.town, "postalCode", home.postcode, "country", "GB"})
	if !p.died.IsZero() {
		b.Set("deceasedDateTime", p.died.Format(instant))
	}
	if p.speaks != "" {
		b.Add("communication", fhir.Obj{"language", concept("urn:ietf:bcp:47", p.speaks, languages[p.speaks]), "preferred", true})
	}
	if gp != "" {
		b.Add("generalPractitioner", by(gp+", "+p.practice().name))
	}
	s.patient = s.add(b, "Patient", s.last)
}

var languages = map[string]string{
	"ar": "Arabic", "gu": "Gujarati", "pa": "Punjabi", "so": "Somali", "pl": "Polish", "yo": "Yoruba",
	"pt": "Portuguese", "fa": "Persian", "ta": "Tamil", "zh": "Chinese", "en": "English",
	"ur": "Urdu", "tl": "Tagalog", "ro": "Romanian",
}

// condition writes a problem down. system and code are how this source codes it.
func (s *sheaf) condition(system, code, words string, since time.Time, author, category string) (*fhir.Builder, string) {
	written := s.at(since)
	since = earlier(since, written)
	b, ref := s.about("Condition", "subject", written)
	b.Set("clinicalStatus", fixed("condition-clinical", "active")).
		Set("verificationStatus", fixed("condition-ver-status", "confirmed")).
		Add("category", fixed("condition-category", category)).
		Set("code", concept(system, code, words)).
		Set("onsetDateTime", since.Format(dayOnly)).Set("recordedDate", written.Format(instant)).
		Set("recorder", by(author))
	return b, ref
}

// prescribe writes a medicine down that is taken now.
func (s *sheaf) prescribe(c course, text, reason, author string) {
	at := s.at(c.since)
	b, _ := s.about("MedicationRequest", "subject", at)
	status := "active"
	switch {
	case !s.p.died.IsZero():
		status = "stopped"
	case c.class == "folate" && s.p.weeks(s.last) > 12:
		status = "completed"
	}
	b.Set("status", status).Set("intent", "order").
		Set("medicationCodeableConcept", medicineConcept(text, c.atc)).
		Set("authoredOn", at.Format(instant)).Set("requester", by(author))
	if reason != "" {
		b.Add("reasonReference", fhir.Obj{"reference", reason})
	}
	b.Set("courseOfTherapyType", fixed("medicationrequest-course-of-therapy", "continuous"))
	b.Add("dosageInstruction", dosage(c.medicine))
}

func medicineConcept(text, atc string) fhir.Obj {
	return fhir.Obj{"coding", fhir.List{fhir.Obj{"system", atcURL, "code", atc}}, "text", text}
}

func dosage(m medicine) fhir.Obj {
	d := fhir.Obj{"text", m.dose}
	if m.times > 0 {
		d = append(d, "timing", fhir.Obj{"repeat", fhir.Obj{"frequency", m.times, "period", 1, "periodUnit", "d"}})
	}
	if m.needful {
		d = append(d, "asNeededBoolean", true)
	}
	if m.each != "" {
		d = append(d, "doseAndRate", fhir.List{fhir.Obj{"doseQuantity", fhir.Obj{"value", fhir.Raw(m.each), "unit", m.unit}}})
	}
	return d
}

// measured writes one figure down.
func (s *sheaf) measured(m measure, value float64, at time.Time, author string) (*fhir.Builder, string) {
	b, ref := s.observation(m.category, m.loinc, m.name, at, author)
	b.Set("valueQuantity", quantity(round(value, m.places), m.unit, m.ucum))
	if m.low != "" || m.high != "" {
		r := fhir.Obj{}
		if m.low != "" {
			r = append(r, "low", quantity(m.low, m.unit, m.ucum))
		}
		if m.high != "" {
			r = append(r, "high", quantity(m.high, m.unit, m.ucum))
		}
		b.Add("referenceRange", r)
	}
	return b, ref
}

func (s *sheaf) observation(category, loinc, words string, at time.Time, author string) (*fhir.Builder, string) {
	issued := at
	if category == "laboratory" {
		issued = earlier(at.Add(26*time.Hour), s.today)
	}
	b, ref := s.about("Observation", "subject", issued)
	b.Set("status", "final").Add("category", fixed("observation-category", category)).
		Set("code", concept(loincURL, loinc, words)).
		Set("effectiveDateTime", at.Format(instant)).Set("issued", issued.Format(instant)).
		Add("performer", by(author))
	return b, ref
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// pressure writes a blood pressure down, with its two parts.
func (s *sheaf) pressure(high, low float64, at time.Time, author string) {
	b, _ := s.observation("vital-signs", "85354-9", "Blood pressure", at, author)
	part := func(code, words string, v float64) fhir.Obj {
		return fhir.Obj{"code", concept(loincURL, code, words), "valueQuantity", quantity(round(v, 0), "mmHg", "mm[Hg]")}
	}
	b.Add("component", part("8480-6", "Systolic blood pressure", high), part("8462-4", "Diastolic blood pressure", low))
}

// allergy writes an allergy down, with what happened.
func (s *sheaf) allergy(code, words, atc, happened, criticality, verified string, since time.Time, author string) *fhir.Builder {
	at := s.at(since)
	since = earlier(since, at)
	b, _ := s.about("AllergyIntolerance", "patient", at)
	b.Set("clinicalStatus", fixed("allergyintolerance-clinical", "active")).
		Set("verificationStatus", fixed("allergyintolerance-verification", verified)).
		Set("type", "allergy").Set("category", listOf("medication")).Set("criticality", criticality).
		Set("code", concept(snomed, code, words)).
		Set("onsetDateTime", since.Format(dayOnly)).Set("recordedDate", at.Format(instant)).Set("recorder", by(author))
	reaction := fhir.Obj{"manifestation", fhir.List{fhir.Obj{"text", happened}}}
	if atc != "" {
		reaction = append(fhir.Obj{"substance", fhir.Obj{"coding", fhir.List{fhir.Obj{"system", atcURL, "code", atc}}}}, reaction...)
	}
	return b.Add("reaction", reaction)
}

// encounter writes a contact down.
func (s *sheaf) encounter(class, kind, why string, at time.Time, minutes int, author string) string {
	b, ref := s.about("Encounter", "subject", at)
	b.Set("status", "finished").Set("class", fhir.Obj{"system", hl7 + "v3-ActCode", "code", class}).
		Add("type", fhir.Obj{"text", kind}).
		Add("participant", fhir.Obj{"individual", by(author)}).
		Set("period", fhir.Obj{"start", at.Format(instant), "end", earlier(at.Add(time.Duration(minutes)*time.Minute), s.today).Format(instant)}).
		Set("serviceProvider", by(s.source))
	if why != "" {
		b.Add("reasonCode", fhir.Obj{"text", why})
	}
	return ref
}

// immunised writes a vaccination down.
func (s *sheaf) immunised(code, words string, at time.Time, author string) {
	b, _ := s.about("Immunization", "patient", at)
	b.Set("status", "completed").Set("vaccineCode", concept(cvx, code, words)).
		Set("occurrenceDateTime", at.Format(instant)).Set("primarySource", true).
		Set("lotNumber", fmt.Sprintf("DEMO%04d", s.r.IntN(10000))).
		Add("performer", fhir.Obj{"actor", by(author)})
}

// letter writes a letter down, as plain text.
func (s *sheaf) letter(kind, title, words string, at time.Time, author string) *fhir.Builder {
	b, _ := s.about("DocumentReference", "subject", at)
	return b.Set("status", "current").Set("type", fhir.Obj{"text", kind}).
		Set("date", at.Format(instant)).Add("author", by(author)).Set("description", title).
		Add("content", fhir.Obj{"attachment", fhir.Obj{
			"contentType", "text/plain; charset=utf-8", "language", "en-GB",
			"data", base64.StdEncoding.EncodeToString([]byte(words)),
			"title", title, "creation", at.Format(instant),
		}})
}

// booked writes an appointment down that is still to come, in days from today.
func (s *sheaf) booked(days, minutes int, what, with, where string) {
	y, m, d := weekday(s.today.AddDate(0, 0, days)).Date()
	at := time.Date(y, m, d, 9+s.r.IntN(7), 15*s.r.IntN(4), 0, 0, time.UTC)
	b := fhir.New("Appointment")
	s.add(b, "Appointment", s.between(20, 2))
	b.Set("status", "booked").Set("description", what).
		Set("start", at.Format(instant)).Set("end", at.Add(time.Duration(minutes)*time.Minute).Format(instant)).
		Set("minutesDuration", minutes).
		Add("participant",
			fhir.Obj{"actor", fhir.Obj{"reference", s.patient}, "status", "accepted"},
			fhir.Obj{"actor", by(with), "status", "accepted"},
			fhir.Obj{"actor", by(where), "status", "accepted"})
}

// relative writes somebody down whom the person turns to.
func (s *sheaf) relative(called, is, phone string) *fhir.Builder {
	b, _ := s.about("RelatedPerson", "patient", s.between(1500, 200))
	return b.Set("active", true).Add("relationship", fhir.Obj{"text", is}).
		Add("name", fhir.Obj{"text", called}).
		Add("telecom", fhir.Obj{"system", "phone", "value", phone})
}

// call is a name as people write it.
func (n name) call() string {
	switch {
	case n.text != "":
		return n.text
	case n.given == "":
		return n.family
	case n.family == "":
		return n.given
	}
	return n.given + " " + n.family
}

func listOf(word string) fhir.List { return fhir.List{word} }
