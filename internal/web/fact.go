package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"onestory/internal/clock"
	"onestory/internal/fhir"
	"onestory/internal/person"
	"onestory/internal/record"
)

// A fact is one thing that the record says, in the words of whoever wrote it. It is
// made from a document by a function that knows nothing else, so any part of it may
// be missing: sources leave out what they like.
type fact struct {
	Kind, ID string // the FHIR type, and the id in addresses
	Topic    string // the section it is in
	What     string // what it is; "" when the source did not say
	WhatRef  string // or a reference to what it is
	Lines    []line
	Status   string   // FHIR's code
	Over     bool     // no longer so
	Mistake  bool     // the source says that it was entered by mistake
	None     bool     // it says that there is none of this kind
	On, To   string   // FHIR dates: when it was, or from when and to when
	Who      string   // who said it
	WhoRef   string   // or a reference to them
	Source   string   // where it came from; "" is written here
	Also     []string // other sources that tell of the same
	Same     []fact   // what those say, when it was put with this
	Differ   []difference
	Codes    []string // system|code of what it is
	Began    string   // when it began, where that was said; a FHIR date
	Recorded string   // when it was written down, where On is when it began
	Sure     string   // how sure the source is, and
	Danger   string   // how dangerous it says it is: FHIR's codes
	Author   string   // who wrote it here
	Told     bool     // a carer told the team
	Kept     clock.Time
	Result   string // the value of a result, with its unit
	Usual    line   // what is usual for it; the zero line when nobody said
	Series   string // results with the same are one thing over time
	Before   int    // in a list of the latest: how many there were before it
	Read     []reading
	Files    []file
	Entry    record.Header // for the pages that lead on from it
}

// A line is one more thing that a fact says.
type line struct {
	Key    string         // id of its name in the catalogue, or
	Label  string         // its name as the source has it
	Value  string         // in the source's words, or
	Words  string         // the id of a message
	With   map[string]any // and what stands in its places
	Count  int            // how many, where the message differs by it
	Number bool           // a dose or a code: kept left to right
}

// read makes a fact of an entry.
func read(e record.Entry, text string) fact {
	f := reader(e.Kind)(e.Doc)
	f.Kind, f.ID, f.Entry = e.Kind, text, e.Header
	f.Topic = topicOf(e.Header)
	f.Source, f.Author, f.Kept = e.Source, e.Author.Name, e.At
	f.What = clip(f.What, 300)
	for c := range e.Doc.Codes("code", "vaccineCode", "medicationCodeableConcept") {
		if c.Code != "" && c.System != "" {
			f.Codes = append(f.Codes, c.System+"|"+c.Code)
		}
	}
	if f.Status == "entered-in-error" {
		f.Mistake, f.Over = true, true
	}
	f.Files = append(f.Files, files(e.Doc)...)
	return f
}

// reader is the function that understands a type.
func reader(kind string) func(*fhir.Doc) fact {
	switch kind {
	case "AllergyIntolerance":
		return allergy
	case "MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration":
		return medicine
	case "Condition":
		return condition
	case "Observation":
		return observation
	case "DiagnosticReport":
		return report
	case "Immunization":
		return immunisation
	case "Encounter":
		return encounter
	case "Appointment":
		return appointment
	case "Procedure":
		return procedure
	case "DocumentReference":
		return document
	case "Composition":
		return composition
	case "Communication":
		return communication
	case "CarePlan", "Goal", "ServiceRequest", "Task", "CareTeam", "Flag":
		return planned
	case "QuestionnaireResponse":
		return answers
	case "Patient", "RelatedPerson":
		return someone
	}
	return anything
}

// concept is what a CodeableConcept says: the words somebody chose, else those of a
// code, else the code itself.
func concept(v fhir.Value) string {
	if t := tidy(v.Get("text").Str()); t != "" {
		return t
	}
	code := ""
	for c := range v.Get("coding").Elems() {
		if d := tidy(c.Get("display").Str()); d != "" {
			return d
		}
		if code == "" {
			code = tidy(c.Get("code").Str())
		}
	}
	return code
}

// concepts are what several say, with commas between them.
func concepts(d fhir.Value, path string) string {
	var all []string
	for v := range d.At(path) {
		if s := concept(v); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// codeOf is the first code of a CodeableConcept, such as a status.
func codeOf(d *fhir.Doc, path string) string {
	for v := range d.At(path) {
		for c := range v.Get("coding").Elems() {
			if s := c.Get("code").Str(); s != "" {
				return s
			}
		}
	}
	return ""
}

// hasCode reports whether a CodeableConcept bears one of some codes.
func hasCode(d *fhir.Doc, path string, codes ...string) bool {
	for c := range d.Codes(path) {
		for _, want := range codes {
			if c.Code == want {
				return true
			}
		}
	}
	return false
}

// first is the first text at any of the paths.
func first(d *fhir.Doc, paths ...string) string {
	for _, p := range paths {
		if s := tidy(d.Text(p)); s != "" {
			return s
		}
	}
	return ""
}

// by says who said it: the first reference at any of the paths.
func (f *fact) by(d *fhir.Doc, paths ...string) {
	for _, p := range paths {
		for v := range d.At(p) {
			name, ref := tidy(v.Get("display").Str()), v.Get("reference").Str()
			if name != "" || ref != "" {
				f.Who, f.WhoRef = name, ref
				return
			}
		}
	}
}

// add adds a line, unless there is nothing to say.
func (f *fact) add(key, value string) {
	if value != "" {
		f.Lines = append(f.Lines, line{Key: key, Value: clip(value, 2000)})
	}
}

// notes adds what was noted, in whoever's words.
func (f *fact) notes(d *fhir.Doc) {
	for n := range d.At("note") {
		f.add("web.line.note", tidy(n.Get("text").Str()))
	}
}

// tidy takes from words what no page can show: characters that steer, and space at
// the ends. Marks that turn the direction of all that follows go too.
func tidy(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s))
}

// clip shortens words that nobody would read to the end in a list.
func clip(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// low is the instant at which a FHIR date begins, for sorting; 0 for what is no date.
func low(date string) clock.Time {
	from, _, ok := fhir.Interval(date)
	if !ok {
		return 0
	}
	return from
}

// day is a FHIR date in words: as much of it as is known, and "" for what is none.
func (a *ask) day(date string) string {
	if len(date) > 10 {
		if from := low(date); from != 0 {
			return a.Date(from)
		}
		return ""
	}
	d, err := person.ParseDate(date)
	if err != nil {
		return ""
	}
	return a.Partial(d.Year, d.Month, d.Day)
}

// moment is a FHIR date in words, with the time of day where it is known.
func (a *ask) moment(date string) string {
	if len(date) > 10 {
		if from := low(date); from != 0 {
			return a.DateTime(from)
		}
	}
	return a.day(date)
}
