package demo

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onestory/internal/fhir"
)

// A chart is what a reviewer reads of one person: taken from the bundles as they are
// sent, and from nothing else.
type chart struct {
	nhs       string
	woman     bool
	born      string
	died      string
	addresses []string
	names     []string
	sources   []string
	problems  []problem
	medicines []prescribed
	measured  []figure
	jabs      []given
	allergic  []told
	happened  []happening // everything that has a day
	booked    []string
}

type problem struct{ code, name, since, source string }

type prescribed struct {
	text, atc, dose, kind, status, at, source string
	why                                       bool   // whether there is a reason
	reason                                    string // the code of the condition that is the reason, where it leads to one
}

type figure struct {
	code, name, unit, at string
	value                float64
	ranged               bool
	laboratory           bool
}

type given struct{ words, at string }

type told struct{ name, atc, source string }

type happening struct{ what, at string }

// age is how old the person is on a day, as it is written.
func (c *chart) age(day string) int {
	on, _ := time.Parse(dayOnly, day[:10])
	born, _ := time.Parse(dayOnly, c.born)
	return (&resident{born: born}).ageOn(on)
}

// now is their age today, or when they died.
func (c *chart) now() int {
	if c.died != "" {
		return c.age(c.died)
	}
	return c.age(day.Format(dayOnly))
}

func (c *chart) has(codes ...string) bool {
	return slices.ContainsFunc(c.problems, func(p problem) bool { return slices.Contains(codes, p.code) })
}

// takes reports whether something of these ATC codes' beginnings is prescribed now.
func (c *chart) takes(codes ...string) bool {
	return slices.ContainsFunc(c.medicines, func(m prescribed) bool {
		return m.kind == "MedicationRequest" && m.status == "active" && slices.ContainsFunc(codes, func(a string) bool { return strings.HasPrefix(m.atc, a) })
	})
}

// figures are those of a LOINC code.
func (c *chart) figures(code string) (all []figure) {
	for _, f := range c.measured {
		if f.code == code {
			all = append(all, f)
		}
	}
	return all
}

// last is the newest of them.
func (c *chart) last(code string) (f figure, ok bool) {
	for _, x := range c.figures(code) {
		if x.at >= f.at {
			f, ok = x, true
		}
	}
	return f, ok
}

// charts reads an area.
func charts(t *testing.T, seed uint64, people int) []*chart {
	t.Helper()
	by := map[string]*chart{}
	var all []*chart
	for b := range Area(seed, people, day) {
		var d fhir.Doc
		if err := fhir.Parse(b.JSON, &d); err != nil {
			t.Fatal(err)
		}
		codes := map[string]string{} // of the conditions of this bundle
		var c *chart
		for e := range d.At("entry") {
			var x fhir.Doc
			if err := fhir.Parse(e.Get("resource").Raw(), &x); err != nil {
				t.Fatal(err)
			}
			if x.Type() == "Patient" {
				n := x.Text("identifier.value")
				if c = by[n]; c == nil {
					c = &chart{nhs: n}
					by[n], all = c, append(all, c)
				}
			}
			if x.Type() == "Condition" {
				codes[e.Get("fullUrl").Str()] = x.Text("code.coding.code")
			}
		}
		for e := range d.At("entry") {
			var x fhir.Doc
			if err := fhir.Parse(e.Get("resource").Raw(), &x); err != nil {
				t.Fatal(err)
			}
			c.read(&x, b.Source, codes)
		}
	}
	return all
}

func (c *chart) read(x *fhir.Doc, source string, codes map[string]string) {
	for _, path := range []string{"effectiveDateTime", "recordedDate", "onsetDateTime", "authoredOn", "occurrenceDateTime", "performedDateTime",
		"issued", "date", "created", "period.start", "period.end", "sent", "meta.lastUpdated", "dateAsserted"} {
		if at := x.Text(path); at != "" {
			c.happened = append(c.happened, happening{x.Type() + "." + path, at})
		}
	}
	code := x.Text("code.coding.code")
	switch x.Type() {
	case "Patient":
		c.woman, c.born, c.died = x.Text("gender") == "female", x.Text("birthDate"), x.Text("deceasedDateTime")
		c.addresses = append(c.addresses, x.Text("address.line")+", "+x.Text("address.postalCode"))
		c.names = append(c.names, x.Text("name.text")+x.Text("name.family")+x.Text("name.given"))
		c.sources = append(c.sources, source)
	case "Condition":
		if x.Text("code.coding.system") == snomed {
			c.problems = append(c.problems, problem{code, x.Text("code.text"), x.Text("onsetDateTime"), source})
		}
	case "MedicationRequest", "MedicationStatement":
		at := x.Text("authoredOn") + x.Text("effectiveDateTime")
		dose := x.Text("dosageInstruction.text") + x.Text("dosage.text")
		reason := x.Text("reasonReference.reference")
		c.medicines = append(c.medicines, prescribed{
			x.Text("medicationCodeableConcept.text"), x.Text("medicationCodeableConcept.coding.code"), dose, x.Type(), x.Text("status"), at, source,
			reason != "" || x.Text("reasonCode.text") != "", codes[reason],
		})
	case "Observation":
		add := func(v fhir.Value, code, name string) {
			n, err := strconv.ParseFloat(v.Get("value").Literal(), 64)
			if err != nil {
				return
			}
			c.measured = append(c.measured, figure{code, name, v.Text("unit"), x.Text("effectiveDateTime"), n,
				x.Root().Get("referenceRange").Exists(), x.Text("category.coding.code") == "laboratory"})
		}
		add(x.Root().Get("valueQuantity"), code, x.Text("code.text"))
		for p := range x.At("component") {
			add(p.Get("valueQuantity"), p.Text("code.coding.code"), p.Text("code.text"))
		}
	case "Immunization":
		c.jabs = append(c.jabs, given{x.Text("vaccineCode.text"), x.Text("occurrenceDateTime")})
	case "AllergyIntolerance":
		c.allergic = append(c.allergic, told{x.Text("code.text"), x.Text("reaction.substance.coding.code"), source})
	case "Appointment":
		c.booked = append(c.booked, x.Text("start"))
	}
}
