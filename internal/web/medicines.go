package web

import (
	"strconv"
	"strings"

	"onestory/internal/fhir"
)

// medicine reads a MedicationRequest, MedicationStatement, MedicationDispense or
// MedicationAdministration.
func medicine(d *fhir.Doc) fact {
	f := fact{
		Status: d.Text("status"),
		On:     first(d, "authoredOn", "effectiveDateTime", "effectivePeriod.start", "whenHandedOver", "whenPrepared", "dateAsserted"),
		To:     first(d, "effectivePeriod.end"),
	}
	f.What, f.WhatRef = product(d)
	switch f.Status {
	case "stopped", "completed", "cancelled", "entered-in-error", "not-taken", "declined":
		f.Over = true
	}
	for _, member := range []string{"dosageInstruction", "dosage"} {
		for dose := range d.At(member) {
			f.dose(dose)
		}
	}
	f.add("web.line.for", concepts(d.Root(), "reasonCode"))
	f.add("web.line.quantity", amount(d.Root().Get("quantity")))
	f.notes(d)
	f.by(d, "requester", "informationSource", "performer.actor", "recorder")
	return f
}

// product is what the medicine is, or a reference to it.
func product(d *fhir.Doc) (what, ref string) {
	if what = concept(d.Root().Get("medicationCodeableConcept")); what != "" {
		return what, ""
	}
	m := d.Root().Get("medicationReference")
	if what = tidy(m.Get("display").Str()); what != "" {
		return what, ""
	}
	ref = m.Get("reference").Str()
	if inside, ok := strings.CutPrefix(ref, "#"); ok {
		for c := range d.At("contained") {
			if c.Get("id").Str() == inside {
				return concept(c.Get("code")), ""
			}
		}
		return "", ""
	}
	return "", ref
}

// dose adds how to take it: in the words that were written, else from the numbers.
func (f *fact) dose(v fhir.Value) {
	words := tidy(v.Get("patientInstruction").Str())
	if words == "" {
		words = tidy(v.Get("text").Str())
	}
	if words != "" {
		f.add("web.line.dose", words)
		return
	}
	for r := range v.Get("doseAndRate").Elems() {
		if s := amount(r.Get("doseQuantity")); s != "" {
			f.Lines = append(f.Lines, line{Key: "web.line.dose", Value: s, Number: true})
		}
	}
	repeat := v.Get("timing").Get("repeat")
	times, period, unit := repeat.Get("frequency").Literal(), repeat.Get("period").Literal(), repeat.Get("periodUnit").Str()
	if n, err := strconv.Atoi(times); err == nil && period == "1" && (unit == "d" || unit == "wk" || unit == "mo" || unit == "h") {
		f.Lines = append(f.Lines, line{Key: "web.line.often", Words: "web.often." + unit, Count: n})
	} else if s := concept(v.Get("timing").Get("code")); s != "" {
		f.add("web.line.often", s)
	}
	if v.Get("asNeededBoolean").Bool() {
		f.Lines = append(f.Lines, line{Key: "web.line.often", Words: "web.often.needed"})
	}
}

// amount is a quantity as its source wrote it, digits and all, with its unit.
func amount(q fhir.Value) string {
	n := q.Get("value").Literal()
	if n == "" {
		return ""
	}
	return withUnit(tidy(q.Get("comparator").Str())+n, unitOf(q))
}

// unitOf is the unit of a quantity as people write it.
func unitOf(q fhir.Value) string {
	unit := tidy(q.Get("unit").Str())
	if unit == "" {
		unit = tidy(q.Get("code").Str())
	}
	return plainUnit(unit)
}

// plainUnit writes a unit as people do. UCUM puts what is no unit in braces.
func plainUnit(u string) string {
	switch u {
	case "mm[Hg]":
		return "mmHg"
	case "1", "{score}", "{nominal}":
		return ""
	case "Cel":
		return "°C"
	}
	return strings.Trim(u, "{}")
}
