package web

import (
	"strings"

	"onestory/internal/fhir"
)

// allergy reads an AllergyIntolerance.
func allergy(d *fhir.Doc) fact {
	f := fact{What: concept(d.Root().Get("code")), Status: codeOf(d, "clinicalStatus"), On: first(d, "onsetDateTime", "onsetPeriod.start", "recordedDate")}
	f.Began, f.Danger = first(d, "onsetDateTime", "onsetPeriod.start"), d.Text("criticality")
	if f.Danger == "unable-to-assess" {
		f.Danger = ""
	}
	f.Recorded = first(d, "recordedDate")
	f.verified(d)
	f.Over = f.Over || f.Status == "inactive" || f.Status == "resolved"
	// What SNOMED CT calls no known allergy is said, and is not an allergy.
	f.None = hasCode(d, "code", "716186003")
	var reactions []string
	for r := range d.At("reaction") {
		s := concepts(r, "manifestation")
		if more := tidy(r.Get("description").Str()); s == "" {
			s = more
		}
		if s != "" {
			reactions = append(reactions, s)
		}
		if s := r.Get("severity").Str(); s == "mild" || s == "moderate" || s == "severe" {
			f.Lines = append(f.Lines, line{Key: "web.line.severity", Words: "web.severity." + s})
		}
	}
	f.add("web.line.reaction", strings.Join(reactions, ", "))
	if d.Text("criticality") == "high" {
		f.Lines = append(f.Lines, line{Key: "web.line.danger", Words: "web.danger.high"})
	}
	if d.Text("type") == "intolerance" {
		f.Lines = append(f.Lines, line{Key: "web.line.type", Words: "web.type.intolerance"})
	}
	f.notes(d)
	f.by(d, "asserter", "recorder")
	return f
}

// verified lets how sure the source is decide the status: what was ruled out or
// entered by mistake is not so, whatever else is said.
func (f *fact) verified(d *fhir.Doc) {
	f.Sure = codeOf(d, "verificationStatus")
	switch s := f.Sure; s {
	case "refuted", "entered-in-error":
		f.Status, f.Over = s, true
	case "unconfirmed", "provisional", "differential", "presumed":
		f.Lines = append(f.Lines, line{Key: "web.line.sure", Words: "web.sure.not-yet"})
	}
}
