package web

import (
	"math/big"
	"strings"

	"onestory/internal/fhir"
)

// observation reads an Observation: a value with its unit, and what is usual.
func observation(d *fhir.Doc) fact {
	root := d.Root()
	f := fact{
		What: concept(root.Get("code")), Status: d.Text("status"),
		On: first(d, "effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "issued"),
	}
	f.Over = f.Status == "cancelled"
	for c := range d.Codes("code") {
		f.Series = c.System + "|" + c.Code
		break
	}
	f.Result, f.Read = value(root), readings(d)
	if f.Result != "" {
		f.Lines = append(f.Lines, line{Key: "web.line.result", Value: f.Result, Number: numeric(root)})
	}
	var parts []string
	for c := range d.At("component") {
		name, v := concept(c.Get("code")), value(c)
		if v == "" {
			continue
		}
		parts = append(parts, v)
		f.Lines = append(f.Lines, line{Label: clip(name, 200), Value: v, Number: numeric(c)})
		f.compared(c)
	}
	if f.Result == "" {
		f.Result = inLine(root.Get("code"), parts)
	}
	if f.Result == "" {
		f.Lines = append(f.Lines, line{Key: "web.line.result", Words: "web.result.none"})
		f.add("web.line.why-not", concept(root.Get("dataAbsentReason")))
	}
	f.Usual = f.compared(root)
	f.notes(d)
	f.by(d, "performer")
	return f
}

// inLine writes the parts of a result in a line. Blood pressure is written as
// people know it: 130/75 mmHg.
func inLine(code fhir.Value, parts []string) string {
	for c := range code.Codes("coding") {
		if c.Code != "85354-9" && c.Code != "55284-4" && c.Code != "75367002" || len(parts) != 2 {
			continue // LOINC's two panels, and SNOMED CT
		}
		high, unit, _ := strings.Cut(parts[0], " ")
		low, same, _ := strings.Cut(parts[1], " ")
		if unit == same {
			return strings.TrimSpace(high + "/" + low + " " + unit)
		}
	}
	return strings.Join(parts, "; ")
}

// compared adds what is usual for a value and how it compares: as the laboratory
// says, or else by the numbers when the value lies outside. It returns the line that
// says what is usual.
func (f *fact) compared(v fhir.Value) (usual line) {
	if f.usual(v) {
		usual = f.Lines[len(f.Lines)-1]
	}
	said := false
	for i := range v.Get("interpretation").Elems() {
		f.means(i)
		said = true
	}
	if said {
		return usual
	}
	for r := range v.Get("referenceRange").Elems() {
		q := v.Get("valueQuantity")
		switch {
		case beyond(q, r.Get("high")):
			f.Lines = append(f.Lines, line{Key: "web.line.means", Words: "web.means.high"})
		case beyond(r.Get("low"), q):
			f.Lines = append(f.Lines, line{Key: "web.line.means", Words: "web.means.low"})
		}
		break // the others are for other people, or say so in words
	}
	return usual
}

// beyond reports whether one quantity is more than another. Quantities in different
// units, and those that are no exact number, are not compared.
func beyond(more, less fhir.Value) bool {
	for _, unit := range []string{"unit", "code"} {
		a, b := more.Get(unit).Str(), less.Get(unit).Str()
		if a != "" && b != "" && a != b {
			return false
		}
	}
	if more.Get("comparator").Exists() || less.Get("comparator").Exists() {
		return false
	}
	a, ok := new(big.Rat).SetString(brief(more.Get("value").Literal()))
	b, also := new(big.Rat).SetString(brief(less.Get("value").Literal()))
	return ok && also && a.Cmp(b) > 0
}

// brief is a number that is short enough to reckon with: 1e999999999 is not.
func brief(n string) string {
	if len(n) > 30 || strings.ContainsAny(n, "eE/") {
		return ""
	}
	return n
}

// means adds how a result compares with what is usual.
func (f *fact) means(v fhir.Value) {
	for c := range v.Get("coding").Elems() {
		switch code := c.Get("code").Str(); code {
		case "H", "HH", "HU":
			f.Lines = append(f.Lines, line{Key: "web.line.means", Words: "web.means.high"})
		case "L", "LL", "LU":
			f.Lines = append(f.Lines, line{Key: "web.line.means", Words: "web.means.low"})
		case "N":
			f.Lines = append(f.Lines, line{Key: "web.line.means", Words: "web.means.usual"})
		default:
			continue
		}
		return
	}
	f.add("web.line.means", concept(v))
}

// usual adds the range of what is usual, as the laboratory gave it, if it did.
func (f *fact) usual(v fhir.Value) bool {
	for r := range v.Get("referenceRange").Elems() {
		from, to, words := amount(r.Get("low")), amount(r.Get("high")), tidy(r.Get("text").Str())
		l := line{Key: "web.line.usual", Number: true}
		switch {
		case from != "" && to != "":
			l.Words, l.With = "web.usual.between", values("Low", alone(from), "High", alone(to))
		case from != "":
			l.Words, l.With = "web.usual.from", values("Low", alone(from))
		case to != "":
			l.Words, l.With = "web.usual.to", values("High", alone(to))
		case words != "":
			l.Value, l.Number = clip(words, 300), false
		default:
			continue
		}
		f.Lines = append(f.Lines, l)
		return true
	}
	return false
}

// value is what was found, in whichever of its forms.
func value(v fhir.Value) string {
	x, kind := v.Choice("value")
	switch kind {
	case "Quantity":
		return amount(x)
	case "CodeableConcept":
		return concept(x)
	case "Range":
		return strings.Trim(amount(x.Get("low"))+" – "+amount(x.Get("high")), " –")
	case "Ratio":
		return strings.Trim(amount(x.Get("numerator"))+" / "+amount(x.Get("denominator")), " /")
	case "Period":
		return strings.Trim(x.Get("start").Str()+" – "+x.Get("end").Str(), " –")
	}
	return clip(tidy(x.Literal()), 2000)
}

func numeric(v fhir.Value) bool {
	_, kind := v.Choice("value")
	return kind == "Quantity" || kind == "Range" || kind == "Ratio" || kind == "Integer"
}

// report reads a DiagnosticReport.
func report(d *fhir.Doc) fact {
	f := fact{
		What: concept(d.Root().Get("code")), Status: d.Text("status"),
		On: first(d, "effectiveDateTime", "effectivePeriod.start", "issued"),
	}
	f.Over = f.Status == "cancelled"
	f.add("web.line.conclusion", first(d, "conclusion"))
	var all []string
	for r := range d.At("result") {
		if s := tidy(r.Get("display").Str()); s != "" {
			all = append(all, s)
		}
	}
	f.add("web.line.results", strings.Join(all, ", "))
	f.by(d, "performer", "resultsInterpreter")
	return f
}
